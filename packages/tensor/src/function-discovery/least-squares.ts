import type { Samples } from "./error-measure.ts";
import { LITERALS, type Program, type Vertex } from "./program.ts";

/** A norm to minimise, and at most how many steps towards it. */
export interface FitStage {
  readonly power: number;
  readonly steps: number;
}

/** Least squares first, then norms that come closer and closer to the largest error. */
export const QUICK_STAGES: readonly FitStage[] = [{ power: 2, steps: 24 }];
export const FULL_STAGES: readonly FitStage[] = [4, 8, 16, 32, 64, 128].map((power) => ({ power, steps: 4 }));

export interface FitResult {
  readonly coefficients: number[];
  /** The largest weighted error on the samples; infinite where a value is none. */
  readonly error: number;
  readonly steps: number;
}

/**
 * Fits a program's coefficients to samples: Levenberg–Marquardt steps on the p-norm of the weighted errors, for growing p. The derivatives come from one
 * reverse pass over the program, samples side by side. Much quicker than an evolution strategy, but it goes downhill from where it starts.
 */
export class LeastSquaresFit {
  readonly #vertices: readonly Vertex[];
  readonly #samples: Samples;
  readonly #places: readonly number[];
  readonly #values: Float64Array[];
  readonly #adjoints: Float64Array[];
  readonly #jacobian: Float64Array;
  readonly #weights: Float64Array;
  /** Of the stacked system of a step: its matrix, one column after another, and its right side. */
  readonly #matrix: Float64Array;
  readonly #right: Float64Array;

