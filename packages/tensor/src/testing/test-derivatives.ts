import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { grad, jet, jvp, vjp } from "../differentiation/transforms.ts";
import { complexDType, type DType, isComplex, isDifferentiable } from "../dtype.ts";
import type { ReferenceArray } from "../kernel.ts";
import { toHostArray } from "../kernel.ts";
import { imag, real } from "../kernels/complex-parts/index.ts";
import { add, multiply } from "../kernels/map/binary.ts";
import { sin } from "../kernels/map/unary.ts";
import { sum } from "../kernels/reduce/index.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose } from "./all-close.ts";
import { caseRandom } from "./case-random.ts";
import { type TestDevice, testDevices } from "./devices.ts";

/** What `testDerivatives` may be told about a function. */
export interface DerivativeTestOptions {
  /** Devices it runs on in float32 (complex64) besides the cpu. Default: webgpu and tensorflow. */
  readonly devices?: readonly ("webgpu" | "tensorflow")[];
  /** Orders of `jet` compared with nested `jvp`. Default: 3. */
  readonly jetOrder?: number;
}

/** Rounding of a few hundred operations in float64. */
const ROUNDING = 1e-10;

/**
 * Declares the tests every differentiable function must pass at the given point: on the cpu in float64, gradient and gradient of a gradient agree with finite differences; reverse, forward
 * and mixed second derivatives agree; the pullback is the transpose of the pushforward; `jet` equals nested `jvp`; nothing leaks. On the other devices first
 * and second derivatives agree with the cpu's. Await it at the top level of a test file.
 *
 * @param f any function of tensors in operations, smooth near the point.
 * @param point its arguments, as float64 (or complex128) for what is to be differentiated; integers and bools are constants.
 */
export async function testDerivatives(
  name: string,
  f: (...inputs: Tensor[]) => Tensor,
  point: readonly ReferenceArray[],
  { devices = ["webgpu", "tensorflow"], jetOrder = 3 }: DerivativeTestOptions = {},
): Promise<void> {
  const all = await testDevices();

  describe(`derivatives of ${name}`, () => {
    for (const device of all) {
      if (device.label.startsWith("cpu")) {
        if (device === all[0]) declareReferenceTests(device.open, f, point, jetOrder);
        continue;
      }
      // One may have no complex numbers, or lack an integer type.
      const isAble = devicePoint(device, point).every(({ dtype }) => device.dtypes.includes(dtype));
      if (isAble && devices.some((kind) => device.label.startsWith(kind))) declareDeviceTest(device, all[0], f, point);
    }
  });
}

function declareReferenceTests(
  open: () => Promise<Device>,
  f: (...inputs: Tensor[]) => Tensor,
  point: readonly ReferenceArray[],
  jetOrder: number,
): void {
  let device: Device;
  beforeAll(async () => {
    device = await open();
  });
  afterAll(() => device.dispose());

  it("agree with finite differences, to the second order", async () => {
    const setting = settingOf(device, f, point);
    const { scalar, x, v, u } = setting;
    const first = (at: Tensor[]) => grad(scalar)(at);
    const second = (at: Tensor[]) => grad((each: Tensor[]) => dot(first(each), u))(at);
    const { slope, size } = await differences(setting, async (at) => scalar(at).item());
    expectAllClose([await dot(first(x), v).item()], [slope], { relative: 1e-7, absolute: 1e-7 * size }, "gradient");
    const twice = await differences(setting, async (at) => dot(first(at), u).item());
    const absolute = 1e-7 * twice.size;
    expectAllClose([await dot(second(x), v).item()], [twice.slope], { relative: 1e-7, absolute }, "second derivative");
  });

  it("agree between forward, reverse and mixed mode, which are each other's transpose", async () => {
    const { scalar, traced, x, v, u } = settingOf(device, f, point);
    const forwardOverReverse = jvp(grad(scalar), x, v).tangent;
    const reverseOverForward = grad((at: Tensor[]) => jvp(scalar, at, v).tangent)(x);
    const reverseOverReverse = grad((at: Tensor[]) => dot(grad(scalar)(at), v))(x);
    for (const [index, expected] of forwardOverReverse.entries()) {
      const values = await expected.data();
      const tolerance = { relative: ROUNDING, absolute: ROUNDING * largest(values) };
      expectAllClose(await reverseOverForward[index].data(), values, tolerance, `reverse over forward, input ${index}`);
      expectAllClose(await reverseOverReverse[index].data(), values, tolerance, `reverse over reverse, input ${index}`);
    }
    using reverse = vjp(traced, x);
    const pushed = jvp(traced, x, v).tangent;
    const cotangent = randomLike(device, pushed, 7);
    const one = await dot([pushed], [cotangent]).item();
    const other = await dot(reverse.pullback(cotangent), v).item();
    expectAllClose([other], [one], { relative: ROUNDING, absolute: ROUNDING * (1 + Math.abs(one)) }, "transpose");
    // The derivative of the pushforward along v in the direction u, taken forward twice and by pulling back the pushforward.
    const weighted = (at: Tensor[]) => dot([jvp(traced, at, v).tangent], [cotangent]);
    const forward = await jvp(weighted, x, u).tangent.item();
    const back = await dot(grad(weighted)(x), u).item();
    expectAllClose([back], [forward], { relative: ROUNDING, absolute: ROUNDING * (1 + Math.abs(forward)) }, "mixed");
  });

  it("agree between Taylor mode and nested forward mode", async () => {
    const { traced, x, v } = settingOf(device, f, point);
    const taylor = jet(traced, x, [v, ...new Array<null>(jetOrder - 1).fill(null)]);
    let nested = traced;
    for (const [order, derivative] of taylor.entries()) {
      const values = await nested(x).data();
      const tolerance = { relative: ROUNDING, absolute: ROUNDING * (1 + largest(values)) };
      expectAllClose(await derivative.data(), values, tolerance, `order ${order}`);
      const previous = nested;
      nested = (at) => jvp(previous, at, v).tangent;
    }
  });

  it("leave nothing behind", () => {
    const before = device.memory().tensors;
    device.scope(() => {
      const { scalar, x, v } = settingOf(device, f, point);
      jvp(grad(scalar), x, v);
    });
    expect(device.memory().tensors).toBe(before);
  });
}

