import { type GaussianSum, gaussianSumAt, type Particles, type RangeSeparation } from "./newton-kernel.ts";

/** What the short-range part has fallen to, relative to 1/r, where it is cut off. */
const CUT_OFF = 1e-12;

/** Short-range part 1/r − Σ (long-range Gaussians) of the potential of particles, summed over those within its radius by cell lists. */
export class ShortRangePotential {
  /** Beyond this distance it is neglected. */
  readonly radius: number;
  readonly #particles: Particles;
  readonly #longRange: GaussianSum;
  readonly #cells = new Map<string, number[]>();

  constructor(particles: Particles, { longRange, shortRange }: RangeSeparation) {
    this.#particles = particles;
    this.#longRange = longRange;
    this.radius = cutOffRadius(shortRange);
    for (let particle = 0; particle < particles.charges.length; particle++) {
      const name = this.#cell(particles.positions, particle).join();
      const cell = this.#cells.get(name);
      if (cell) cell.push(particle);
      else this.#cells.set(name, [particle]);
    }
  }

  /** Adds the potential at points [n, 3] to values [n]. A particle at the very point is left out. */
  addTo(values: Float64Array, points: ArrayLike<number>): void {
    const { charges } = this.#particles;
    this.#visit(points, (point, particle, _, r) => {
      values[point] += charges[particle] * (1 / r - gaussianSumAt(this.#longRange, r));
    });
  }

  /** Adds its gradients at points [n, 3] to gradients [n, 3]. */
  addGradientsTo(gradients: Float64Array, points: ArrayLike<number>): void {
    const { charges } = this.#particles;
    const { exponents, amplitudes } = this.#longRange;
    this.#visit(points, (point, particle, apart, r) => {
      // Derivative by r, over r.
      let slope = -1 / r ** 3;
      for (let k = 0; k < exponents.length; k++) {
        const rate = exponents[k] ** 2;
        slope += 2 * rate * amplitudes[k] * Math.exp(-rate * r * r);
      }
      for (let axis = 0; axis < 3; axis++) gradients[3 * point + axis] += charges[particle] * slope * apart[axis];
    });
  }

  #cell(points: ArrayLike<number>, index: number): [number, number, number] {
    const at = (axis: number) => Math.floor(points[3 * index + axis] / this.radius);
    return [at(0), at(1), at(2)];
  }

  /** Calls `visitor` for all pairs of a point and a particle within the radius but not at the same place. */
  #visit(
    points: ArrayLike<number>,
    visitor: (point: number, particle: number, apart: readonly [number, number, number], r: number) => void,
  ): void {
    const { positions } = this.#particles;
    for (let point = 0; point < points.length / 3; point++) {
      const [a, b, c] = this.#cell(points, point);
      for (let i = a - 1; i <= a + 1; i++)
        for (let j = b - 1; j <= b + 1; j++)
          for (let k = c - 1; k <= c + 1; k++)
            for (const particle of this.#cells.get(`${i},${j},${k}`) ?? []) {
              const x = points[3 * point] - positions[3 * particle];
              const y = points[3 * point + 1] - positions[3 * particle + 1];
              const z = points[3 * point + 2] - positions[3 * particle + 2];
              const r = Math.sqrt(x * x + y * y + z * z);
              if (r > 0 && r <= this.radius) visitor(point, particle, [x, y, z], r);
            }
    }
  }
}

/** Where Σ a exp(−t² r²) has fallen to CUT_OFF / r, by bisection; 1 where there is no short-range part. */
function cutOffRadius(shortRange: GaussianSum): number {
  if (shortRange.exponents.length === 0) return 1;
  let [low, high] = [0, 40 / shortRange.exponents[0]];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (gaussianSumAt(shortRange, middle) * middle > CUT_OFF) low = middle;
    else high = middle;
  }
  return high;
}
