/** slope · z + intercept. */
interface Line {
  readonly slope: number;
  readonly intercept: number;
}

/** Lines above and below a function on an interval. */
export interface Relaxation {
  readonly upper: Line;
  readonly lower: Line;
}

/** A sigmoidal function and its bell-shaped derivative. */
export interface Curve {
  /** Convex for z < 0, concave for z > 0, with value(−z) = 2 value(0) − value(z). */
  value(z: number): number;
  /** q: even, with its largest value at 0. */
  slope(z: number): number;
  /** q'. */
  curvature(z: number): number;
  /** s₀ > 0, where the bell turns from concave to convex. */
  readonly inflection: number;
}

export const CURVES: Readonly<Record<"tanh" | "sigmoid", Curve>> = {
  tanh: {
    value: Math.tanh,
    slope: tanhSlope,
    curvature: (z) => -2 * Math.tanh(z) * tanhSlope(z),
    inflection: Math.acosh(Math.sqrt(1.5)),
  },
  sigmoid: {
    value: (z) => 0.5 + 0.5 * Math.tanh(z / 2),
    slope: (z) => tanhSlope(z / 2) / 4,
    curvature: (z) => (-Math.tanh(z / 2) * tanhSlope(z / 2)) / 4,
    inflection: 2 * Math.acosh(Math.sqrt(1.5)),
  },
};

/** 1 / cosh², which is 1 − tanh² without its cancellation. */
function tanhSlope(z: number): number {
  const reciprocal = 1 / Math.cosh(z);
  return reciprocal * reciprocal;
}

/** Below this width an interval's constant bounds are used: a chord's slope would be rounding errors. Source: the specification of the method. */
const NARROW = 1e-6;
/** What is added for rounding, relative to the numbers a line is computed from: some ulps of the elementary functions and of the line. */
const SLACK = 32 * Number.EPSILON;
/** Halvings of a bisection: to neighbouring floats. */
const HALVINGS = 60;

/**
 * Lines about max(z, slope · z) on [lower, upper]. The lower one through 0 is the one of the two pieces that is tight on the longer side.
 *
 * Source: section on ReLU relaxations (CROWN's adaptive choice).
 */
export function rectifierRelaxation(lower: number, upper: number, slope: number): Relaxation {
  if (lower >= 0 || slope === 1) return both({ slope: 1, intercept: 0 });
  if (upper <= 0) return both({ slope, intercept: 0 });
  const chord = (upper - slope * lower) / (upper - lower);
  return {
    upper: outward(chord, upper * (1 - chord), upper, 1),
    lower: { slope: upper > -lower ? 1 : slope, intercept: 0 },
  };
}

/** Lines about a sigmoidal function on [lower, upper]: chords and tangents, and on an interval about 0 tangents through its ends. */
export function sigmoidalRelaxation(curve: Curve, lower: number, upper: number): Relaxation {
  if (upper - lower < NARROW) return constants(curve.value(lower), curve.value(upper));
  const above = lineAbove(curve, lower, upper);
  const mirrored = lineAbove(curve, -upper, -lower);
  return { upper: above, lower: { slope: mirrored.slope, intercept: 2 * curve.value(0) - mirrored.intercept } };
}

function lineAbove(curve: Curve, lower: number, upper: number): Line {
  const { value, slope } = curve;
  if (upper <= 0) return chordOf(value, lower, upper, 1);
  const middle = (lower + upper) / 2;
  if (lower >= 0) return tangentOf(value, slope, middle, lower, upper, 1);
  const isAbove = (at: number) => value(at) + slope(at) * (lower - at) >= value(lower);
  if (!isAbove(upper)) return chordOf(value, lower, upper, 1);
  const [, touching] = bisect(0, upper, (at) => !isAbove(at));
  return tangentOf(value, slope, touching, lower, upper, 1);
}

