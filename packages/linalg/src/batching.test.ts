import { type Device, grad, openDevice, sum, type Tensor, vmap } from "@ansatz/tensor";
import { caseRandom, expectAllClose } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  cholesky,
  eigen,
  eigenSymmetric,
  expm,
  leastSquares,
  lu,
  qr,
  signedLogDeterminant,
  solve,
  svd,
} from "./index.ts";
import { identity } from "./matrix-parts.ts";

describe("vmap", () => {
  let device: Device;
  let examples: Tensor;
  beforeAll(async () => {
    device = await openDevice("cpu");
    const values = caseRandom(8).array([5, 3, 3], "float64").data as Float64Array<ArrayBuffer>;
    examples = device.tensor(values, [5, 3, 3]);
  });
  afterAll(() => device.dispose());

  const functions: Readonly<Record<string, (a: Tensor) => Tensor>> = {
    cholesky: (a) => cholesky(a),
    lu: (a) => lu(a).upper,
    qr: (a) => qr(a).r,
    eigenSymmetric: (a) => eigenSymmetric(a).vectors,
    eigen: (a) => eigen(a).vectors,
    svd: (a) => svd(a).vt,
    expm: (a) => expm(a),
    signedLogDeterminant: (a) => signedLogDeterminant(a).logAbsolute,
    "solve, with right-hand sides in common": (a) => solve(a, identity(examples, 3)),
    leastSquares: (a) => leastSquares(a, a),
    "a gradient": (a) => grad((x: Tensor) => sum(solve(x, identity(examples, 3))))(a),
  };

  for (const [name, f] of Object.entries(functions))
    it(`gives what a stack of matrices gives, for ${name}`, async () => {
      const expected = f(examples);
      const actual = vmap(f)(examples);
      expect(actual.shape).toEqual(expected.shape);
      expectAllClose(await actual.data(), await expected.data(), { relative: 1e-12, absolute: 1e-12 });
    });
});
