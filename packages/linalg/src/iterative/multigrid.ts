import {
  add,
  divide,
  InvalidInputError,
  matmul,
  multiply,
  pad,
  slice,
  stack,
  type Tensor,
  transpose,
} from "@ansatz/tensor";
import type { SparseOperatorOptions } from "../sparse/sparse-operator.ts";
import type { DisposablePreconditioner } from "./operator.ts";

/** Best damping of Jacobi's method as a smoother: of what the coarser grid cannot show, it leaves the least. By the number of axes; Trottenberg, Oosterlee, Schüller, "Multigrid" (2001), section 2.1. */
const DAMPING = [2 / 3, 4 / 5, 6 / 7];

/** Grids with fewer points are solved directly. */
const COARSEST = 64;

/** Longest axis that is solved directly: its sines take 32 MiB. */
const LONGEST = 2048;

export interface MultigridOptions extends SparseOperatorOptions {
  /** Smoothing steps before and after the coarser grid's correction. Default: 2. */
  readonly smoothings?: number;
}

/**
 * One V-cycle of multigrid for `gridLaplacian(shape)`, −Δ on a grid of unit spacing with zeros around it, as a symmetric preconditioner: damped Jacobi smoothing, full weighting, linear interpolation.
 * With conjugate gradients a solution takes some ten iterations on a grid of any size, each a few times as long as a product; also for operators near to the Laplacian.
 *
 * Grids are halved as long as all extents are odd: choose extents m 2ᵏ − 1 with small m. The coarsest grid is solved exactly by sine transforms; a grid with an even extent is the coarsest already, and its
 * solution exact.
 *
 * Source: Briggs, Henson, McCormick, "A Multigrid Tutorial" (2000).
 *
 * @param shape points along each of one to three axes.
 * @returns a function of residuals [points], any device that has `matmul`.
 * @throws InvalidInputError when extents are not positive integers, or the coarsest grid has more than 2048 points along an axis.
 */
export function multigridPreconditioner(shape: readonly number[], options: MultigridOptions): DisposablePreconditioner {
  const { device, dtype = device.defaultFloat, smoothings = 2 } = options;
  if (shape.length < 1 || shape.length > 3 || !shape.every((extent) => Number.isInteger(extent) && extent >= 1))
    throw new InvalidInputError("multigridPreconditioner: shape", "one to three integers ≥ 1", shape);
  if (!Number.isInteger(smoothings) || smoothings < 1)
    throw new InvalidInputError("multigridPreconditioner: options.smoothings", "an integer ≥ 1", smoothings);
  const shapes = halvedShapes(shape);
  const coarsest = shapes[shapes.length - 1];
  if (coarsest.some((extent) => extent > LONGEST))
    throw new InvalidInputError(
      "multigridPreconditioner: shape",
      `extents m 2ᵏ − 1 with m ≤ ${LONGEST}, all with the same k`,
      `[${shape}], of which [${coarsest}] is left`,
    );
  const direct = new DirectSolver(coarsest, options);
  const size = shape.reduce((product, extent) => product * extent, 1);

  /** An approximate solution on a grid whose spacing is 2ˡ. */
  const cycle = (level: number, right: Tensor): Tensor => {
    const squaredSpacing = 4 ** level;
    if (level === shapes.length - 1) return direct.solve(right, squaredSpacing);
    const step = (DAMPING[shape.length - 1] * squaredSpacing) / (2 * shape.length);
    const smooth = (x: Tensor, count: number) => {
      let smoothed = x;
      for (let k = 0; k < count; k++)
        smoothed = add(smoothed, multiply(residual(right, smoothed, squaredSpacing), step));
      return smoothed;
    };
    const before = smooth(multiply(right, step), smoothings - 1);
    const coarse = restricted(residual(right, before, squaredSpacing));
    return smooth(add(before, interpolated(cycle(level + 1, coarse))), smoothings);
  };

  const apply = (r: Tensor) => {
    if (r.size !== size || r.dtype !== dtype)
      throw new InvalidInputError(
        "multigridPreconditioner: residual",
        `${dtype} of ${size} points`,
        `${r.dtype} [${r.shape}]`,
      );
    return device.scope(() => cycle(0, r.reshape(shape)).reshape(r.shape));
  };
  const dispose = () => direct.dispose();
  return Object.assign(apply, { dispose, [Symbol.dispose]: dispose });
}

