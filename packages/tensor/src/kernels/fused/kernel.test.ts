import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { grad } from "../../differentiation/transforms.ts";
import { InvalidInputError, UnsupportedError } from "../../errors.ts";
import { referenceArray } from "../../kernel.ts";
import type { Tensor } from "../../tensor.ts";
import { expectAllClose, testDerivatives, testDevices, testKernel } from "../../testing/index.ts";
import { add, divide, maximum, multiply, power, subtract } from "../map/binary.ts";
import { greater, less } from "../map/comparison.ts";
import { abs, cos, exp, log, log1p, sigmoid, sign, sin, sqrt, square, tanh } from "../map/unary.ts";
import { where } from "../map/where.ts";
import { sum } from "../reduce/index.ts";
import { fuse, fusedKernel } from "./index.ts";

await testKernel(fusedKernel);

/** Functions of two tensors with two results. */
const FUNCTIONS: Readonly<Record<string, (x: Tensor, y: Tensor) => Tensor[]>> = {
  activation: (x, y) => [tanh(add(x, y)), multiply(sigmoid(x), x)],
  "truth values": (x, y) => [where(less(x, y), x, square(y)), where(greater(x, 0.2), y, 0.5)],
  functions: (x, y) => [multiply(exp(x), sin(y)), divide(log1p(abs(x)), add(cos(y), 2))],
  "powers and roots": (x, y) => [power(add(abs(x), 1), y), subtract(sqrt(add(square(x), 1)), log(add(square(y), 1)))],
  "several constants": (x, y) => [add(multiply(x, 3), multiply(y, -0.25)), multiply(maximum(x, -0.3), sign(y))],
};

const x = referenceArray("float64", [3, 4], [0.3, -0.7, 1.1, 0.45, -0.2, 0.9, -1.3, 0.6, 0.25, 0.8, -0.55, 1.4]);
const y = referenceArray("float64", [4], [0.5, -1.2, 0.75, 0.33]);
for (const [name, f] of Object.entries(FUNCTIONS)) {
  const fused = fuse(f);
  const weighted = (a: Tensor, b: Tensor) => {
    const [first, second] = fused(a, b);
    return add(multiply(first, 1.5), second);
  };
  await testDerivatives(`fused ${name}`, weighted, [x, y]);
}

for (const { label, open } of await testDevices())
  describe(`fuse on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    const values = (count: number, start: number) =>
      device.tensor(Float32Array.from({ length: count }, (_, k) => Math.sin(start + k) * 2));

    it("gives what its operations give one by one", async () => {
      for (const [name, f] of Object.entries(FUNCTIONS)) {
        const a = values(1003, 0);
        const b = values(1003, 500);
        const apart = f(a, b);
        for (const [index, together] of fuse(f)(a, b).entries()) {
          const expected = await apart[index].data();
          if (device.kind === "cpu") expect(await together.data(), name).toEqual(expected);
          // A GPU's compiler may contract products and sums.
          else expectAllClose(await together.data(), expected, { relative: 1e-5, absolute: 1e-5 }, name);
        }
      }
    });

    it("repeats arguments that broadcast in ways no program can read", async () => {
      const product = fuse((a: Tensor, b: Tensor) => multiply(a, b));
      const column = values(3, 1).reshape([3, 1]);
      const row = values(5, 2);
      const [together, apart] = [product(column, row), multiply(column, row)];
      expect(together.shape).toEqual([3, 5]);
      expect(await together.data()).toEqual(await apart.data());
    });

    it("takes more arguments than a GPU binds", async () => {
      const total = fuse((...all: Tensor[]) => all.reduce((left, right) => add(left, right)));
      const count = device.kind === "webgpu" ? device.tensorsPerCall + 1 : 30;
      const all = Array.from({ length: count }, (_, k) => values(6, k));
      const expected = all.reduce((left, right) => add(left, right));
      expectAllClose(await total(...all).data(), await expected.data(), { relative: 1e-6, absolute: 1e-6 });
    });

    it("returns arguments and constants as they are, in the broadcast shape", async () => {
      const [same, two] = fuse((a: Tensor) => [a, add(multiply(a, 0), 2)])(values(4, 0));
      expect(await same.data()).toEqual(await values(4, 0).data());
      expect([...(await two.data())]).toEqual([2, 2, 2, 2]);
    });

    it("refuses what is not elementwise, and leaves nothing behind", () => {
      const before = device.memory().tensors;
      device.scope(() => {
        const a = values(4, 0);
        expect(() => fuse((b: Tensor) => subtract(b, sum(b)))(a)).toThrow(UnsupportedError);
        expect(() => grad((b: Tensor) => sum(fuse((c: Tensor) => sum(c))(b)))(a)).toThrow("only elementwise");
        expect(() => fuse((b: Tensor) => greater(b, 0))(a)).toThrow(InvalidInputError);
        expect(() => fuse(() => a)()).toThrow("one tensor or more");
        expect(() => fuse((b: Tensor, c: Tensor) => add(b, c))(a, values(3, 0))).toThrow("broadcast");
      });
      expect(device.memory().tensors).toBe(before);
    });
  });
