import { InvalidInputError } from "../../errors.ts";
import {
  type CaseRandom,
  defineKernel,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "../../kernel.ts";
import { broadcastShapes, sameShape, sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { logBesselPairCpu } from "./cpu.ts";
import { logBesselKernel } from "./index.ts";
import type { LogBesselPairOptions } from "./options.ts";
import { logBesselPairWebGpu } from "./webgpu.ts";

export type { LogBesselPairOptions } from "./options.ts";

/** A number of 48 bits for each element: the float32 next to it, and the float32 next to what is left. */
export type TensorPair = readonly [high: Tensor<"float32">, low: Tensor<"float32">];

/** Logarithms of modified Bessel functions of pairs of floats, see `logBesselPair`. */
export const logBesselPairKernel = defineKernel<LogBesselPairOptions>({
  name: "log-bessel-pair",
  summary: "Logarithms of modified Bessel functions in pairs of float32, for devices without float64.",
  infer,
  cost(inputs, options) {
    const [{ shape }] = infer(inputs, options);
    const count = 2 * sizeOf(shape) + inputs.reduce((total, input) => total + sizeOf(input.shape), 0);
    // Two logarithms, two roots and 22 products of pairs, each some 25 operations.
    return { flops: 1500 * sizeOf(shape), bytes: 4 * count };
  },
  reference,
  cpu: logBesselPairCpu,
  webgpu: logBesselPairWebGpu,
  tensorflow: "TensorFlow.js may compute sums of floats in any order, which pairs of floats do not allow",
  derivatives: "pairs of floats are for values; differentiate logBesselI or logBesselK",
  cases,
  randomCase,
  // Either part alone may be off by an ulp of the leading one, here of 400 at most: their sum is what is exact, see pair.test.ts.
  tolerance: () => ({ relative: 2 ** -23, absolute: 2 ** -15 }),
});

/**
 * log I_v(x) or log K_v(x) with twice the digits of float32 on any device with float32: within 10⁻¹³ · max(1, |result|) and what 2⁻⁴⁶ of v + x comes to where the result is a small
 * difference of large numbers.
 *
 * On webgpu by error-free sums and products of floats; where its compiler reorders them, all results are NaN. Subnormal numbers count as 0 there. Domain and special values as of `logBesselI` and
 * `logBesselK`; the second part of an infinite or NaN result is 0 or NaN.
 *
 * @param order both parts of v, of one shape; broadcast against `x`.
 * @param x both parts, of one shape.
 * @throws InvalidInputError on other dtypes, shapes that do not fit.
 * Source: Dekker, "A floating-point technique for extending the available precision" (Numerische Mathematik, 1971).
 */
export function logBesselPair(
  name: LogBesselPairOptions["function"],
  order: TensorPair,
  x: TensorPair,
): [high: Tensor<"float32">, low: Tensor<"float32">] {
  return logBesselPairKernel.run([...order, ...x], { function: name }) as [Tensor<"float32">, Tensor<"float32">];
}

function infer(inputs: readonly TensorSpec[], { function: name }: LogBesselPairOptions): readonly TensorSpec[] {
  if (name !== "logI" && name !== "logK")
    throw new InvalidInputError("log-bessel-pair: function", "logI or logK", name);
  if (inputs.length !== 4) throw new InvalidInputError("log-bessel-pair: inputs", "4 tensors", inputs.length);
  for (const [index, argument] of [[0, "order"] as const, [2, "x"] as const]) {
    for (const { dtype } of inputs.slice(index, index + 2))
      if (dtype !== "float32") throw new InvalidInputError(`log-bessel-pair: ${argument}`, "tensors of float32", dtype);
    if (!sameShape(inputs[index].shape, inputs[index + 1].shape))
      throw new InvalidInputError(`log-bessel-pair: ${argument}`, "two tensors of one shape", [
        inputs[index].shape,
        inputs[index + 1].shape,
      ]);
  }
  const shape = broadcastShapes("log-bessel-pair", [inputs[0].shape, inputs[2].shape]);
  return [
    { shape, dtype: "float32" },
    { shape, dtype: "float32" },
  ];
}

function reference(inputs: readonly ReferenceArray[], options: LogBesselPairOptions): readonly ReferenceArray[] {
  const [{ shape }] = infer(inputs, options);
  const joined = (index: number) => {
    const low = inputs[index + 1].data;
    return referenceArray(
      "float64",
      inputs[index].shape,
      Float64Array.from(inputs[index].data, (high, at) => high + low[at]),
    );
  };
  const [values] = logBesselKernel.reference([joined(0), joined(2)], options);
  const high = Float64Array.from(values.data, Math.fround);
  const low = Float64Array.from(values.data, (value, at) => (Number.isFinite(value) ? value - high[at] : 0));
  return [referenceArray("float32", shape, high), referenceArray("float32", shape, low)];
}

function cases(): KernelCase<LogBesselPairOptions>[] {
  const orders = [0.3, 5, 12.5, 14, 60, 200];
  return (["logI", "logK"] as const).flatMap((name) => [
    {
      name: `${name} of nothing`,
      inputs: [0, 1, 2, 3].map(() => referenceArray("float32", [0], [])),
      options: { function: name },
    },
    {
      name: `${name}, broadcast`,
      inputs: [...pairOf([6, 1], orders), ...pairOf([3], [1e-5, 9.1, 35.3])],
      options: { function: name },
    },
  ]);
}

function randomCase(random: CaseRandom): KernelCase<LogBesselPairOptions> {
  const count = random.integer(1, 9);
  const numbers = () => Array.from(random.array([count], "float64", { scale: 100 }).data, Math.abs);
  const name = random.pick(["logI", "logK"] as const);
  return {
    name: `${name} of [${count}]`,
    inputs: [...pairOf([count], numbers()), ...pairOf([count], numbers())],
    options: { function: name },
  };
}

function pairOf(shape: readonly number[], values: readonly number[]): readonly ReferenceArray[] {
  const high = values.map(Math.fround);
  const low = values.map((value, at) => Math.fround(value - high[at]));
  return [referenceArray("float32", shape, high), referenceArray("float32", shape, low)];
}
