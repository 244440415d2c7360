import {
  bytesPerElement,
  type CaseRandom,
  type DType,
  defineKernel,
  InvalidInputError,
  isFloat,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { caseSource } from "../case-source.ts";
import { tuckerPointsCpu } from "./cpu.ts";
import type { TuckerPointsOptions } from "./options.ts";
import { tuckerPointsTensorFlow } from "./tensorflow.ts";
import { tuckerPointsWebGpu } from "./webgpu.ts";

/**
 * Values of a Chebyshev–Tucker function at scattered points: inputs are points [n, 3], Chebyshev coefficients of the univariate factors [m₁, r₁], [m₂, r₂], [m₃, r₃] and the core
 * [r₁, r₂, r₃]; the output is [n], f(x, y, z) = Σ G[p, q, s] u_p(x) v_q(y) w_s(z). Points are not checked: outside of the box polynomials grow as they do.
 */
export const tuckerPointsKernel = defineKernel<TuckerPointsOptions>({
  name: "tucker-points",
  summary: "Values of a function in Chebyshev–Tucker format at scattered points.",
  infer,
  cost(inputs) {
    const [points, first, second, third, core] = inputs.map(({ shape }) => shape);
    const [n] = points;
    const [r1, r2, r3] = core;
    const basis = 2 * (first[0] + second[0] + third[0]);
    const factors = 2 * (first[0] * r1 + second[0] * r2 + third[0] * r3);
    const elements = inputs.reduce((sum, { shape }) => sum + shape.reduce((product, extent) => product * extent, 1), n);
    return {
      flops: n * (basis + factors + 2 * (r1 * r2 * r3 + r1 * r2 + r1)),
      bytes: elements * bytesPerElement(inputs[0].dtype),
    };
  },
  reference,
  cpu: tuckerPointsCpu,
  webgpu: tuckerPointsWebGpu,
  tensorflow: tuckerPointsTensorFlow,
  derivatives:
    "its gradient is the same function with the coefficients of the derivatives, see ChebyshevTucker.gradient",
  cases: () =>
    (["float32", "float64"] as const).flatMap((dtype) => [
      caseOf(caseSource(), dtype, 0, [3, 4, 5], [2, 2, 2]),
      caseOf(caseSource(), dtype, 1, [1, 1, 1], [1, 1, 1]),
      caseOf(caseSource(), dtype, 7, [2, 1, 9], [2, 1, 3]),
      caseOf(caseSource(), dtype, 41, [17, 9, 12], [5, 4, 7]),
      withNaN(caseOf(caseSource(), dtype, 19, [6, 5, 4], [3, 3, 3])),
    ]),
  randomCase: (random) => {
    const degrees = [1, 2, 3].map(() => random.integer(1, 12)) as [number, number, number];
    const ranks = degrees.map((m) => random.integer(1, Math.min(m, 6))) as [number, number, number];
    return caseOf(random, random.pick(["float32", "float64"] as const), random.integer(0, 40), degrees, ranks);
  },
  tolerance,
});

type Triple = readonly [number, number, number];

function caseOf(
  random: CaseRandom,
  dtype: "float32" | "float64",
  n: number,
  degrees: Triple,
  ranks: Triple,
): KernelCase<TuckerPointsOptions> {
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  const lower = [-1, 0.5, -3] as const;
  const upper = [1, 2.5, 5] as const;
  const noise = random.array([n, 3], dtype).data;
  // Inside of the box.
  const points = Float64Array.from(noise, (z, at) => {
    const [a, b] = [lower[at % 3], upper[at % 3]];
    return round((a + b) / 2 + ((b - a) / 2) * Math.sin(z));
  });
  return {
    name: `${dtype} ${n} points, degrees + 1 [${degrees}], ranks [${ranks}]`,
    inputs: [
      referenceArray(dtype, [n, 3], points),
      ...degrees.map((m, axis) => random.array([m, ranks[axis]], dtype)),
      random.array(ranks, dtype),
    ],
    options: { lower, upper },
  };
}

function withNaN(each: KernelCase<TuckerPointsOptions>): KernelCase<TuckerPointsOptions> {
  each.inputs[0].data[4] = Number.NaN;
  return { ...each, name: `${each.name}, one of them NaN` };
}

function infer([points, ...rest]: readonly TensorSpec[], options: TuckerPointsOptions): readonly TensorSpec[] {
  const core = rest[3];
  if (!isFloat(points.dtype)) throw new InvalidInputError("tuckerPoints: points", "float32 or float64", points.dtype);
  if (points.shape.length !== 2 || points.shape[1] !== 3)
    throw new InvalidInputError("tuckerPoints: points", "shape [n, 3]", `[${points.shape}]`);
  if (core?.shape.length !== 3 || core.shape.some((rank) => rank < 1))
    throw new InvalidInputError("tuckerPoints: core", "shape [r1, r2, r3] of positive ranks", `[${core?.shape}]`);
  for (const [axis, { shape }] of rest.slice(0, 3).entries()) {
    if (shape.length !== 2 || shape[0] < 1 || shape[1] !== core.shape[axis])
      throw new InvalidInputError(`tuckerPoints: factor ${axis}`, `shape [m ≥ 1, ${core.shape[axis]}]`, `[${shape}]`);
    if (!(options.lower[axis] < options.upper[axis]))
      throw new InvalidInputError(`tuckerPoints: options, axis ${axis}`, "lower < upper", [
        options.lower[axis],
        options.upper[axis],
      ]);
  }
  for (const { dtype } of rest)
    if (dtype !== points.dtype) throw new InvalidInputError("tuckerPoints: inputs", `dtype ${points.dtype}`, dtype);
  return [{ shape: [points.shape[0]], dtype: points.dtype }];
}

function reference(
  [points, ...rest]: readonly ReferenceArray[],
  { lower, upper }: TuckerPointsOptions,
): readonly ReferenceArray[] {
  const [n] = points.shape;
  const [r1, r2, r3] = rest[3].shape;
  const core = rest[3].data;
  const values = new Float64Array(n);
  for (let point = 0; point < n; point++) {
    const [u, v, w] = [0, 1, 2].map((axis) => {
      const at = points.data[3 * point + axis];
      const x = (at - lower[axis] + (at - upper[axis])) / (upper[axis] - lower[axis]);
      return factorsAt(rest[axis], x);
    });
    for (let p = 0; p < r1; p++)
      for (let q = 0; q < r2; q++)
        for (let s = 0; s < r3; s++) values[point] += core[(p * r2 + q) * r3 + s] * u[p] * v[q] * w[s];
  }
  return [referenceArray(points.dtype, [n], values)];
}

/** Columns of Chebyshev coefficients, summed at x in [−1, 1]. */
function factorsAt({ shape: [m, rank], data }: ReferenceArray, x: number): Float64Array {
  const sums = new Float64Array(rank);
  let [before, value] = [x, 1];
  for (let i = 0; i < m; i++) {
    for (let column = 0; column < rank; column++) sums[column] += data[i * rank + column] * value;
    [before, value] = [value, 2 * x * value - before];
  }
  return sums;
}

function tolerance(dtype: DType, [, first, second, third, core]: readonly TensorSpec[]): Tolerance {
  const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
  const [r1, r2, r3] = core.shape;
  const m = Math.max(first.shape[0], second.shape[0], third.shape[0]);
  // T_i errs by at most i² u in the middle of the interval and near its ends; the factors of the cases are sums of m standard normals times T_i, the result one of r1 r2 r3 products
  // of three of them and another: (√m)³ √(r1 r2 r3) is its size. Five times that is beyond chance.
  return { relative: 8 * u, absolute: 5 * m * m * m ** 1.5 * Math.sqrt(r1 * r2 * r3) * u };
}
