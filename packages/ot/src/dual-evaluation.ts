import type { FloatDType, Tensor } from "@ansatz/tensor";
import type { CheckedMasses } from "./problem.ts";

/** The dual function, its gradient and what else one pass over the plan tells about a pair of potentials. */
export interface DualEvaluation {
  /** Row potentials, then column potentials, `[m + n]`, in units of cost. */
  readonly potentials: Float64Array;
  readonly regularization: number;
  /** P1, then Pᵀ1. */
  readonly sums: Float64Array;
  /** r − P1, then c − Pᵀ1. */
  readonly gradient: Float64Array;
  /** ‖gradient‖₁. */
  readonly error: number;
  /** Σ P. */
  readonly mass: number;
  /** r·x + c·y − ε Σ P. */
  readonly dualObjective: number;
}

/** A transport problem where it is computed: what every solver of the dual asks of it. */
export interface DualOnDevice extends Disposable {
  readonly dtype: FloatDType;
  readonly problem: CheckedMasses & { readonly regularization: number };
  evaluate(potentials: Float64Array, regularization: number): Promise<DualEvaluation>;
  /** ⟨C, P⟩. */
  transportCost(potentials: Float64Array, regularization: number): Promise<number>;
  /**
   * Sweeps of Sinkhorn's iteration, without waiting for the device in between.
   * @returns the potentials, and the marginal error between the halves of the last sweep.
   * @throws DivergedError when potentials are no longer finite.
   */
  sweep(
    potentials: Float64Array,
    regularization: number,
    count: number,
  ): Promise<{ readonly potentials: Float64Array; readonly error: number }>;
}

/** What the sums of the plan say about the dual. */
export function dualEvaluation(
  potentials: Float64Array,
  regularization: number,
  sums: Float64Array,
  { marginals, rows }: Pick<CheckedMasses, "marginals" | "rows">,
): DualEvaluation {
  const gradient = marginals.map((marginal, index) => marginal - sums[index]);
  const mass = sum(sums.subarray(0, rows));
  return {
    potentials,
    regularization,
    sums,
    gradient,
    error: sum(gradient.map(Math.abs)),
    mass,
    dualObjective: dot(marginals, potentials) - regularization * mass,
  };
}

/** Reads tensors to the host in one wait, and frees them. */
export async function readAll(tensors: readonly Tensor[]): Promise<(Float64Array | Float32Array | Int32Array)[]> {
  try {
    return (await Promise.all(tensors.map((tensor) => tensor.data()))) as (Float64Array | Float32Array | Int32Array)[];
  } finally {
    for (const tensor of tensors) tensor.dispose();
  }
}

/** Subtracts the projection on (1, −1), along which the dual does not change. */
export function removeGauge(vector: Float64Array, rows: number): void {
  let component = 0;
  for (const [index, value] of vector.entries()) component += index < rows ? value : -value;
  component /= vector.length;
  for (let index = 0; index < vector.length; index++) vector[index] -= index < rows ? component : -component;
}

export function dot(a: Float64Array, b: Float64Array): number {
  let result = 0;
  for (let index = 0; index < a.length; index++) result += a[index] * b[index];
  return result;
}

export function sum(values: ArrayLike<number>): number {
  let result = 0;
  for (let index = 0; index < values.length; index++) result += values[index];
  return result;
}
