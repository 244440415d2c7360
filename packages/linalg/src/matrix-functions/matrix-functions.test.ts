import { complex, type Device, exp, matmul, multiply, openDevice, sqrt } from "@ansatz/tensor";
import { caseRandom, expectAllClose, testDerivatives } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { separated } from "../kernels/eigen-symmetric/cases.ts";
import { adjointTimes, hermitianPart, identity } from "../matrix-parts.ts";
import { expm } from "./expm.ts";
import { symmetricFunction } from "./symmetric-function.ts";

const random = caseRandom(21);
const webgpu = { devices: ["webgpu"] as const };
await testDerivatives("expm", (a) => expm(a, { maximumSquarings: 2 }), [random.array([2, 3, 3], "float64")], webgpu);
await testDerivatives(
  "symmetricFunction, square root",
  (a) => symmetricFunction(matmul(a, a, { transposeA: true }), sqrt),
  [separated(random, [3, 3], "float64")],
  { devices: [] },
);

await testDerivatives(
  "expm of complex numbers",
  (a) => expm(a, { maximumSquarings: 1 }),
  [random.array([3, 3], "complex128")],
  { devices: [] },
);
await testDerivatives(
  "symmetricFunction of Hermitian matrices, exponential of i times them",
  (a) => symmetricFunction(hermitianPart(a), (values) => exp(complex(multiply(values, 0), values))),
  [separated(random, [3, 3], "complex128")],
  { devices: [] },
);

describe("expm", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu");
  });
  afterAll(() => device.dispose());

  it("turns plane rotations, after any number of squarings, in either precision", async () => {
    for (const [dtype, precision] of [
      ["float64", 2 ** -52],
      ["float32", 2 ** -23],
    ] as const)
      for (const angle of [0, 1e-8, 0.3, 5, 60, 800]) {
        const turn = expm(device.tensor([0, -angle, angle, 0], [2, 2], dtype));
        const at = Math.fround(angle);
        const exact = dtype === "float32" ? at : angle;
        const [c, s] = [Math.cos(exact), Math.sin(exact)];
        // Squaring doubles a relative error each time: it grows with the norm.
        expectAllClose(
          await turn.data(),
          [c, -s, s, c],
          { relative: 0, absolute: 16 * (1 + angle) * precision },
          `${dtype} ${angle}`,
        );
      }
  });

  it("of i times a Hermitian matrix is unitary, and equals that of its eigenvalues", async () => {
    const a = device.tensor(
      separated(caseRandom(3), [4, 4], "complex128").data as Float64Array<ArrayBuffer>,
      [4, 4],
      "complex128",
    );
    const unit = device.tensor(Float64Array.of(0, 1), [], "complex128");
    const unitary = expm(multiply(a, unit));
    const expected = symmetricFunction(a, (values) => exp(complex(multiply(values, 0), values)));
    expectAllClose(await unitary.data(), await expected.data(), { relative: 0, absolute: 1e-13 });
    expectAllClose(await adjointTimes(unitary, unitary).data(), await identity(a, 4).data(), {
      relative: 0,
      absolute: 1e-13,
    });
  });

  it("scales each matrix of a batch by itself", async () => {
    const a = device.tensor(Float64Array.of(0.1, 0, 0, 0.2, 100, 0, 0, 50), [2, 2, 2]);
    const expected = [Math.exp(0.1), 0, 0, Math.exp(0.2), Math.exp(100), 0, 0, Math.exp(50)];
    expectAllClose(await expm(a).data(), expected, { relative: 1e-13, absolute: 0 });
  });

  it("gives the finite series of a nilpotent matrix", async () => {
    const a = device.tensor(Float64Array.of(0, 1, 2, 0, 0, 3, 0, 0, 0), [3, 3]);
    expectAllClose(await expm(a).data(), [1, 1, 3.5, 0, 1, 3, 0, 0, 1], { relative: 1e-15, absolute: 1e-15 });
  });

  it("is NaN, not wrong, beyond the squarings allowed", async () => {
    const a = device.tensor(Float64Array.of(50, 0, 0, 1), [2, 2]);
    expect((await expm(a, { maximumSquarings: 2 }).data()).every(Number.isNaN)).toBe(true);
  });

  it("takes matrices without elements, and refuses a number of squarings that is none", () => {
    expect(expm(device.zeros([0, 0], "float64")).shape).toEqual([0, 0]);
    expect(() => expm(device.zeros([1, 1], "float64"), { maximumSquarings: 0.5 })).toThrow("maximumSquarings");
  });

  it("symmetricFunction squares back to the matrix for the square root", async () => {
    const a = separated(random, [6, 6], "float64");
    using x = device.tensor(a.data as Float64Array<ArrayBuffer>, [6, 6]);
    const square = matmul(x, x);
    const root = symmetricFunction(square, sqrt);
    expectAllClose(await multiply(matmul(root, root), 1).data(), await square.data(), { relative: 0, absolute: 1e-12 });
  });
});
