import type { UniformStream } from "./uniform-stream.ts";

/** Univariate functions φ_0, φ_1, … that are orthonormal with respect to a probability measure; φ_0 = 1. */
export interface OrthonormalFamily {
  readonly name: "legendre" | "chebyshev" | "fourier" | "hermite";
  /** Support of the measure. */
  readonly support: readonly [number, number];
  /** φ_0(x) … φ_(count − 1)(x) into `values`. */
  evaluate(x: number, count: number, values: Float64Array): void;
  /** A point of the law φ_j² dμ. */
  draw(j: number, stream: UniformStream): number;
  /** Points and weights of a quadrature that is exact (or nearly so) for products of the first `count` functions. */
  quadrature(count: number): { readonly points: Float64Array; readonly weights: Float64Array };
}

/** Uniform measure on [−1, 1], √(2j + 1) P_j. */
export const legendre: OrthonormalFamily = {
  name: "legendre",
  support: [-1, 1],
  evaluate(x, count, values) {
    let [before, value] = [0, 1];
    for (let j = 0; j < count; j++) {
      values[j] = Math.sqrt(2 * j + 1) * value;
      [before, value] = [value, ((2 * j + 1) * x * value - j * before) / (j + 1)];
    }
  },
  // From the arcsine law: φ_j² times √(1 − x²) is at most 4/π, so that every second proposal is accepted at least.
  draw(j, stream) {
    const values = new Float64Array(j + 1);
    for (;;) {
      const x = Math.cos(Math.PI * stream.next());
      this.evaluate(x, j + 1, values);
      if (stream.next() < (Math.PI / 4) * values[j] ** 2 * Math.sqrt(1 - x * x)) return x;
    }
  },
  quadrature(count) {
    return gaussLegendre(count + 1);
  },
};

/** Arcsine measure on [−1, 1], 1 and √2 T_j. */
export const chebyshev: OrthonormalFamily = {
  name: "chebyshev",
  support: [-1, 1],
  evaluate(x, count, values) {
    let [before, value] = [x, 1];
    for (let j = 0; j < count; j++) {
      values[j] = j === 0 ? 1 : Math.SQRT2 * value;
      [before, value] = [value, 2 * x * value - before];
    }
  },
  draw(j, stream) {
    for (;;) {
      const angle = Math.PI * stream.next();
      if (j === 0 || stream.next() < Math.cos(j * angle) ** 2) return Math.cos(angle);
    }
  },
  quadrature(count) {
    const n = count + 1;
    return {
      points: Float64Array.from({ length: n }, (_, k) => Math.cos((Math.PI * (k + 0.5)) / n)),
      weights: new Float64Array(n).fill(1 / n),
    };
  },
};

/** Uniform measure on [0, 1]: 1, √2 cos 2πx, √2 sin 2πx, √2 cos 4πx, … */
export const fourier: OrthonormalFamily = {
  name: "fourier",
  support: [0, 1],
  evaluate(x, count, values) {
    for (let j = 0; j < count; j++) {
      const angle = 2 * Math.PI * Math.ceil(j / 2) * x;
      values[j] = j === 0 ? 1 : Math.SQRT2 * (j % 2 === 1 ? Math.cos(angle) : Math.sin(angle));
    }
  },
  draw(j, stream) {
    for (;;) {
      const x = stream.next();
      const angle = 2 * Math.PI * Math.ceil(j / 2) * x;
      if (j === 0 || stream.next() < (j % 2 === 1 ? Math.cos(angle) : Math.sin(angle)) ** 2) return x;
    }
  },
  quadrature(count) {
    const n = 2 * count + 1;
    return { points: Float64Array.from({ length: n }, (_, k) => k / n), weights: new Float64Array(n).fill(1 / n) };
  },
};

/** Standard normal measure, the normalised probabilists' Hermite polynomials. */
export const hermite: OrthonormalFamily = {
  name: "hermite",
  support: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY],
  evaluate(x, count, values) {
    let [before, value] = [0, 1];
    for (let j = 0; j < count; j++) {
      values[j] = value;
      [before, value] = [value, (x * value - Math.sqrt(j) * before) / Math.sqrt(j + 1)];
    }
  },
  draw(j, stream) {
    const { points, cumulated } = hermiteTable(j);
    const u = stream.next() * cumulated[cumulated.length - 1];
    const cell = searchCumulated(cumulated, u);
    const below = cell === 0 ? 0 : cumulated[cell - 1];
    return points[cell] + ((points[cell + 1] - points[cell]) * (u - below)) / (cumulated[cell] - below);
  },
  quadrature(count) {
    // The trapezoid rule is exact beyond rounding for entire functions that decay like a Gaussian.
    const reach = Math.sqrt(8 * count + 4) + 9;
    const n = 40 * (count + 8);
    const points = Float64Array.from({ length: n }, (_, k) => -reach + (2 * reach * k) / (n - 1));
    const h = (2 * reach) / (n - 1);
    return { points, weights: points.map((x) => (h * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI)) };
  },
};

interface Table {
  readonly points: Float64Array;
  readonly cumulated: Float64Array;
}

const HERMITE_TABLES = new Map<number, Table>();

/** Cumulated masses of φ_j² on equal cells; the density is taken as constant in a cell, by Simpson's rule over it. */
function hermiteTable(j: number): Table {
  const known = HERMITE_TABLES.get(j);
  if (known) return known;
  const reach = Math.sqrt(4 * j + 2) + 6;
  const cells = 1024 * (j + 1);
  const points = Float64Array.from({ length: cells + 1 }, (_, k) => -reach + (2 * reach * k) / cells);
  const values = new Float64Array(j + 1);
  const density = (x: number) => {
    hermite.evaluate(x, j + 1, values);
    return values[j] ** 2 * Math.exp((-x * x) / 2);
  };
  const cumulated = new Float64Array(cells);
  let sum = 0;
  for (let k = 0; k < cells; k++) {
    sum += density(points[k]) + 4 * density((points[k] + points[k + 1]) / 2) + density(points[k + 1]);
    cumulated[k] = sum;
  }
  const table = { points, cumulated };
  HERMITE_TABLES.set(j, table);
  return table;
}

/** The first index whose cumulated mass exceeds u. */
export function searchCumulated(cumulated: Float64Array, u: number): number {
  let [low, high] = [0, cumulated.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (cumulated[middle] > u) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Nodes and weights of Gauss–Legendre quadrature for the uniform probability measure, by Newton's method. */
export function gaussLegendre(count: number): { points: Float64Array; weights: Float64Array } {
  const [points, weights] = [new Float64Array(count), new Float64Array(count)];
  for (let k = 0; k < count; k++) {
    let x = Math.cos((Math.PI * (k + 0.75)) / (count + 0.5));
    let slope = 1;
    for (let step = 0; step < 100; step++) {
      let [before, value] = [0, 1];
      for (let j = 0; j < count; j++) [before, value] = [value, ((2 * j + 1) * x * value - j * before) / (j + 1)];
      slope = (count * (x * value - before)) / (x * x - 1);
      const move = value / slope;
      x -= move;
      if (Math.abs(move) < 1e-15) break;
    }
    points[k] = x;
    weights[k] = 1 / ((1 - x * x) * slope * slope);
  }
  return { points, weights };
}
