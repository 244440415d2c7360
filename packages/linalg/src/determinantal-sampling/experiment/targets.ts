import type { FamilyName, OrthonormalBasis } from "../basis.ts";
import { chebyshev, gaussLegendre, hermite } from "../families.ts";

type Target = (point: ArrayLike<number>) => number;

const squareOf = (point: ArrayLike<number>) => Array.from(point).reduce((sum, x) => sum + x * x, 0);

/** Functions to approximate, of points in any number of coordinates. */
export const TARGETS = {
  runge: (point) => 1 / (1 + 5 * squareOf(point)),
  exponential: (point) => Math.exp(-squareOf(point)),
  kink: (point) => Math.abs(point[0] - 1 / 3),
} as const satisfies Record<string, Target>;

export type TargetName = keyof typeof TARGETS;

export interface BestApproximation {
  /** Of Pu. */
  readonly coefficients: Float64Array;
  /** ‖u − Pu‖². */
  readonly error: number;
}

/** Points along each axis of the quadrature. */
const POINTS = [400, 120, 48];

/** The projection of a target by quadrature far finer than the basis. */
export function bestApproximation(basis: OrthonormalBasis, family: FamilyName, target: TargetName): BestApproximation {
  const count = POINTS[basis.dimension - 1];
  const { points, weights } =
    family === "legendre"
      ? gaussLegendre(count)
      : family === "chebyshev"
        ? chebyshev.quadrature(count)
        : hermite.quadrature(Math.floor(count / 20));
  const coefficients = new Float64Array(basis.size);
  const row = new Float64Array(basis.size);
  let square = 0;
  const visit = (point: readonly number[], weight: number) => {
    if (point.length < basis.dimension) {
      for (let k = 0; k < points.length; k++) visit([...point, points[k]], weight * weights[k]);
      return;
    }
    const value = TARGETS[target](point);
    basis.evaluate(point, row);
    square += weight * value * value;
    for (let j = 0; j < row.length; j++) coefficients[j] += weight * value * row[j];
  };
  visit([], 1);
  return { coefficients, error: square - coefficients.reduce((sum, value) => sum + value * value, 0) };
}