/** Lines about the derivative of a sigmoidal function on [lower, upper]. */
export function bellRelaxation(curve: Curve, lower: number, upper: number): Relaxation {
  if (upper - lower < NARROW) {
    const [least, most] = slopeRange(curve, lower, upper);
    return constants(least, most);
  }
  if (lower + upper >= 0) return rightBell(curve, lower, upper);
  const mirror = ({ slope, intercept }: Line) => ({ slope: -slope, intercept });
  const mirrored = rightBell(curve, -upper, -lower);
  return { upper: mirror(mirrored.upper), lower: mirror(mirrored.lower) };
}

/** The case lower + upper ≥ 0. */
function rightBell(curve: Curve, lower: number, upper: number): Relaxation {
  const { slope: bell, curvature, inflection } = curve;
  const tangent = (at: number, side: 1 | -1) => tangentOf(bell, curvature, at, lower, upper, side);
  const chord = (side: 1 | -1) => chordOf(bell, lower, upper, side);
  const middle = (lower + upper) / 2;
  if (lower >= inflection) return { upper: chord(1), lower: tangent(middle, -1) };
  if (lower >= -inflection && upper <= inflection) return { upper: tangent(middle, 1), lower: chord(-1) };
  const valueAt = (at: number, z: number) => bell(at) + curvature(at) * (z - at);
  const [highest] = bisect(0, inflection, (at) => valueAt(at, upper) >= bell(upper));
  const above = lower >= highest ? chord(1) : tangent((highest * (lower + upper)) / (highest + upper), 1);
  const isBelow = (at: number) => valueAt(at, lower) <= bell(lower);
  if (!isBelow(upper)) return { upper: above, lower: chord(-1) };
  const [, touching] = bisect(inflection, upper, (at) => !isBelow(at));
  return { upper: above, lower: tangent((touching + upper) / 2, -1) };
}

/** Bounds of the derivative of a sigmoidal function on [lower, upper], rounded outward. */
export function slopeRange({ slope }: Curve, lower: number, upper: number): readonly [least: number, most: number] {
  const [atLower, atUpper] = [slope(lower), slope(upper)];
  const most = lower <= 0 && upper >= 0 ? slope(0) : Math.max(atLower, atUpper);
  return [Math.min(atLower, atUpper) * (1 - SLACK), most * (1 + SLACK)];
}

/** The neighbouring numbers between which a condition that holds at `from` and not beyond some point stops holding. */
function bisect(from: number, to: number, holds: (at: number) => boolean): readonly [holding: number, failing: number] {
  let [holding, failing] = [from, to];
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = (holding + failing) / 2;
    if (holds(middle)) holding = middle;
    else failing = middle;
  }
  return [holding, failing];
}

function chordOf(f: (z: number) => number, lower: number, upper: number, side: 1 | -1): Line {
  const [atLower, atUpper] = [f(lower), f(upper)];
  const slope = (atUpper - atLower) / (upper - lower);
  // From the end nearer to 0, whose product with the slope is rounded less.
  const [z, value] = Math.abs(lower) < Math.abs(upper) ? [lower, atLower] : [upper, atUpper];
  const error =
    Math.max(Math.abs(atLower), Math.abs(atUpper)) * (1 + Math.max(Math.abs(lower), Math.abs(upper)) / (upper - lower));
  return outward(slope, value - slope * z, error, side);
}

function tangentOf(
  f: (z: number) => number,
  derivative: (z: number) => number,
  at: number,
  lower: number,
  upper: number,
  side: 1 | -1,
): Line {
  const slope = derivative(at);
  const value = f(at);
  const reach = Math.max(Math.abs(lower), Math.abs(upper));
  return outward(slope, value - slope * at, Math.abs(value) + Math.abs(slope) * reach, side);
}

/** A line moved up (side 1) or down by the rounding errors of numbers of a size. */
function outward(slope: number, intercept: number, size: number, side: 1 | -1): Line {
  return { slope, intercept: intercept + side * SLACK * (size + Math.abs(intercept)) };
}

function constants(lower: number, upper: number): Relaxation {
  return { upper: outward(0, upper, Math.abs(upper), 1), lower: outward(0, lower, Math.abs(lower), -1) };
}

function both(line: Line): Relaxation {
  return { upper: line, lower: line };
}
