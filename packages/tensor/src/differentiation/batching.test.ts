import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { InvalidInputError, UnsupportedError } from "../errors.ts";
import { referenceArray } from "../kernel.ts";
import { concatenate } from "../kernels/concatenate/index.ts";
import { cumsum } from "../kernels/cumsum/index.ts";
import { fuse } from "../kernels/fused/index.ts";
import { gather } from "../kernels/gather/index.ts";
import { add, divide, multiply } from "../kernels/map/binary.ts";
import { greater } from "../kernels/map/comparison.ts";
import { exp, sin, square, tanh } from "../kernels/map/unary.ts";
import { where } from "../kernels/map/where.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { max, mean, sum } from "../kernels/reduce/index.ts";
import { broadcastTo, transpose } from "../movement/axes.ts";
import { pad, slice } from "../movement/slices.ts";
import { key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose, testDerivatives, testDevices } from "../testing/index.ts";
import { vmap } from "./batching.ts";
import { checkpoint, customVjp } from "./custom-rules.ts";
import { divergence, hessian, jacobian, perExampleGradients } from "./jacobian.ts";
import { grad, hvp, jvp, stopGradient, vjp } from "./transforms.ts";

const COUNT = 5;
const ROUNDING = { relative: 2e-6, absolute: 2e-6 };

