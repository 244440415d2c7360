import { type Device, type FloatDType, InvalidInputError, matmul, type Tensor } from "@ansatz/tensor";
import { qr } from "../kernels/qr/index.ts";
import { tuckerPointsKernel } from "../kernels/tucker-points/index.ts";
import { withDevice } from "../with-device.ts";
import { chebyshevMatrix, derivativeCoefficients, type Interval } from "./chebyshev.ts";
import { multiplyAxis } from "./coefficient-tensor.ts";

/** One of something for each axis. */
export type Triple<T> = readonly [T, T, T];

/** Intervals of the three axes. */
export type Box = Triple<Interval>;

export interface EvaluationOptions {
  /** Where to compute. Default: a cpu device, opened and closed inside. */
  readonly device?: Device;
  /** Floats to compute in. Default: the widest the device has. */
  readonly dtype?: FloatDType;
  /** What to do with points outside of the box: refuse them, or move them to the nearest point of it. Default `"error"`. */
  readonly outside?: "error" | "clamp";
}

/** Parts of a function in Chebyshev–Tucker format. */
export interface ChebyshevTuckerParts {
  /** Chebyshev coefficients of the univariate factors (V_k): [m_k, r_k], row-major. */
  readonly factors: Triple<Float64Array>;
  /** Core (G) [r₁, r₂, r₃], row-major. */
  readonly core: Float64Array;
  /** r_k. */
  readonly ranks: Triple<number>;
  /** m_k: coefficients along each axis, the degree plus one. */
  readonly coefficientCounts: Triple<number>;
  readonly domain: Box;
}

/** A Tucker tensor on a grid: orthonormal factors [n_k, r_k] and a core. */
export interface GridTucker {
  readonly factors: Triple<Float64Array>;
  readonly core: Float64Array;
  readonly ranks: Triple<number>;
  readonly extents: Triple<number>;
}

/** Tensors of a function that stays on a device, for callers who evaluate it often. */
export interface DeviceChebyshevTucker extends Disposable {
  /** Values [n] at points [n, 3], which are not checked. */
  evaluate(points: Tensor): Tensor;
}

/**
 * A function on a box as f(x, y, z) = Σ G[p, q, s] u_p(x) v_q(y) w_s(z) with polynomials u, v, w given by Chebyshev coefficients. Plain data: can be stored and sent.
 *
 * Source: "A mesh-free hybrid Chebyshev-Tucker tensor format with applications to multi-particle modelling".
 */
export class ChebyshevTucker implements ChebyshevTuckerParts {
  readonly factors: Triple<Float64Array>;
  readonly core: Float64Array;
  readonly ranks: Triple<number>;
  readonly coefficientCounts: Triple<number>;
  readonly domain: Box;

  /** @throws InvalidInputError when lengths do not fit or an interval is empty. */
  constructor({ factors, core, ranks, coefficientCounts, domain }: ChebyshevTuckerParts) {
    checkDomain(domain);
    for (const axis of AXES)
      if (factors[axis].length !== coefficientCounts[axis] * ranks[axis])
        throw new InvalidInputError(
          `factors[${axis}]`,
          `${coefficientCounts[axis]} × ${ranks[axis]} numbers`,
          factors[axis].length,
        );
    if (core.length !== ranks[0] * ranks[1] * ranks[2] || core.length === 0)
      throw new InvalidInputError("core", `${ranks.join(" × ")} numbers, at least one`, core.length);
    this.factors = factors;
    this.core = core;
    this.ranks = ranks;
    this.coefficientCounts = coefficientCounts;
    this.domain = domain;
  }

  /** How many numbers it consists of. */
  get size(): number {
    return this.factors.reduce((sum, { length }) => sum + length, this.core.length);
  }

