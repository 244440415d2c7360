/** A plane ofGradient · g + ofSlope · d + constant. */
export interface Plane {
  readonly ofGradient: number;
  readonly ofSlope: number;
  readonly constant: number;
}

/** Planes above and below the product of a gradient and an activation's slope. */
export interface ProductRelaxation {
  readonly upper: Plane;
  readonly lower: Plane;
}

/** Intervals of the gradient g and the slope d ≥ 0. */
export interface ProductRange {
  readonly gradient: readonly [lower: number, upper: number];
  readonly slope: readonly [lower: number, upper: number];
}

/** Width below which an interval of gradients is not divided by. */
const NARROW = 1e-12;

/** Of p = d · g the planes of the convex hull for a d that may be anything in its interval, whatever x: what a piecewise linear activation has at an unstable neuron. */
export function freeProduct({ gradient: [lower, upper], slope: [least, most] }: ProductRange): ProductRelaxation {
  if (lower >= 0) return { upper: multiple(most), lower: multiple(least) };
  if (upper <= 0) return { upper: multiple(least), lower: multiple(most) };
  if (least === most) return { upper: multiple(most), lower: multiple(most) };
  if (upper - lower < NARROW) return intervalProduct({ gradient: [lower, upper], slope: [least, most] });
  const spread = most - least;
  const share = upper / (upper - lower);
  const offset = (-spread * lower * upper) / (upper - lower);
  return {
    upper: plane(least + spread * share, 0, offset),
    lower: plane(most - spread * share, 0, -offset),
  };
}

/** McCormick's planes of p = d · g, one of the two above and one of the two below. */
export function mcCormick({ gradient: [lower], slope: [least, most] }: ProductRange): ProductRelaxation {
  return { upper: plane(most, lower, -most * lower), lower: plane(least, lower, -least * lower) };
}

/** RecurJac's rule: linear where the sign of the gradient is known, otherwise the interval of the product. */
export function signedProduct(range: ProductRange): ProductRelaxation {
  const [lower, upper] = range.gradient;
  const isMixed = lower < 0 && upper > 0;
  return isMixed && range.slope[1] > 0 ? intervalProduct(range) : freeProduct(range);
}

/** The interval of the product. */
export function intervalProduct({ gradient: [lower, upper], slope: [least, most] }: ProductRange): ProductRelaxation {
  return {
    upper: plane(0, 0, upper * (upper >= 0 ? most : least)),
    lower: plane(0, 0, lower * (lower >= 0 ? least : most)),
  };
}

function multiple(factor: number): Plane {
  return plane(factor, 0, 0);
}

function plane(ofGradient: number, ofSlope: number, constant: number): Plane {
  return { ofGradient, ofSlope, constant };
}