/** The grid, the one with every second point, and so on. */
function halvedShapes(shape: readonly number[]): (readonly number[])[] {
  const shapes = [shape];
  for (;;) {
    const last = shapes[shapes.length - 1];
    const points = last.reduce((product, extent) => product * extent, 1);
    if (points <= COARSEST || !last.every((extent) => extent % 2 === 1 && extent >= 3)) return shapes;
    shapes.push(last.map((extent) => (extent - 1) / 2));
  }
}

/** right − A x. */
function residual(right: Tensor, x: Tensor, squaredSpacing: number): Tensor {
  const wide = pad(
    x,
    x.shape.map(() => [1, 1] as const),
  );
  let sum = multiply(x, -2 * x.rank);
  for (let axis = 0; axis < x.rank; axis++)
    for (const from of [0, 2]) {
      const ranges = x.shape.map((extent, other) => {
        const begin = other === axis ? from : 1;
        return [begin, begin + extent] as const;
      });
      sum = add(sum, slice(wide, ranges));
    }
  return add(right, multiply(sum, 1 / squaredSpacing));
}

/** Every second point, a quarter of its neighbours and half of itself along each axis. */
function restricted(x: Tensor): Tensor {
  let result = x;
  for (let axis = 0; axis < x.rank; axis++) {
    const extent = result.shape[axis];
    const every = (from: number) =>
      slice(
        result,
        result.shape.map((_, other) => (other === axis ? ([from, extent - 2 + from, 2] as const) : null)),
      );
    result = add(multiply(add(every(0), every(2)), 0.25), multiply(every(1), 0.5));
  }
  return result;
}

/** The points themselves, and means between them, with zeros around. */
function interpolated(x: Tensor): Tensor {
  let result = x;
  for (let axis = 0; axis < x.rank; axis++) {
    const widened = (before: number, after: number) =>
      pad(
        result,
        result.shape.map((_, other) => (other === axis ? ([before, after] as const) : ([0, 0] as const))),
      );
    const between = multiply(add(widened(1, 0), widened(0, 1)), 0.5);
    const pairs = stack([between, widened(0, 1)], { axis: axis + 1 });
    const shape = result.shape.map((extent, other) => (other === axis ? 2 * extent + 2 : extent));
    result = slice(
      pairs.reshape(shape),
      shape.map((extent, other) => (other === axis ? ([0, extent - 1] as const) : null)),
    );
  }
  return result;
}

/** Sines are the Laplacian's eigenvectors: A⁻¹ = S Λ⁻¹ S. */
class DirectSolver implements Disposable {
  readonly #sines: readonly Tensor[];
  readonly #eigenvalues: Tensor;

  constructor(shape: readonly number[], { device, dtype = device.defaultFloat }: SparseOperatorOptions) {
    const upload = (values: Float64Array<ArrayBuffer>, extents: readonly number[]) =>
      device.tensor(values, extents, dtype);
    this.#sines = shape.map((n) => {
      const scale = Math.sqrt(2 / (n + 1));
      // The product is reduced first: it would lose digits in the argument.
      const sine = (i: number, j: number) =>
        scale * Math.sin((Math.PI * (((i + 1) * (j + 1)) % (2 * n + 2))) / (n + 1));
      return upload(
        Float64Array.from({ length: n * n }, (_, k) => sine(Math.floor(k / n), k % n)),
        [n, n],
      );
    });
    let sums = Float64Array.of(0);
    for (const n of shape) {
      const own = Float64Array.from({ length: n }, (_, k) => 4 * Math.sin((Math.PI * (k + 1)) / (2 * (n + 1))) ** 2);
      const before = sums;
      sums = Float64Array.from({ length: before.length * n }, (_, k) => before[Math.floor(k / n)] + own[k % n]);
    }
    this.#eigenvalues = upload(sums, shape);
  }

  solve(right: Tensor, squaredSpacing: number): Tensor {
    const coefficients = divide(this.#transformed(right), this.#eigenvalues);
    return multiply(this.#transformed(coefficients), squaredSpacing);
  }

  /** Along every axis, the first of which becomes the last each time. */
  #transformed(x: Tensor): Tensor {
    let result = x;
    for (const sines of this.#sines) {
      const { shape } = result;
      const [n] = shape;
      const moved = matmul(sines, result.reshape([n, result.size / n]));
      result = transpose(moved).reshape([...shape.slice(1), n]);
    }
    return result;
  }

  dispose(): void {
    for (const each of [...this.#sines, this.#eigenvalues]) each.dispose();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}