  /** Brings it to a device. @throws UnsupportedError when the device does not hold the dtype. */
  on(device: Device, dtype: FloatDType = device.defaultFloat): DeviceChebyshevTucker {
    const factors = AXES.map((axis) =>
      device.tensor(Float64Array.from(this.factors[axis]), [this.coefficientCounts[axis], this.ranks[axis]], dtype),
    );
    const core = device.tensor(Float64Array.from(this.core), this.ranks, dtype);
    const [lower, upper] = [0, 1].map((end) => this.domain.map((interval) => interval[end])) as unknown as [
      Triple<number>,
      Triple<number>,
    ];
    return {
      evaluate: (points) => tuckerPointsKernel.run([points, ...factors, core], { lower, upper })[0],
      [Symbol.dispose]() {
        for (const tensor of [...factors, core]) tensor.dispose();
      },
    };
  }

  /**
   * Values at scattered points.
   *
   * @param points [n, 3], row-major.
   * @returns [n].
   * @throws InvalidInputError for a length that is no multiple of 3, coordinates that are not finite, and, unless clamped, points outside of the box, with their index.
   */
  async evaluate(points: ArrayLike<number>, options: EvaluationOptions = {}): Promise<Float64Array> {
    const inside = this.#inside(points, options.outside ?? "error");
    return withDevice(options.device, async (device) => {
      const dtype = options.dtype ?? device.defaultFloat;
      using on = this.on(device, dtype);
      using at = device.tensor(inside, [inside.length / 3, 3], dtype);
      using values = on.evaluate(at);
      return Float64Array.from(await values.data());
    });
  }

