import {
  type ComplexDType,
  complex,
  type Device,
  type FloatDType,
  InvalidInputError,
  key,
  matmul,
  normal,
  slice,
  stack,
  type Tensor,
  transpose,
} from "@ansatz/tensor";
import { checkOperator, type LinearOperator } from "./operator.ts";
import { orthogonalise } from "./orthogonalise.ts";
import {
  type ArnoldiSelection,
  generalPairs,
  type LanczosSelection,
  orthonormal,
  type Pair,
  symmetricPairs,
} from "./projected-eigenpairs.ts";
import { numbers } from "./vectors.ts";

export interface EigenpairsOptions {
  /** How many to find. Default: 6, or as many as there are. */
  readonly count?: number;
  /** Device and dtype of the vectors; default: those of `start`. */
  readonly device?: Device;
  readonly dtype?: FloatDType;
  /** Vectors that are kept at once, more than `count`. Default: at least 20 and more than twice `count`, but not more than rows. */
  readonly subspace?: number;
  /** Largest ‖A v − λ v‖ / |λ| of what is found. Default: 10⁻¹⁰ in float64, 10⁻⁵ in float32. */
  readonly tolerance?: number;
  /** Default: 300. */
  readonly maximumRestarts?: number;
  /** First vector, [n]; it is not changed. Default: standard normal numbers of `seed`. */
  readonly start?: Tensor;
  /** Default: 0. */
  readonly seed?: number;
  /** Ends the iteration at the next product; what was found so far is returned. */
  readonly signal?: AbortSignal;
  /** Called after every restart, with the largest relative residual of those wanted. */
  readonly onProgress?: (restart: number, residual: number) => void;
}

export interface LanczosOptions extends EigenpairsOptions {
  /** Which eigenvalues: the largest in size, the largest, or the smallest (most negative). Default: "largest-magnitude". */
  readonly which?: LanczosSelection;
}

export interface ArnoldiOptions extends EigenpairsOptions {
  /** Which eigenvalues. Default: "largest-magnitude". */
  readonly which?: ArnoldiSelection;
}

/** Why the search ended. */
export type EigenpairsStopReason = "converged" | "restarts" | "aborted" | "breakdown";

const REMEDIES: Readonly<Record<EigenpairsStopReason, string>> = {
  converged: "Nothing: all residuals are within the tolerance.",
  restarts:
    "Allow more restarts, keep a larger subspace, or look for eigenvalues near a shift with the operator (A − σ)⁻¹.",
  aborted: "The signal was raised; these are the best so far.",
  breakdown: "The operator returned numbers that are not finite.",
};

interface Found<Values, Vectors extends Tensor> {
  /** The wanted ones, best first. */
  readonly values: Values;
  /** [n, count], columns of length 1; the caller disposes of it. */
  readonly vectors: Vectors;
  /** ‖A v − λ v‖ / |λ| of each, as the recurrence has it. */
  readonly residuals: readonly number[];
  readonly reason: EigenpairsStopReason;
  /** What to do about the reason. */
  readonly remedy: string;
  /** Products with A. */
  readonly products: number;
  readonly restarts: number;
}

export type LanczosResult = Found<Float64Array<ArrayBuffer>, Tensor<FloatDType>>;
export type ArnoldiResult = Found<readonly (readonly [re: number, im: number])[], Tensor<ComplexDType>>;

/**
 * Some eigenvalues and orthonormal eigenvectors of a symmetric operator, by the Lanczos method with thick restarts and full orthogonalisation. For eigenvalues near σ, or the smallest of a
 * positive definite matrix, hand in the operator (A − σ)⁻¹, for example by `factorSparseCholesky`: its eigenvalues are 1/(λ − σ), the largest in size those nearest to σ.
 *
 * Source: Wu, Simon, "Thick-restart Lanczos method for large symmetric eigenvalue problems" (2000).
 *
 * @param a matrix [n, n] or operator; where it is not symmetric, the result is wrong.
 * @throws InvalidInputError when shapes or options do not fit.
 */
export async function lanczos(a: Tensor | LinearOperator, options: LanczosOptions = {}): Promise<LanczosResult> {
  const { which = "largest-magnitude" } = options;
  const search = new KrylovSearch("lanczos", a, options);
  const { pairs, reason, products, restarts } = await search.run((h, m) => symmetricPairs(h, m, which));
  const vectors = search.vectorsOf(pairs.map(({ re }) => re));
  search.dispose();
  return {
    values: Float64Array.from(pairs, ({ value }) => value[0]),
    vectors,
    residuals: pairs.map(({ residual }) => residual),
    reason,
    remedy: REMEDIES[reason],
    products,
    restarts,
  };
}

/**
 * Some eigenvalues and eigenvectors of any real square operator, by the Arnoldi method with thick restarts. Complex eigenvalues come in conjugate pairs; where `count` would part one, one more is returned.
 *
 * Source: Stewart, "A Krylov–Schur algorithm for large eigenproblems" (2002), with an orthonormal basis of the wanted eigenvectors in place of the Schur vectors.
 *
 * @param a matrix [n, n] or operator.
 * @throws InvalidInputError when shapes or options do not fit.
 */