/** In the precision that the device has. */
function devicePoint({ dtypes }: TestDevice, point: readonly ReferenceArray[]): readonly ReferenceArray[] {
  return dtypes.includes("float64") ? point : point.map(narrowedArray);
}

function declareDeviceTest(
  tested: TestDevice,
  cpu: TestDevice,
  f: (...inputs: Tensor[]) => Tensor,
  point: readonly ReferenceArray[],
): void {
  it(`are the cpu's on ${tested.label}, to the second order`, async () => {
    const derivatives = async (on: TestDevice) => {
      await using device = await on.open();
      const { scalar, x, v } = settingOf(device, f, devicePoint(on, point));
      const { value, tangent } = jvp(grad(scalar), x, v);
      return await Promise.all([...value, ...tangent].map((each) => each.data()));
    };
    const actual = await derivatives(tested);
    const expected = await derivatives(cpu);
    // float32 carries 6e-8; sums and products of a few dozen terms, twice differentiated.
    for (const [index, values] of expected.entries())
      expectAllClose(
        Float64Array.from(actual[index]),
        Float64Array.from(values),
        { relative: 1e-3, absolute: 2e-5 * (1 + largest(values)) },
        `derivative ${index}`,
      );
  });
}

/** A point, directions, and a scalar function that is nonlinear even where f is linear. */
interface Setting {
  readonly device: Device;
  /** f of what is differentiated. */
  traced(x: Tensor[]): Tensor;
  /** Σ w · sin(f(x)), real and imaginary parts alike. */
  scalar(x: Tensor[]): Tensor;
  readonly x: Tensor[];
  readonly v: Tensor[];
  readonly u: Tensor[];
}

function settingOf(device: Device, f: (...inputs: Tensor[]) => Tensor, point: readonly ReferenceArray[]): Setting {
  const upload = (array: ReferenceArray) => device.tensor(toHostArray(array), array.shape, array.dtype);
  const inputs = point.map(upload);
  const x = inputs.filter(({ dtype }) => isDifferentiable(dtype));
  const traced = (given: Tensor[]) => {
    let next = 0;
    return f(...inputs.map((input) => (isDifferentiable(input.dtype) ? given[next++] : input)));
  };
  return {
    device,
    traced,
    scalar: (given) => {
      const y = traced(given);
      const weights = randomLike(device, y, 1);
      if (!isComplex(y.dtype)) return sum(multiply(sin(y), weights));
      return dot([sin(real(y)), sin(imag(y))], [real(weights), imag(weights)]);
    },
    x,
    v: x.map((each, index) => randomLike(device, each, 2 + index)),
    u: x.map((each, index) => randomLike(device, each, 102 + index)),
  };
}

function randomLike(device: Device, { shape, dtype }: Tensor, seed: number): Tensor {
  const array = caseRandom(seed).array(shape, dtype);
  return device.tensor(toHostArray(array), shape, dtype);
}

/** Σ a · b over all tensors of both lists, complex numbers as pairs. */
function dot(a: readonly Tensor[], b: readonly Tensor[]): Tensor {
  const parts = (each: Tensor) => (isComplex(each.dtype) ? [real(each), imag(each)] : [each]);
  const left = a.flatMap(parts);
  const right = b.flatMap(parts);
  return left.map((each, index) => sum(multiply(each, right[index]))).reduce((total, term) => add(total, term));
}

const STEP = 1e-3;

/** Derivative of g along v by central differences with two extrapolations (error of order step⁶), and the size of g and its slopes. */
async function differences(
  { device, x, v }: Setting,
  g: (at: Tensor[]) => Promise<number>,
): Promise<{ slope: number; size: number }> {
  const points = await Promise.all(x.map((each) => each.data()));
  const directions = await Promise.all(v.map((each) => each.data()));
  const at = (t: number) =>
    g(
      x.map(({ shape, dtype }, index) =>
        device.tensor(
          Float64Array.from(points[index], (value, k) => value + t * directions[index][k]),
          shape,
          dtype,
        ),
      ),
    );
  const central = async (h: number) => ((await at(h)) - (await at(-h))) / (2 * h);
  const [wide, middle, narrow] = [await central(4 * STEP), await central(2 * STEP), await central(STEP)];
  const better = [(4 * middle - wide) / 3, (4 * narrow - middle) / 3];
  const slope = (16 * better[1] - better[0]) / 15;
  return { slope, size: 1 + Math.abs(await at(0)) };
}

function largest(values: ArrayLike<number>): number {
  return Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

function narrowed(dtype: DType): DType {
  if (dtype === "float64") return "float32";
  return dtype === "complex128" ? complexDType("float32") : dtype;
}

function narrowedArray(array: ReferenceArray): ReferenceArray {
  return { ...array, dtype: narrowed(array.dtype) };
}
