import {
  add,
  concatenate,
  conj,
  type FloatDType,
  imag,
  matmul,
  multiply,
  neg,
  real,
  slice,
  subtract,
  sum,
  type Tensor,
  transpose,
} from "@ansatz/tensor";
import { lsqr } from "../iterative/lsqr.ts";
import type { StopReason } from "../iterative/result.ts";
import { cholesky } from "../kernels/cholesky/index.ts";
import { eigenSymmetric } from "../kernels/eigen-symmetric/index.ts";
import { qr } from "../kernels/qr/index.ts";
import { solveTriangular } from "../kernels/solve-triangular/index.ts";
import { svd } from "../kernels/svd/index.ts";
import { leastSquares } from "../solve/least-squares.ts";
import { solve } from "../solve/linear-systems.ts";
import { complexVector, realMatrix, realVector } from "./real-form.ts";
import { type CalibrationSystem, denseSystem, matricesOf, meanColumnNorms } from "./system.ts";

/** Rounding of a few hundred unknowns; elimination works with squares. */
const DENSE_RESOLUTION = 1e-13;

/** wᴴ z = c. */
export interface Constraint {
  /** Complex [m], or of all unknowns. */
  readonly weights: Tensor;
  readonly value: readonly [re: number, im: number];
  readonly kind: "soft" | "hard";
}

/** z = (s; x). */
export interface Solved {
  readonly inverseGains: Tensor;
  /** All signals, one after the other, complex. */
  readonly signals: Tensor;
  readonly singularValues: readonly [smallest: number, second: number, largest: number] | undefined;
  /** Singular values this much smaller than the largest cannot be told from zero. */
  readonly resolution: number;
  readonly reason: StopReason;
  readonly iterations: number;
}

/** Both real columns of a complex one, [k, 2]. */
function columnsOf(w: Tensor): Tensor {
  return realMatrix(w.reshape([w.size, 1]));
}

function valueTensor(like: Tensor, [re, im]: readonly [number, number], dtype: FloatDType): Tensor {
  return like.device.tensor(Float64Array.of(re, im), [2, 1], dtype);
}

function parts(z: Tensor, m: number): { inverseGains: Tensor; signals: Tensor } {
  const all = complexVector(z.reshape([z.size]));
  return { inverseGains: slice(all, [[0, m]]), signals: slice(all, [[m, all.size]]) };
}

/** The whole system, by QR or singular values. */
export async function solveDense(system: CalibrationSystem, constraint: Constraint | undefined): Promise<Solved> {
  const { y, signalUnknowns } = system;
  const [, m] = y.shape;
  const { device } = y;
  const solved = device.scope(() => {
    const phi = denseSystem(system);
    const { s, vt } = svd(phi);
    if (!constraint) return { s, ...parts(slice(vt, [[-1, vt.shape[0]]]), m) };
    const zeros = device.zeros([m + signalUnknowns - constraint.weights.size], y.dtype);
    const row = transpose(columnsOf(concatenate([constraint.weights, zeros], { axis: 0 })));
    const right = concatenate(
      [device.zeros([phi.shape[0], 1], phi.dtype), valueTensor(phi, constraint.value, phi.dtype as FloatDType)],
      { axis: 0 },
    );
    return { s, ...parts(leastSquares(concatenate([phi, row], { axis: 0 }), right), m) };
  });
  return {
    ...(await withSingularValues(solved, (values) => values)),
    resolution: DENSE_RESOLUTION,
    reason: "converged",
    iterations: 0,
  };
}

/** All of them, the largest first, each twice. */
async function withSingularValues<T extends { readonly s: Tensor }>(
  solved: T,
  toSingular: (values: number[]) => number[],
) {
  const { s, ...rest } = solved;
  const values = toSingular(Array.from(await s.data()));
  s.dispose();
  const singularValues = [values.at(-1) ?? 0, values.at(-3) ?? Number.POSITIVE_INFINITY, values[0]] as const;
  return { ...rest, singularValues };
}

/** Signals eliminated: with A_l = Q R, the least ‖diag(y_l) s − A_l x_l‖ over x_l is ‖(I − Q Qᴴ) diag(y_l) s‖. */
export async function solveByElimination(
  system: CalibrationSystem,
  constraint: Constraint | undefined,
): Promise<Solved> {
  const { y, signals, operator } = system;
  const { device } = y;
  const [p, m] = y.shape;
  const n = operator.unknowns;
  // Signals that are shared are eliminated from all measurements together.
  const [blocks, together] = signals === "shared" ? [1, p] : [p, 1];
  const solved = device.scope(() => {
    const { q, r } = qr(realMatrix(matricesOf(system).reshape([blocks, together * m, n])));
    const projections = projectedMeasurements(q, y.reshape([blocks, together, m, 1]), [blocks, together, m, n]);
    const gram = subtract(
      measuredSquares(y),
      sum(matmul(projections, projections, { transposeA: true }), { axes: [0] }),
    );
    const { values, vectors } = eigenSymmetric(gram);
    const s = constraint ? constrained(gram, constraint) : slice(vectors, [null, [0, 1]]);
    const x = solveTriangular(r, matmul(projections, s.reshape([1, 2 * m, 1])), { lower: false });
    return {
      s: values,
      inverseGains: complexVector(s.reshape([2 * m])),
      signals: complexVector(x.reshape([blocks, 2 * n])).reshape([blocks * n]),
    };
  });
  const toSingular = (values: number[]) => values.reverse().map((value) => Math.sqrt(Math.max(0, value)));
  return {
    ...(await withSingularValues(solved, toSingular)),
    resolution: Math.sqrt(DENSE_RESOLUTION),
    reason: "converged",
    iterations: 0,
  };
}