export async function arnoldi(a: Tensor | LinearOperator, options: ArnoldiOptions = {}): Promise<ArnoldiResult> {
  const { which = "largest-magnitude" } = options;
  const search = new KrylovSearch("arnoldi", a, options);
  const { pairs, reason, products, restarts } = await search.run((h, m) => generalPairs(h, m, which));
  const re = search.vectorsOf(pairs.map((pair) => pair.re));
  const im = search.vectorsOf(pairs.map((pair) => pair.im));
  const vectors = re.device.scope(() => complex(re, im));
  re.dispose();
  im.dispose();
  search.dispose();
  return {
    values: pairs.map(({ value }) => value),
    vectors,
    residuals: pairs.map(({ residual }) => residual),
    reason,
    remedy: REMEDIES[reason],
    products,
    restarts,
  };
}

type Solved = Pair & { readonly residual: number };

/** A basis V of a Krylov space, the projected matrix H = Vᵀ A V, and what is left: A V = V H + v bᵀ. */
class KrylovSearch {
  readonly #operator: LinearOperator;
  readonly #options: EigenpairsOptions;
  readonly #count: number;
  readonly #size: number;
  readonly #tolerance: number;
  readonly #device: Device;
  readonly #dtype: FloatDType;
  /** One more than columns of H once the space is full. */
  #basis: Tensor[] = [];
  /** [size + 1, size]; its last used row is b. */
  #h: Float64Array;
  #products = 0;
  #randoms = 0;

  constructor(method: string, a: Tensor | LinearOperator, options: EigenpairsOptions) {
    this.#operator = checkOperator(method, a);
    const [n] = this.#operator.shape;
    const { count = Math.min(6, n), start, tolerance = 0, maximumRestarts = 0 } = options;
    if (!Number.isInteger(count) || count < 1 || count > n)
      throw new InvalidInputError(`${method}: options.count`, `an integer from 1 to ${n}`, count);
    const { subspace = Math.min(n, Math.max(20, 2 * count + 2)) } = options;
    if (!Number.isInteger(subspace) || subspace > n || (subspace <= count && subspace < n))
      throw new InvalidInputError(`${method}: options.subspace`, `an integer above ${count}, at most ${n}`, subspace);
    if (!(tolerance >= 0)) throw new InvalidInputError(`${method}: options.tolerance`, "a number ≥ 0", tolerance);
    if (!Number.isInteger(maximumRestarts) || maximumRestarts < 0)
      throw new InvalidInputError(`${method}: options.maximumRestarts`, "an integer ≥ 0", maximumRestarts);
    if (start && (start.rank !== 1 || start.size !== n))
      throw new InvalidInputError(`${method}: options.start`, `shape [${n}]`, start.shape);
    const device = options.device ?? start?.device ?? ("device" in a ? (a as Tensor).device : undefined);
    if (!device) throw new InvalidInputError(`${method}: options.device`, "a device, or a start vector", undefined);
    this.#device = device;
    this.#dtype = options.dtype ?? ((start?.dtype ?? device.defaultFloat) as FloatDType);
    this.#options = options;
    this.#count = count;
    this.#size = subspace;
    this.#tolerance = options.tolerance ?? (this.#dtype === "float64" ? 1e-10 : 1e-5);
    this.#h = new Float64Array((subspace + 1) * subspace);
  }

  async run(pairsOf: (h: Float64Array<ArrayBuffer>, m: number) => Promise<readonly Pair[]>): Promise<{
    readonly pairs: readonly Solved[];
    readonly reason: EigenpairsStopReason;
    readonly products: number;
    readonly restarts: number;
  }> {
    const { maximumRestarts = 300, signal, onProgress } = this.#options;
    await this.#begin();
    for (let restarts = 0; ; restarts++) {
      const isComplete = await this.#expand(signal);
      const m = this.#basis.length - 1;
      const all = (await pairsOf(this.#projected(m), m)).map((pair) => ({
        ...pair,
        residual: this.#residual(pair, m),
      }));
      const pairs = this.#wanted(all, this.#count);
      const worst = pairs.reduce((most, { residual }) => Math.max(most, residual), 0);
      onProgress?.(restarts, worst);
      const areFinite = all.every(({ value, residual }) => value.every(Number.isFinite) && !Number.isNaN(residual));
      const reason = !areFinite
        ? "breakdown"
        : worst <= this.#tolerance || m === this.#operator.shape[0]
          ? "converged"
          : !isComplete
            ? "aborted"
            : restarts >= maximumRestarts
              ? "restarts"
              : undefined;
      if (reason) return { pairs, reason, products: this.#products, restarts };
      this.#restart(this.#wanted(all, this.#count + Math.floor((m - this.#count) / 2)), m);
    }
  }

