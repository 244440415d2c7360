import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { InvalidInputError } from "../../errors.ts";
import { broadcastShapes, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { testDevices } from "../../testing/index.ts";
import { gelu, silu } from "./activations.ts";
import { add, divide, maximum, multiply, power, subtract } from "./binary.ts";
import { broadcastAxes } from "./broadcast.ts";
import { clamp } from "./clamp.ts";
import { equal, greater, less, logicalAnd } from "./comparison.ts";
import { mapKernel } from "./index.ts";
import type { MapOperation } from "./operations.ts";
import { exp, log, neg, sigmoid, sqrt } from "./unary.ts";
import { where } from "./where.ts";

const devices = await testDevices();
const cpuDevices = devices.filter(({ label }) => label.startsWith("cpu"));

async function withDevice(open: () => Promise<Device>, body: (device: Device) => Promise<void> | void): Promise<void> {
  await using device = await open();
  await body(device);
}

describe.each(devices)("map on $label", ({ open }) => {
  it("lets numbers take the dtype and the place of an argument", () =>
    withDevice(open, async (device) => {
      const x = device.tensor(Int32Array.of(7, -7, 2));
      expect(await subtract(x, 10).data()).toEqual(Int32Array.of(-3, -17, -8));
      expect(await subtract(10, x).data()).toEqual(Int32Array.of(3, 17, 8));
      expect(await greater(3, x).data()).toEqual(Uint8Array.of(0, 1, 1));
      const floats = device.tensor(Float32Array.of(1, 4));
      expect(await power(floats, 0.5).data()).toEqual(Float32Array.of(1, 2));
      expect(await equal(floats, 4).data()).toEqual(Uint8Array.of(0, 1));
      expect(await where(greater(floats, 2), 0, floats).data()).toEqual(Float32Array.of(1, 0));
    }));

  it("gives 0 for integers divided by 0, and truncates", () =>
    withDevice(open, async (device) => {
      const a = device.tensor(Int32Array.of(7, -7, 7, -7, 0, -(2 ** 31)));
      const b = device.tensor(Int32Array.of(2, 2, -2, 0, 0, -1));
      expect(await divide(a, b).data()).toEqual(Int32Array.of(3, -3, -3, 0, 0, -(2 ** 31)));
    }));

  it("keeps NaN out of the choice that where does not make", () =>
    withDevice(open, async (device) => {
      const x = device.tensor(Float32Array.of(-1, 4));
      expect(await where(greater(x, 0), sqrt(x), 0).data()).toEqual(Float32Array.of(0, 2));
    }));

  it("may write over an input of the same shape", () =>
    withDevice(open, async (device) => {
      const x = device.tensor(
        Float32Array.from({ length: 21 }, (_, index) => index),
        [3, 7],
      );
      const row = device.tensor(Float32Array.from({ length: 7 }, (_, index) => 100 * index));
      mapKernel.runInto([x], [x], { operation: "neg" });
      mapKernel.runInto([x, row], [x], { operation: "subtract" });
      mapKernel.runInto([row, x], [x], { operation: "add" });
      mapKernel.runInto([x, x], [x], { operation: "multiply" });
      mapKernel.runInto([x], [x], { operation: "add", constants: [1] });
      expect(await x.data()).toEqual(Float32Array.from({ length: 21 }, (_, index) => index * index + 1));
      const flag = device.tensor(Uint8Array.of(1, 0, 1));
      mapKernel.runInto([flag], [flag], { operation: "logicalNot" });
      mapKernel.runInto([flag, flag, flag], [flag], { operation: "where" });
      expect(await flag.data()).toEqual(Uint8Array.of(0, 1, 0));
    }));

  it("does not overflow in sigmoid, nor lose log near 1", () =>
    withDevice(open, async (device) => {
      const extremes = device.tensor(Float32Array.of(-1e30, -80, 80, 1e30));
      const [lowest, low, high, highest] = await sigmoid(extremes).data();
      expect([lowest, high, highest]).toEqual([0, 1, 1]);
      expect(low / Math.exp(-80)).toBeCloseTo(1, 5);
      const nearOne = 1 + 2 ** -23;
      expect((await log(device.tensor(Float32Array.of(nearOne))).item()) / Math.log(nearOne)).toBeCloseTo(1, 5);
    }));
});

describe.each(cpuDevices)("map on $label", ({ open }) => {
  it("agrees with plain loops for arrays large enough for several threads", () =>
    withDevice(open, async (device) => {
      const rows = 1200;
      const columns = 501;
      const value = (index: number) => ((index * 7919) % 1013) / 64 - 7;
      const matrix = Float64Array.from({ length: rows * columns }, (_, index) => value(index));
      const column = Float64Array.from({ length: rows }, (_, index) => value(3 * index));
      using x = device.tensor(matrix, [rows, columns]);
      using c = device.tensor(column, [rows, 1]);
      // Twice, since threads start in the background.
      for (let round = 0; round < 2; round++) {
        using sum = add(x, c);
        using exponential = exp(x);
        const sums = await sum.data();
        const exponentials = await exponential.data();
        let wrong = 0;
        for (let index = 0; index < matrix.length; index++) {
          if (sums[index] !== matrix[index] + column[Math.floor(index / columns)]) wrong++;
          const exact = Math.exp(matrix[index]);
          if (Math.abs(exponentials[index] - exact) > 3 * 2 ** -52 * exact) wrong++;
        }
        expect(wrong).toBe(0);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }));
});

describe("map refuses", async () => {
  const [{ open }] = cpuDevices;
  const device = await open();
  const floats = device.tensor(Float32Array.of(1, 2, 3));
  const integers = device.tensor(Int32Array.of(1, 2, 3));
  const flags = device.tensor(Uint8Array.of(1, 0, 1));

  it.each<[string, () => Tensor, RegExp]>([
    ["different dtypes", () => add(floats, integers as never), /add: b.*float32.*got "int32"/],
    ["a function of integers", () => exp(integers), /exp: x.*float32 or float64.*int32/],
    ["arithmetic with bools", () => multiply(flags, flags), /multiply: a.*bool/],
    ["logic with floats", () => logicalAnd(floats, floats), /logicalAnd: a.*bool.*float32/],
    ["the negative of unsigned integers", () => neg(device.tensor(Uint32Array.of(1))), /neg: x.*uint32/],
    ["a fraction that goes with integers", () => add(integers, 0.5), /add: b.*integer.*0\.5/],
    ["a number beyond the integers", () => less(2 ** 31, integers), /less: a.*integer.*2147483648/],
    ["two numbers", () => maximum(1, 2), /maximum: a.*tensor/],
    ["three numbers", () => clamp(1, 2, 3) as Tensor, /clamp: x.*tensor/],
    ["an activation of integers", () => silu(integers), /silu: x.*float32 or float64.*int32/],
    [
      "an approximation of gelu that it does not have",
      () => gelu(floats, { approximate: "erf" as never }),
      /gelu: approximate.*"none" or "tanh".*"erf"/,
    ],
    ["a choice between two numbers", () => where(flags, 1, 2), /where: a.*tensor as a or b.*got 1/],
    ["a condition that is not bool", () => where(floats as never, floats, floats), /where: condition.*bool.*float32/],
    ["something that is no operand", () => add(floats, "1" as never), /add: b.*a tensor or a number.*"1"/],
    ["shapes that do not broadcast", () => add(floats, device.tensor([1, 2])), /add: shapes.*\[\[3\], \[2\]\]/],
    [
      "an unknown operation",
      () => mapKernel.run([floats], { operation: "toString" as MapOperation })[0],
      /map: operation.*toString/,
    ],
    ["a missing tensor", () => mapKernel.run([floats], { operation: "add" })[0], /add: inputs.*2 tensors.*got 1/],
  ])("%s", (_, call, message) => {
    expect(call).toThrow(InvalidInputError);
    expect(call).toThrow(message);
  });
});

describe("broadcastAxes", () => {
  const shapes = fc
    .array(fc.integer({ min: 1, max: 4 }), { maxLength: 5 })
    .chain((shape) =>
      fc.tuple(
        ...[0, 1, 2].map(() =>
          fc
            .tuple(fc.nat({ max: shape.length }), fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }))
            .map(([skipped, keep]) => shape.slice(skipped).map((extent, axis) => (keep[axis] ? extent : 1))),
        ),
      ),
    );

  it("finds the same elements as NumPy's broadcasting, along last axes that run by 0 or 1", () => {
    fc.assert(
      fc.property(shapes, (operands) => {
        const shape = broadcastShapes("test", operands);
        const { extents, strides } = broadcastAxes(shape, operands);
        expect(sizeOf(extents)).toBe(sizeOf(shape));
        for (const [index, operand] of operands.entries()) {
          expect(strides[index].at(-1) ?? 0).toBeLessThanOrEqual(1);
          for (let position = 0; position < sizeOf(shape); position++)
            expect(offsetOf(position, extents, strides[index])).toBe(elementOf(position, shape, operand));
        }
      }),
    );
  });

  it("joins the axes that all arguments run through alike", () => {
    expect(
      broadcastAxes(
        [2, 3, 4],
        [
          [2, 3, 4],
          [3, 4],
        ],
      ).extents,
    ).toEqual([2, 12]);
    expect(broadcastAxes([2, 3, 4], [[2, 3, 4], []]).extents).toEqual([24]);
    expect(
      broadcastAxes(
        [2, 3, 1, 4],
        [
          [2, 3, 1, 4],
          [2, 1, 1, 4],
        ],
      ).extents,
    ).toEqual([2, 3, 4]);
    expect(broadcastAxes([1, 1], [[1, 1], [1]]).extents).toEqual([]);
  });
});

function offsetOf(position: number, extents: readonly number[], strides: readonly number[]): number {
  let offset = 0;
  for (let axis = extents.length - 1, rest = position; axis >= 0; axis--) {
    offset += (rest % extents[axis]) * strides[axis];
    rest = Math.floor(rest / extents[axis]);
  }
  return offset;
}

/** Position in `operand` of the element that goes into `position` of the result. */
function elementOf(position: number, shape: readonly number[], operand: readonly number[]): number {
  let element = 0;
  let stride = 1;
  let rest = position;
  for (let back = 1; back <= shape.length; back++) {
    const coordinate = rest % shape[shape.length - back];
    rest = Math.floor(rest / shape[shape.length - back]);
    const extent = operand[operand.length - back] ?? 1;
    if (extent !== 1) element += coordinate * stride;
    stride *= extent;
  }
  return element;
}
