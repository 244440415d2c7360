import { type Key, normal, openDevice, split } from "@ansatz/tensor";
import type { CsrMatrix } from "../../sparse/csr-matrix.ts";
import { gridLaplacian } from "../../sparse/grid-laplacian.ts";
import { type SystemInstance, type SystemSequence, uniformNumbers } from "../index.ts";

/** The five-point Laplacian (4, −1) on edge × edge points, times a factor, plus a multiple of the unit matrix. */
export function laplacian(edge: number, factor = 1, shift = 0): CsrMatrix {
  return gridLaplacian([edge, edge]).map((value, row, column) => factor * value + (row === column ? shift : 0));
}

/** Contexts of the first experiment. */
export const OFFSETS = [-0.15, 0.65] as const;

/** The laws of the offsets: −0.15 + 0.6 · Beta. Distribution functions of Beta(2, 6) and Beta(1/2, 3/2). */
const LAWS = {
  low: (x: number) => 1 - (1 - x) ** 6 * (1 + 6 * x),
  high: (x: number) => {
    const angle = Math.asin(Math.sqrt(x));
    return (2 / Math.PI) * (angle + Math.sin(angle) * Math.cos(angle));
  },
} as const;

export type Variance = keyof typeof LAWS;

function inverseOf(law: (x: number) => number, u: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 55; step++) {
    const middle = (low + high) / 2;
    if (law(middle) < u) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** Independent systems: the Laplacian on 10 × 10 points with a random multiple of the unit matrix, and a normal right-hand side no longer than √n. */
export async function randomSystems(count: number, variance: Variance, key: Key): Promise<SystemInstance[]> {
  const edge = 10;
  const n = edge * edge;
  const [forOffsets, ...forSides] = split(key, 9);
  const draws = await uniformNumbers(forOffsets, count);
  // Rejection of what is too long: about every second.
  const sides: Float64Array[] = [];
  await using device = await openDevice("cpu", { threads: 1 });
  for (const each of forSides) {
    if (sides.length >= count) break;
    using noise = normal(each, [count, n], { device, dtype: "float64" });
    const numbers = (await noise.data()) as Float64Array;
    for (let row = 0; row < count && sides.length < count; row++) {
      const side = numbers.slice(row * n, (row + 1) * n);
      if (side.reduce((sum, x) => sum + x * x, 0) <= n) sides.push(side);
    }
  }
  return sides.map((b, index) => {
    const context = -0.15 + 0.6 * inverseOf(LAWS[variance], draws[index]);
    return { matrix: laplacian(edge, 1, context), b, context };
  });
}

/** exp(1 − 1/(1 − (distance / radius)²)) within the radius. */
function bump(x: number, y: number, centerX: number, centerY: number, radius: number): number {
  const share = Math.min(1, ((x - centerX) ** 2 + (y - centerY) ** 2) / radius ** 2);
  return share === 1 ? 0 : Math.exp(1 - 1 / (1 - share));
}

/** κ(t): strong diffusion for half of each period, weak for the other. */
function diffusivity(t: number): number {
  const wave = Math.sin(2 * Math.PI * t);
  return Math.max(0.1 * wave, -10 * wave);
}

/** Contexts of the second experiment: the range of κ. */
export const DIFFUSIVITIES = [0, 10] as const;

export interface HeatOptions {
  /** Intervals along each edge (nx). */
  readonly intervals: number;
  readonly timeStep: number;
  readonly steps: number;
}

/** The heat equation on the unit square, Crank–Nicolson, a source that moves in a circle; starts from the solution before. */
export class HeatSequence implements SystemSequence {
  readonly length: number;
  readonly #edge: number;
  readonly #timeStep: number;
  readonly #initial: Float64Array;

  constructor({ intervals, timeStep, steps }: HeatOptions) {
    this.length = steps;
    this.#edge = intervals - 1;
    this.#timeStep = timeStep;
    this.#initial = this.#onPoints((x, y) => bump(x, y, 0.5, 0.5, 0.25));
  }

  instance(index: number, previous: Float64Array | undefined): SystemInstance {
    const edge = this.#edge;
    const u = previous ?? this.#initial;
    const t = index * this.#timeStep;
    const middle = t + this.#timeStep / 2;
    const strength = 0.5 * diffusivity(middle) * this.#timeStep * (edge + 1) ** 2;
    const [cx, cy] = [0.5 + Math.cos(16 * Math.PI * middle) / 4, 0.5 + Math.sin(16 * Math.PI * middle) / 4];
    const source = this.#onPoints((x, y) => 32 * this.#timeStep * bump(x, y, cx, cy, 0.125));
    const b = u.map((value, row) => {
      const [i, j] = [Math.floor(row / edge), row % edge];
      const around =
        (i > 0 ? u[row - edge] : 0) +
        (i < edge - 1 ? u[row + edge] : 0) +
        (j > 0 ? u[row - 1] : 0) +
        (j < edge - 1 ? u[row + 1] : 0);
      return value + strength * (around - 4 * value) + source[row];
    });
    return { matrix: laplacian(edge, strength, 1), b, start: u, context: diffusivity(t) };
  }

  #onPoints(f: (x: number, y: number) => number): Float64Array {
    const edge = this.#edge;
    return Float64Array.from({ length: edge * edge }, (_, row) =>
      f((Math.floor(row / edge) + 1) / (edge + 1), ((row % edge) + 1) / (edge + 1)),
    );
  }
}