  /**
   * Values on the tensor grid of three lists of coordinates: two products with small matrices and one with the output's cost, much faster than point by point.
   *
   * @returns [x.length, y.length, z.length], row-major.
   * @throws as `evaluate`.
   */
  async evaluateGrid(
    x: ArrayLike<number>,
    y: ArrayLike<number>,
    z: ArrayLike<number>,
    options: EvaluationOptions = {},
  ): Promise<Float64Array> {
    const grids = [x, y, z].map((grid, axis) => this.#insideAxis(grid, axis, options.outside ?? "error"));
    return withDevice(options.device, async (device) => {
      using values = this.gridTensor(grids as unknown as Triple<Float64Array>, device, options.dtype);
      return Float64Array.from(await values.data());
    });
  }

  /** Like `evaluateGrid`, as a tensor on the device; coordinates are not checked. */
  gridTensor(grids: Triple<ArrayLike<number>>, device: Device, dtype: FloatDType = device.defaultFloat): Tensor {
    return device.scope(() => {
      const core = device.tensor(Float64Array.from(this.core), this.ranks, dtype) as Tensor;
      // The axis with the most points last, when everything else is done.
      const order = [...AXES].sort((a, b) => grids[a].length - grids[b].length);
      return order.reduce((x, axis) => multiplyAxis(x, this.#factorOn(grids[axis], axis, device, dtype), axis), core);
    });
  }

  /** ∂f/∂x, ∂f/∂y or ∂f/∂z, for axis 0, 1, 2: the same core, and one factor's coefficients differentiated. */
  derivative(axis: 0 | 1 | 2): ChebyshevTucker {
    const factors = this.factors.map((each, at) =>
      at === axis ? derivativeCoefficients(each, this.coefficientCounts[axis], this.domain[axis]) : each,
    );
    return new ChebyshevTucker({ ...this.#parts(), factors: factors as unknown as Triple<Float64Array> });
  }

  /** Gradients [n, 3] at points [n, 3]. @throws as `evaluate`. */
  async gradient(points: ArrayLike<number>, options: EvaluationOptions = {}): Promise<Float64Array> {
    const inside = this.#inside(points, options.outside ?? "error");
    return withDevice(options.device, async (device) => {
      const gradients = new Float64Array(inside.length);
      for (const axis of AXES) {
        const slopes = await this.derivative(axis).evaluate(inside, { ...options, device });
        for (let point = 0; point < slopes.length; point++) gradients[3 * point + axis] = slopes[point];
      }
      return gradients;
    });
  }

  /**
   * The Tucker tensor of its values on a grid, with orthonormal factors: the QR factorisation of each univariate factor on its axis. O(n m r) for each axis; nothing of size n³ is formed.
   *
   * @throws InvalidInputError when an axis has fewer points than the rank there, and as `evaluate`.
   */
  async toGridTucker(x: ArrayLike<number>, y: ArrayLike<number>, z: ArrayLike<number>): Promise<GridTucker> {
    const grids = [x, y, z].map((grid, axis) => {
      if (grid.length < this.ranks[axis])
        throw new InvalidInputError(`grid of axis ${axis}`, `at least ${this.ranks[axis]} points`, grid.length);
      return this.#insideAxis(grid, axis, "error");
    });
    return withDevice(undefined, async (device) => {
      using core = device.tensor(Float64Array.from(this.core), this.ranks, "float64");
      const parts = device.scope(() => {
        const factored = grids.map((grid, axis) => qr(this.#factorOn(grid, axis, device, "float64")));
        const rotated = factored.reduce((g, { r }, axis) => multiplyAxis(g, r, axis), core as Tensor);
        return [...factored.map(({ q }) => q), rotated];
      });
      const read = await Promise.all(parts.map((each) => each.data()));
      for (const each of parts) each.dispose();
      return {
        factors: read.slice(0, 3) as unknown as Triple<Float64Array>,
        core: read[3] as Float64Array,
        ranks: this.ranks,
        extents: grids.map(({ length }) => length) as unknown as Triple<number>,
      };
    });
  }

  #parts(): ChebyshevTuckerParts {
    const { factors, core, ranks, coefficientCounts, domain } = this;
    return { factors, core, ranks, coefficientCounts, domain };
  }

  /** One factor at the points of an axis: [n, r]. */
  #factorOn(grid: ArrayLike<number>, axis: number, device: Device, dtype: FloatDType): Tensor {
    const count = this.coefficientCounts[axis];
    return device.scope(() => {
      const basis = device.tensor(chebyshevMatrix(grid, count, this.domain[axis]), [grid.length, count], dtype);
      const factor = device.tensor(Float64Array.from(this.factors[axis]), [count, this.ranks[axis]], dtype);
      return matmul(basis, factor) as Tensor;
    });
  }

  #inside(points: ArrayLike<number>, outside: "error" | "clamp"): Float64Array<ArrayBuffer> {
    if (points.length % 3 !== 0) throw new InvalidInputError("points", "[n, 3] numbers", points.length);
    return Float64Array.from(points, (at, index) =>
      coordinate(at, this.domain[index % 3], outside, `points, number ${Math.floor(index / 3)}, axis ${index % 3}`),
    );
  }

  #insideAxis(grid: ArrayLike<number>, axis: number, outside: "error" | "clamp"): Float64Array<ArrayBuffer> {
    return Float64Array.from(grid, (at, index) =>
      coordinate(at, this.domain[axis], outside, `grid of axis ${axis}, number ${index}`),
    );
  }
}

export const AXES: Triple<0 | 1 | 2> = [0, 1, 2];

function coordinate(at: number, [lower, upper]: Interval, outside: "error" | "clamp", what: string): number {
  if (at >= lower && at <= upper) return at;
  if (Number.isNaN(at) || outside === "error") throw new InvalidInputError(what, `in [${lower}, ${upper}]`, at);
  return Math.min(Math.max(at, lower), upper);
}

/** @throws InvalidInputError unless it has three intervals of positive, finite length. */
export function checkDomain(domain: Box): void {
  if (domain?.length !== 3) throw new InvalidInputError("domain", "three intervals", domain);
  for (const [axis, interval] of domain.entries()) {
    const width = interval[1] - interval[0];
    if (!(width > 0 && Number.isFinite(width)))
      throw new InvalidInputError(`domain[${axis}]`, "[lower, upper] with lower < upper, both finite", interval);
  }
}