  constructor(program: Program, samples: Samples) {
    const count = samples.x.length;
    this.#vertices = program.vertices;
    this.#samples = samples;
    this.#places = program.vertices.flatMap(({ operation }, index) => (operation === "coefficient" ? [index] : []));
    this.#values = program.vertices.map(({ operation }) =>
      operation === "input" ? samples.x : new Float64Array(count).fill(LITERALS[operation] ?? 0),
    );
    this.#adjoints = program.vertices.map(() => new Float64Array(count));
    const k = this.#places.length;
    this.#jacobian = new Float64Array(count * k);
    this.#weights = new Float64Array(count);
    this.#matrix = new Float64Array((count + k) * k);
    this.#right = new Float64Array(count + k);
  }

  /** From `start`, through the stages. */
  fit(start: readonly number[], stages: readonly FitStage[]): FitResult {
    const k = this.#places.length;
    const count = this.#samples.x.length;
    let coefficients = Float64Array.from(start);
    let errors = this.#errors(coefficients);
    let steps = 0;
    for (const { power, steps: most } of k > 0 && errors ? stages : []) {
      let damping = 1e-3;
      for (let step = 0; step < most; step++, steps++) {
        const norm = powerNorm(errors!, power);
        if (norm === 0) break;
        this.#errors(coefficients);
        this.#differentiate();
        const largest = largestMagnitude(errors!);
        for (let i = 0; i < count; i++) this.#weights[i] = (Math.abs(errors![i]) / largest) ** (power / 2 - 1);
        let moved = false;
        for (let attempt = 0; attempt < 6; attempt++, damping *= 16) {
          const change = this.#dampedStep(errors!, damping);
          const candidate = coefficients.map((value, j) => value - change[j] / (power - 1));
          const found = this.#errors(candidate);
          const next = found && powerNorm(found, power);
          if (next === null || !(next < norm)) continue;
          moved = norm - next > 1e-6 * norm;
          [coefficients, errors] = [candidate, found];
          damping = Math.max(damping / 20, 1e-14);
          break;
        }
        if (!moved) break;
      }
    }
    return {
      coefficients: [...coefficients],
      error: errors ? largestMagnitude(errors) : Number.POSITIVE_INFINITY,
      steps,
    };
  }

  /** Weighted errors, all finite, or null. */
  #errors(coefficients: Float64Array): Float64Array<ArrayBuffer> | null {
    const { high, low, weight } = this.#samples;
    const count = high.length;
    for (const [j, place] of this.#places.entries()) this.#values[place].fill(coefficients[j]);
    for (const [index, vertex] of this.#vertices.entries()) this.#forward(vertex, this.#values[index], count);
    const result = this.#values.at(-1)!;
    const errors = new Float64Array(count);
    for (let i = 0; i < count; i++) {
      errors[i] = (result[i] - high[i] - low[i]) * weight[i];
      if (!Number.isFinite(errors[i])) return null;
    }
    return errors;
  }

  #forward({ operation, inputs }: Vertex, value: Float64Array, count: number): void {
    const [a, b, c] = inputs.map((input) => this.#values[input]);
    switch (operation) {
      case "add":
        for (let i = 0; i < count; i++) value[i] = a[i] + b[i];
        break;
      case "subtract":
        for (let i = 0; i < count; i++) value[i] = a[i] - b[i];
        break;
      case "multiply":
        for (let i = 0; i < count; i++) value[i] = a[i] * b[i];
        break;
      case "divide":
        for (let i = 0; i < count; i++) value[i] = a[i] / b[i];
        break;
      case "fma":
        for (let i = 0; i < count; i++) value[i] = a[i] * b[i] + c[i];
        break;
      case "sqrt":
        for (let i = 0; i < count; i++) value[i] = Math.sqrt(a[i]);
    }
  }

  /** ∂(weighted error i)/∂(coefficient j), one column after another. */
  #differentiate(): void {
    const count = this.#samples.x.length;
    for (const adjoint of this.#adjoints) adjoint.fill(0);
    this.#adjoints.at(-1)!.set(this.#samples.weight);
    for (let index = this.#vertices.length - 1; index > 0; index--) this.#backward(index, count);
    for (const [j, place] of this.#places.entries()) this.#jacobian.set(this.#adjoints[place], j * count);
  }

  #backward(index: number, count: number): void {
    const { operation, inputs } = this.#vertices[index];
    const [value, adjoint] = [this.#values[index], this.#adjoints[index]];
    const [a, b] = inputs.map((input) => this.#values[input]);
    const [da, db, dc] = inputs.map((input) => this.#adjoints[input]);
    switch (operation) {
      case "add":
        for (let i = 0; i < count; i++) da[i] += adjoint[i];
        for (let i = 0; i < count; i++) db[i] += adjoint[i];
        break;
      case "subtract":
        for (let i = 0; i < count; i++) da[i] += adjoint[i];
        for (let i = 0; i < count; i++) db[i] -= adjoint[i];
        break;
      case "fma":
      case "multiply":
        for (let i = 0; i < count; i++) da[i] += adjoint[i] * b[i];
        for (let i = 0; i < count; i++) db[i] += adjoint[i] * a[i];
        if (dc) for (let i = 0; i < count; i++) dc[i] += adjoint[i];
        break;
      case "divide":
        for (let i = 0; i < count; i++) da[i] += adjoint[i] / b[i];
        for (let i = 0; i < count; i++) db[i] -= (adjoint[i] * value[i]) / b[i];
        break;
      case "sqrt":
        for (let i = 0; i < count; i++) da[i] += (0.5 * adjoint[i]) / value[i];
    }
  }

  /**
   * The change δ that minimises ‖W(Jδ − e)‖² + damping ‖Dδ‖², D the lengths of the columns of WJ: by Householder's QR of the stacked matrix, which keeps the
   * digits that normal equations would square away, and takes columns that depend on each other.
   */
  #dampedStep(errors: Float64Array, damping: number): Float64Array {
    const [weights, jacobian, matrix, right] = [this.#weights, this.#jacobian, this.#matrix, this.#right];
    const k = this.#places.length;
    const count = errors.length;
    const rows = count + k;
    const lengths = new Float64Array(k);
    matrix.fill(0);
    right.fill(0);
    for (let i = 0; i < count; i++) right[i] = weights[i] * errors[i];
    for (let j = 0; j < k; j++) {
      let square = 0;
      for (let i = 0; i < count; i++) {
        const value = weights[i] * jacobian[j * count + i];
        matrix[j * rows + i] = value;
        square += value * value;
      }
      lengths[j] = Math.sqrt(square) || 1;
      for (let i = 0; i < count; i++) matrix[j * rows + i] /= lengths[j];
      matrix[j * rows + count + j] = Math.sqrt(damping);
    }
    for (let j = 0; j < k; j++) reflectColumn(matrix, right, rows, k, j);
    const change = new Float64Array(k);
    for (let j = k - 1; j >= 0; j--) {
      let value = right[j];
      for (let other = j + 1; other < k; other++) value -= matrix[other * rows + j] * change[other];
      change[j] = value / matrix[j * rows + j];
    }
    for (let j = 0; j < k; j++) change[j] /= lengths[j];
    return change;
  }
}

function largestMagnitude(values: Float64Array): number {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  return largest;
}

/** (Σ|v|^p)^(1/p), scaled so that nothing overflows. */
function powerNorm(values: Float64Array, power: number): number {
  const largest = largestMagnitude(values);
  if (largest === 0) return 0;
  let sum = 0;
  for (const value of values) sum += (Math.abs(value) / largest) ** power;
  return largest * sum ** (1 / power);
}

/** One step of Householder's QR: column j below its diagonal becomes zero, columns to its right and the right side follow. */
function reflectColumn(matrix: Float64Array, right: Float64Array, rows: number, k: number, j: number): void {
  const at = j * rows;
  let square = 0;
  for (let i = j; i < rows; i++) square += matrix[at + i] ** 2;
  const length = Math.sqrt(square);
  if (length === 0) return;
  const pivot = matrix[at + j];
  const diagonal = pivot > 0 ? -length : length;
  const scale = 1 / (square - pivot * diagonal);
  matrix[at + j] = pivot - diagonal;
  const apply = (array: Float64Array, offset: number) => {
    let product = 0;
    for (let i = j; i < rows; i++) product += matrix[at + i] * array[offset + i];
    product *= scale;
    for (let i = j; i < rows; i++) array[offset + i] -= product * matrix[at + i];
  };
  for (let other = j + 1; other < k; other++) apply(matrix, other * rows);
  apply(right, 0);
  matrix[at + j] = diagonal;
}