for (const { label, open } of await testDevices())
  describe(`many examples at once on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    const values = (shape: readonly number[], start = 0) =>
      device.tensor(
        Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, k) => Math.sin(1.7 * k + start)),
        shape,
      );

    /** Functions of an example [3, 4], by what they use; w [4, 2], row [4] and index belong to all. */
    const functions = (): Readonly<Record<string, (x: Tensor) => Tensor>> => {
      const w = values([4, 2], 1);
      const row = values([4], 2);
      const index = device.tensor(Int32Array.of(2, 0, 1, 1));
      const activation = fuse((z: Tensor, b: Tensor) => tanh(add(z, b)));
      return {
        "operations with what has fewer axes": (x) => divide(add(x, row), add(square(row), 1)),
        "operations with what has more axes": (x) => multiply(x, values([2, 3, 4], 3)),
        "an example's own part, broadcast": (x) => multiply(x, slice(x, [[0, 1]]).reshape([4])),
        choices: (x) => where(greater(x, 0), exp(x), row),
        "fused operations": (x) => activation(x, row),
        "a sum of everything": (x) => sum(x),
        "sums over axes": (x) => mean(x, { axes: [0] }),
        "a sum that keeps axes": (x) => max(x, { axes: -1, keepDimensions: true }),
        "a product with shared weights": (x) => matmul(x, w),
        "a product of the example with itself": (x) => matmul(x, x, { transposeB: true }),
        "a product with shared batches": (x) => matmul(values([2, 5, 3], 4), x),
        "another shape": (x) => x.reshape([2, 6]),
        "another order of axes": (x) => transpose(x),
        "slices and padding": (x) =>
          pad(slice(x, [null, [3, null, -2]]), [
            [1, 1],
            [0, 2],
          ]),
        "joined with shared values": (x) => concatenate([x, row.reshape([1, 4])]),
        "rows by a shared index": (x) => gather(x, index),
        "columns by a shared index": (x) => gather(x, index, { axis: -1 }),
        "running sums": (x) => cumsum(x, { axis: 1 }),
        "the same value for all": () => values([3], 5),
        "a stopped value": (x) => multiply(stopGradient(x), x),
        "a checkpoint": (x) => checkpoint((each: Tensor) => sin(square(each)))(x),
        "a rule of one's own": (x) =>
          customVjp(
            (each: Tensor) => sin(each),
            (cotangent, each) => multiply(cotangent, multiply(each, 2)),
          )(x),
        "a gradient": (x) => grad((each: Tensor) => sum(tanh(matmul(each, w))))(x),
        "a directional derivative": (x) => jvp((each: Tensor) => square(sin(each)), x, x).tangent,
        "a Hessian-vector product": (x) => hvp((each: Tensor) => sum(exp(sin(each))), x, x),
        "a pullback": (x) => vjp((each: Tensor) => matmul(each, w), x).pullback(values([3, 2], 6)),
        "examples inside examples": (x) => vmap((line: Tensor) => multiply(line, sum(square(line))))(x),
      };
    };

    it("gives what each example gives by itself", async () => {
      const examples = values([COUNT, 3, 4]);
      for (const [name, f] of Object.entries(functions())) {
        using together = device.scope(() => vmap(f)(examples));
        for (let example = 0; example < COUNT; example++) {
          using alone = device.scope(() => f(slice(examples, [[example, example + 1]]).reshape([3, 4])));
          using part = device.scope(() => slice(together, [[example, example + 1]]));
          expect(part.shape, name).toEqual([1, ...alone.shape]);
          expectAllClose(await part.data(), await alone.data(), ROUNDING, `${name}, example ${example}`);
        }
      }
    });

    it("can be differentiated, like what each example gives by itself", async () => {
      const examples = values([COUNT, 3, 4]);
      for (const [name, f] of Object.entries(functions())) {
        using together = device.scope(() => grad((all: Tensor) => sum(square(vmap(f)(all))))(examples));
        using apart = device.scope(() => {
          const alone = (one: Tensor) => sum(square(f(one.reshape([3, 4]))));
          const rows = Array.from({ length: COUNT }, (_, k) => grad(alone)(slice(examples, [[k, k + 1]])));
          return concatenate(rows);
        });
        expectAllClose(await together.data(), await apart.data(), { relative: 1e-4, absolute: 1e-4 }, name);
      }
    });

    it("gives the gradients of each example's loss", async () => {
      const parameters = { w: values([4, 2], 1), b: values([2], 2) };
      const examples = { x: values([COUNT, 4]), y: values([COUNT, 2], 3) };
      const loss = ({ w, b }: typeof parameters, { x, y }: typeof examples) =>
        sum(square(add(add(matmul(x.reshape([1, 4]), w).reshape([2]), b), y)));
      const all = perExampleGradients(loss)(parameters, examples);
      expect(all.w.shape).toEqual([COUNT, 4, 2]);
      expect(all.b.shape).toEqual([COUNT, 2]);
      for (let k = 0; k < COUNT; k++) {
        const part = (x: Tensor) => slice(x, [[k, k + 1]]);
        const one = { x: part(examples.x).reshape([4]), y: part(examples.y).reshape([2]) };
        const alone = grad((p: typeof parameters) => loss(p, one))(parameters);
        expectAllClose(await part(all.w).data(), await alone.w.data(), ROUNDING);
        expectAllClose(await part(all.b).data(), await alone.b.data(), ROUNDING);
      }
    });

    it("gives Jacobians and Hessians, wide and tall ones", async () => {
      const w = values([3, 2], 1);
      const x = values([3]);
      const tall = (at: Tensor) => multiply(broadcastTo(at.reshape([3, 1]), [3, 4]), 2);
      const wide = (at: Tensor) => square(matmul(at.reshape([1, 3]), w).reshape([2]));
      const tallJacobian = jacobian(tall, x);
      expect(tallJacobian.shape).toEqual([3, 4, 3]);
      const expected = Array.from({ length: 36 }, (_, k) => (Math.floor(k / 12) === k % 3 ? 2 : 0));
      expect([...(await tallJacobian.data())]).toEqual(expected);
      // ∂(wᵀx)²ⱼ/∂xᵢ = 2 (wᵀx)ⱼ wᵢⱼ
      const product = matmul(x.reshape([1, 3]), w);
      const byHand = transpose(multiply(multiply(product, w), 2));
      expectAllClose(await jacobian(wide, x).data(), await byHand.data(), ROUNDING);
      const curved = (at: Tensor) => sum(multiply(square(at), multiply(at, slice(at, [[0, 1]]))));
      const second = hessian(curved, x);
      expect(second.shape).toEqual([3, 3]);
      expectAllClose(await second.data(), await jacobian(grad(curved), x).data(), { relative: 1e-5, absolute: 1e-5 });
      expectAllClose(await second.data(), await transpose(second).data(), { relative: 1e-6, absolute: 1e-6 });
      expect(hessian((at: Tensor) => sum(at), device.zeros([0], "float32")).shape).toEqual([0, 0]);
    });

    it("gives divergences, exactly and by probes that agree on average", async () => {
      const a = values([3, 3], 1);
      const field = (at: Tensor) => sin(matmul(at, a));
      const x = values([4, 3]);
      const exact = await divergence(field, x).data();
      const cosines = await jacobian((at: Tensor) => field(at.reshape([1, 3])), slice(x, [[1, 2]]).reshape([3])).data();
      expect(exact[1]).toBeCloseTo(cosines[0] + cosines[4] + cosines[8], 5);
      // A diagonal Jacobian has no variance: one probe is exact.
      const diagonal = (at: Tensor) => square(at);
      const one = divergence(diagonal, x, { estimator: "hutchinson", key: key(1) });
      expectAllClose(await one.data(), await sum(multiply(x, 2), { axes: 1 }).data(), ROUNDING);
      const probes = 4000;
      const estimate = await divergence(field, x, { estimator: "hutchinson", key: key(2), probes }).data();
      // Four deviations: each off-diagonal pair contributes at most 1 to half the variance.
      for (const [index, value] of exact.entries())
        expect(Math.abs(estimate[index] - value)).toBeLessThan(4 * Math.sqrt(6 / probes));
      expect(() => divergence(field, x, { estimator: "hutchinson" })).toThrow(InvalidInputError);
      expect(() => divergence((at) => sum(at), x)).toThrow("divergence: f(x)");
    });

    it("refuses what has no examples, and does not read what has many values", async () => {
      const x = values([4, 3]);
      expect(() => vmap((at: Tensor) => at)(device.zeros([], "float32"))).toThrow("vmap: x");
      expect(() => vmap((at: Tensor) => at)(device.zeros([0, 3], "float32"))).toThrow("at least one example");
      expect(() => vmap((pair: Tensor[]) => pair[0])([x, values([3, 3])])).toThrow("same number of examples");
      let reading: Promise<unknown> | undefined;
      vmap((at: Tensor) => {
        reading = at.data();
        reading.catch(() => {});
        return at;
      })(x);
      await expect(reading).rejects.toThrow(UnsupportedError);
    });

    it("leaves nothing behind, also when the function throws", () => {
      using x = values([4, 3]);
      const before = device.memory().tensors;
      device.scope(() => void vmap((at: Tensor) => grad((each: Tensor) => sum(tanh(each)))(at))(x));
      expect(() =>
        vmap((at: Tensor): Tensor => {
          tanh(at);
          throw new Error("half-way");
        })(x),
      ).toThrow("half-way");
      expect(device.memory().tensors).toBe(before);
    });
  });

const point = referenceArray("float64", [4, 3], [0.3, -0.7, 1.1, 0.45, -0.2, 0.9, -1.3, 0.6, 0.25, 0.8, -0.55, 1.4]);
await testDerivatives("vmap", (x) => vmap((at: Tensor) => multiply(tanh(at), sum(square(at))))(x), [point]);
await testDerivatives("jacobian", (x) => jacobian((at) => sin(sum(multiply(at, at), { axes: 0 })), x), [point]);
await testDerivatives(
  "divergence",
  (x) => divergence((at) => multiply(square(at), sum(at, { axes: 1, keepDimensions: true })), x),
  [point],
);