/** Qᴴ diag(y), summed over the measurements of a block, as real matrices [blocks, 2n, 2m]. */
function projectedMeasurements(q: Tensor, y: Tensor, [blocks, together, m, n]: readonly number[]): Tensor {
  const half = (from: number) =>
    slice(q, [null, [from * together * m, (from + 1) * together * m]]).reshape([blocks, together, m, 2 * n]);
  const [upper, lower] = [half(0), half(1)];
  const [re, im] = [real(y), imag(y)];
  const left = sum(add(multiply(upper, re), multiply(lower, im)), { axes: [1] });
  const right = sum(subtract(multiply(lower, re), multiply(upper, im)), { axes: [1] });
  return transpose(concatenate([left, right], { axis: 1 }), [0, 2, 1]);
}

/** Σ_l |y_l|² on the diagonal, [2m, 2m]. */
function measuredSquares(y: Tensor): Tensor {
  const [, m] = y.shape;
  const squares = sum(real(multiply(y, conj(y))), { axes: [0] });
  const unit = Float64Array.from({ length: 4 * m * m }, (_, k) => Number(k % (2 * m + 1) === 0));
  return multiply(concatenate([squares, squares], { axis: 0 }), y.device.tensor(unit, [2 * m, 2 * m], squares.dtype));
}

/** min sᴴ M s with wᴴ s = c, as one more row of the least-squares problem or exactly. */
function constrained(gram: Tensor, { weights, value, kind }: Constraint): Tensor {
  const w = columnsOf(weights);
  const c = valueTensor(gram, value, gram.dtype as FloatDType);
  if (kind === "soft") {
    const lower = cholesky(add(gram, matmul(w, w, { transposeB: true })));
    return solveTriangular(lower, solveTriangular(lower, matmul(w, c)), { transpose: true });
  }
  const { device } = gram;
  const top = concatenate([gram, w], { axis: 1 });
  const bottom = concatenate([transpose(w), device.zeros([2, 2], gram.dtype)], { axis: 1 });
  const right = concatenate([device.zeros([gram.shape[0], 1], gram.dtype), c], { axis: 0 });
  const all = solve(concatenate([top, bottom], { axis: 0 }), right);
  return slice(all, [[0, gram.shape[0]]]);
}

export interface LsqrSettings {
  readonly tolerance?: number;
  readonly maximumIterations?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (iteration: number, relativeResidual: number) => void;
}

/** LSQR on the system with its constraint, by products alone; signals are scaled so that both blocks have columns of about one size. */
export async function solveByLsqr(
  system: CalibrationSystem,
  constraint: Constraint,
  settings: LsqrSettings,
): Promise<Solved> {
  const { y, operator, signals, signalUnknowns } = system;
  const { device } = y;
  const [p, m] = y.shape;
  const dtype = y.dtype === "complex128" ? "float64" : "float32";
  const shape = signals === "shared" ? [operator.unknowns] : [p, operator.unknowns];
  const norms = await meanColumnNorms(system);
  const balance = norms.signals > 0 ? norms.gains / norms.signals : 1;
  const conjugated = conj(y);
  const zeros = device.zeros([m + signalUnknowns - constraint.weights.size], y.dtype);
  const column = device.scope(() => columnsOf(concatenate([constraint.weights, zeros], { axis: 0 })));
  const scale = device.scope(() =>
    concatenate([device.full([m], 1, dtype), device.full([signalUnknowns], balance, dtype)], { axis: 0 }),
  );
  const scaleBoth = device.scope(() => concatenate([scale, scale], { axis: 0 }));
  const apply = (z: Tensor) =>
    device.scope(() => {
      const scaled = multiply(z, scaleBoth);
      const { inverseGains, signals: x } = parts(scaled, m);
      const rows = subtract(multiply(y, inverseGains), operator.apply(x.reshape(shape)));
      const last = matmul(column, scaled.reshape([scaled.size, 1]), { transposeA: true });
      return concatenate([realVector(rows.reshape([p * m])), last.reshape([2])], { axis: 0 });
    });
  const applyTranspose = (r: Tensor) =>
    device.scope(() => {
      const rows = complexVector(slice(r, [[0, 2 * p * m]])).reshape([p, m]);
      const gains = sum(multiply(conjugated, rows), { axes: [0] });
      const others = neg(operator.applyAdjoint(rows)).reshape([signalUnknowns]);
      const own = realVector(concatenate([gains, others], { axis: 0 }));
      const last = matmul(column, slice(r, [[2 * p * m, 2 * p * m + 2]]).reshape([2, 1]));
      return multiply(add(own, last.reshape([own.size])), scaleBoth);
    });
  const right = device.scope(() =>
    concatenate([device.zeros([2 * p * m], dtype), valueTensor(y, constraint.value, dtype).reshape([2])], { axis: 0 }),
  );
  const { tolerance = dtype === "float64" ? 1e-12 : 1e-6, ...rest } = settings;
  const found = await lsqr({ shape: [2 * p * m + 2, 2 * (m + signalUnknowns)], apply, applyTranspose }, right, {
    ...rest,
    tolerance,
    normalTolerance: tolerance,
  });
  const solved = device.scope(() => parts(multiply(found.x, scaleBoth), m));
  for (const each of [found.x, conjugated, zeros, column, scale, scaleBoth, right]) each.dispose();
  return { ...solved, singularValues: undefined, resolution: 0, reason: found.reason, iterations: found.iterations };
}
