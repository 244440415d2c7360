import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { grad } from "../../differentiation/transforms.ts";
import { InvalidInputError } from "../../errors.ts";
import { referenceArray } from "../../kernel.ts";
import type { Tensor } from "../../tensor.ts";
import { expectAllClose, testDerivatives, testDevices, testKernel } from "../../testing/index.ts";
import { cast } from "../cast/index.ts";
import { complex, conj, imag, real } from "../complex-parts/index.ts";
import { add, divide, maximum, multiply, power, subtract } from "../map/binary.ts";
import { equal, greater, notEqual } from "../map/comparison.ts";
import { abs, exp, isNaN as isNotNumber, log, neg, reciprocal, sin, sqrt, square } from "../map/unary.ts";
import { where } from "../map/where.ts";
import { matmul } from "../matmul/index.ts";
import { mean, prod, sum } from "../reduce/index.ts";
import { absSquare, angle } from "./functions.ts";
import { complexMapKernel } from "./index.ts";

await testKernel(complexMapKernel);

const a = referenceArray("complex128", [2, 2], [0.3, -0.7, 1.1, 0.2, -0.4, 0.9, 0.8, 0.5]);
const b = referenceArray("complex128", [2], [0.9, 0.4, 1.2, 1.2]);
const x = referenceArray("float64", [2, 2], [0.3, -0.7, 1.1, 0.2]);
const GPU = { devices: ["webgpu"] } as const;
const FUNCTIONS: Readonly<Record<string, (a: Tensor, b: Tensor) => Tensor>> = {
  add,
  subtract,
  multiply,
  divide,
  "with numbers": (u, v) => divide(add(multiply(u, 2), subtract(1, v)), 3),
  "1 / z": (u, v) => multiply(reciprocal(u), v),
  square: (u, v) => multiply(square(u), neg(v)),
  exp: (u, v) => exp(multiply(u, v)),
  sqrt: (u, v) => multiply(sqrt(u), v),
  log: (u, v) => multiply(log(u), v),
  angle: (u, v) => angle(multiply(u, v)),
  abs: (u, v) => abs(multiply(u, v)),
  absSquare: (u, v) => absSquare(subtract(u, v)),
  where: (u, v) => where(greater(real(u), 0), multiply(u, v), v),
  "conj and parts": (u, v) => complex(multiply(real(u), imag(v)), real(multiply(conj(u), v))),
  matmul: (u, v) => matmul(u, matmul(u, v.reshape([2, 1]), { transposeA: true })),
  prod: (u, v) => add(prod(u, { axes: 0 }), prod(v)),
  "sum and mean": (u, v) => multiply(sum(u, { axes: 0 }), mean(v)),
};
for (const [name, f] of Object.entries(FUNCTIONS)) await testDerivatives(`complex ${name}`, f, [a, b], GPU);
await testDerivatives("real to complex to real", (u) => abs(add(exp(cast(u, "complex128")), complex(sin(u), u))), [x], {
  devices: [],
});

for (const { label, open } of (await testDevices()).filter(({ label }) => label !== "tensorflow"))
  describe(`complex numbers on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    const pairs = (values: readonly number[]) =>
      device.tensor(Float32Array.from(values), [values.length / 2], "complex64");
    const CLOSE = { relative: 2e-6, absolute: 2e-6 };

    it("have the functions that follow from their parts", async () => {
      await Promise.all(
        device
          .scope((): [Tensor, number[]][] => {
            const z = pairs([3, 4, 0, -2, -1, 0, 0, 0]);
            return [
              [abs(z), [5, 2, 1, 0]],
              [absSquare(z), [25, 4, 1, 0]],
              [sqrt(z), [2, 1, 1, -1, 0, 1, 0, 0]],
              [exp(pairs([0, Math.PI, 1, 0])), [-1, 0, Math.E, 0]],
              [square(z), [-7, 24, -4, 0, 1, 0, 0, 0]],
              [reciprocal(pairs([3, 4])), [0.12, -0.16]],
              [cast(equal(z, pairs([3, 4, 0, 2, -1, 1, 0, 0])), "int32"), [1, 0, 0, 1]],
              [cast(notEqual(z, z), "int32"), [0, 0, 0, 0]],
              [cast(isNotNumber(pairs([Number.NaN, 0, 1, Number.NaN, 1, 1])), "int32"), [1, 1, 0]],
            ];
          })
          .map(async ([result, expected]) => expectAllClose(await result.data(), expected, CLOSE)),
      );
    });

    it("do not overflow on the way to what they can hold", async () => {
      using big = pairs([1e38, 1e38, 1e-30, 0]);
      using size = abs(pairs([2e38, 2e38]));
      expect((await size.data())[0]).toBeCloseTo(Math.hypot(2, 2) * 1e38, -33);
      using one = divide(big, big);
      expectAllClose(await one.data(), [1, 0, 1, 0], CLOSE);
    });

    it("have gradients that point to where a real function grows fastest", async () => {
      const z = pairs([0.5, -1.5]);
      // d|z|²/dRe = 2 Re z, d|z|²/dIm = 2 Im z.
      expectAllClose(await grad((at: Tensor) => sum(absSquare(at)))(z).data(), [1, -3], CLOSE);
      // Re(z²) = x² − y²: (2x, −2y), the conjugate of the derivative 2z.
      expectAllClose(await grad((at: Tensor) => sum(real(square(at))))(z).data(), [1, 3], CLOSE);
    });

    it("refuse what has no meaning for them, or needs a decision", () => {
      device.scope(() => {
        const z = pairs([1, 2]);
        const r = device.tensor(Float32Array.of(1));
        expect(() => maximum(z, z)).toThrow(InvalidInputError);
        expect(() => power(z, 2)).toThrow(InvalidInputError);
        expect(() => sin(z)).toThrow("a real tensor");
        expect(() => greater(z, z)).toThrow(InvalidInputError);
        expect(() => add(z, r)).toThrow("use cast");
        expect(() => multiply(r, z)).toThrow("use cast");
        expect(() => cast(z, "float32")).toThrow("real, imag or abs");
        expect(() => add(z, pairs([1, 2, 3, 4, 5, 6]).reshape([3, 1, 1]).reshape([3]))).not.toThrow();
        expect(() => add(pairs([1, 2, 3, 4]), pairs([1, 2, 3, 4, 5, 6]))).toThrow("broadcast");
      });
    });
  });