  async #begin(): Promise<void> {
    const first = this.#options.start?.alias() ?? this.#random();
    const { next, column } = this.#device.scope(() => orthogonalise(first, []));
    first.dispose();
    const [length] = await numbers(column);
    if (length > 0) this.#basis = [next];
    else {
      next.dispose();
      this.#basis = [await this.#another([])];
    }
  }

  #random(): Tensor {
    const seeded = key((this.#options.seed ?? 0) + 7919 * this.#randoms++);
    return normal(seeded, [this.#operator.shape[0]], { device: this.#device, dtype: this.#dtype });
  }

  /** A random vector of length 1 that is orthogonal to the basis. */
  async #another(basis: readonly Tensor[]): Promise<Tensor> {
    using random = this.#random();
    const { next, column } = this.#device.scope(() => orthogonalise(random, basis));
    await numbers(column);
    return next;
  }

  /** Grows the basis to its size, and one vector more. False where the signal stopped it. */
  async #expand(signal: AbortSignal | undefined): Promise<boolean> {
    for (let j = this.#basis.length - 1; j < this.#size; j++) {
      // With less than the wanted ones there would be nothing to return.
      if (signal?.aborted && j > this.#count) return false;
      const { next, column } = this.#device.scope(() =>
        orthogonalise(this.#operator.apply(this.#basis[j]), this.#basis),
      );
      this.#products++;
      const entries = await numbers(column);
      for (let i = 0; i <= j; i++) this.#h[i * this.#size + j] = entries[i];
      const scale = Math.max(...entries.map(Math.abs));
      const rest = entries[j + 1];
      // An invariant subspace, to rounding: go on with a vector from outside.
      const isInvariant = !(rest > 1e-14 * scale);
      this.#h[(j + 1) * this.#size + j] = isInvariant ? (Number.isNaN(scale) ? Number.NaN : 0) : rest;
      if (isInvariant) next.dispose();
      this.#basis.push(isInvariant ? await this.#another(j + 1 < this.#operator.shape[0] ? this.#basis : []) : next);
    }
    return true;
  }

  #projected(m: number): Float64Array<ArrayBuffer> {
    const projected = new Float64Array(m * m);
    for (let i = 0; i < m; i++) projected.set(this.#h.subarray(i * this.#size, i * this.#size + m), i * m);
    return projected;
  }

  /** |bᵀ y| / |λ|. */
  #residual({ value, re, im }: Pair, m: number): number {
    const b = this.#h.subarray(m * this.#size, m * this.#size + m);
    const along = (y: Float64Array) => y.reduce((sum, each, k) => sum + each * b[k], 0);
    const size = Math.hypot(...value);
    const rest = Math.hypot(along(re), along(im));
    return rest === 0 ? 0 : rest / Math.max(size, Number.MIN_VALUE);
  }

  /** The first ones, conjugate pairs kept together. */
  #wanted(all: readonly Solved[], count: number): readonly Solved[] {
    const last = all[count - 1];
    const isParted = last && last.value[1] > 0 && all[count]?.value[1] === -last.value[1];
    return all.slice(0, isParted ? count + 1 : count);
  }

  /** The space of these vectors, and the last vector of the basis. */
  #restart(kept: readonly Solved[], m: number): void {
    const y = orthonormal(kept.flatMap(({ value, re, im }) => (value[1] === 0 ? [re] : value[1] > 0 ? [re, im] : [])));
    const p = y.length;
    const h = this.#projected(m);
    const b = this.#h.slice(m * this.#size, m * this.#size + m);
    const next = new Float64Array(this.#h.length);
    const images = y.map((column) =>
      Float64Array.from({ length: m }, (_, i) => column.reduce((sum, each, k) => sum + h[i * m + k] * each, 0)),
    );
    for (let j = 0; j < p; j++) {
      for (let i = 0; i < p; i++)
        next[i * this.#size + j] = y[i].reduce((sum, each, k) => sum + each * images[j][k], 0);
      next[p * this.#size + j] = y[j].reduce((sum, each, k) => sum + each * b[k], 0);
    }
    const rows = this.#device.scope(() => {
      const combined = this.#combine(y);
      return Array.from({ length: p }, (_, k) => slice(combined, [[k, k + 1]]).reshape([combined.shape[1]]));
    });
    const last = this.#basis[m];
    for (const vector of this.#basis.slice(0, m)) vector.dispose();
    this.#basis = [...rows, last];
    this.#h = next;
  }

  /** Combinations of the basis, [count, n]. */
  #combine(coordinates: readonly Float64Array[]): Tensor {
    const m = coordinates[0].length;
    const weights = Float64Array.from(coordinates.flatMap((each) => Array.from(each)));
    const left = this.#device.tensor(weights, [coordinates.length, m], this.#dtype);
    return matmul(left, stack(this.#basis.slice(0, m), { axis: 0 }));
  }

  /** Combinations of the basis as columns. */
  vectorsOf(coordinates: readonly Float64Array[]): Tensor<FloatDType> {
    return this.#device.scope(() => transpose(this.#combine(coordinates)) as Tensor<FloatDType>);
  }

  dispose(): void {
    for (const vector of this.#basis) vector.dispose();
  }
}
