import type { TensorTree } from "../differentiation/tree.ts";
import { InvalidInputError } from "../errors.ts";
import { add, multiply, subtract } from "../kernels/map/binary.ts";
import { LimitedMemoryInverse } from "./inverse-hessian.ts";
import { strongWolfeSearch } from "./line-search.ts";
import { checkCounts, History, type MinimizationOptions, type MinimizationResult, SPACING } from "./minimization.ts";
import { isFinitePoint, Objective, type Point, TriedPoints, type ValueAndGradient } from "./points.ts";
import { dot, flatten, floatDTypeOf, unflatten } from "./vectors.ts";

export interface LbfgsOptions extends MinimizationOptions {
  /** Default: 1000. */
  readonly iterations?: number;
  /** Steps whose curvature is remembered; each takes twice the memory of the parameters. Default: 10 (as SciPy). */
  readonly memory?: number;
  /** Share of the decrease promised by the slope which a step must bring, c₁ in (0, 1). Default: 1e-4 (Nocedal, Wright, section 3.1). */
  readonly sufficientDecrease?: number;
  /** Share of the slope which a step may leave, c₂ in (c₁, 1). Default: 0.9 (Nocedal, Wright, section 3.1). */
  readonly curvature?: number;
  /** Most evaluations for one step. Default: 25 (as PyTorch). */
  readonly searchEvaluations?: number;
}

/**
 * Least value of a smooth function of many parameters, by the limited-memory quasi-Newton method of Broyden, Fletcher, Goldfarb and Shanno with strong Wolfe steps.
 * For functions without noise: full batches, physics-informed losses, fits. For mini-batches take `adam`; for sums of squares `gaussNewton` needs fewer steps.
 *
 * An iteration takes one evaluation as a rule, and reads a handful of numbers back; the rest stays on the device. A step to where value or slope are not finite is shortened.
 * Differences of values within 4 units of rounding do not count in a line search. float32 reaches gradients of about 1e-4 of the function's scale; take float64 for more.
 *
 * Source: Nocedal, Wright, "Numerical Optimization" (2006), algorithms 7.4, 7.5, 3.5 and 3.6.
 *
 * @param valueAndGradient e.g. `valueAndGrad(loss)`; synchronous, tensors made in it are freed.
 * @param parameters where to start: float tensors of one dtype.
 * @returns new parameters, the caller's to dispose.
 * @throws InvalidInputError for bad options, parameters that are not floats of one dtype, a value or gradient of another form; DivergedError, with the last good parameters (the caller's
 *   to dispose) as `lastIterate`, when value or gradient are not finite at the start or at all steps however short, or the value falls to −∞.
 */
export async function lbfgs<Parameters extends TensorTree>(
  valueAndGradient: ValueAndGradient<Parameters>,
  parameters: Parameters,
  options: LbfgsOptions = {},
): Promise<MinimizationResult<Parameters>> {
  const dtype = floatDTypeOf("lbfgs: parameters", parameters);
  const { signal, memory = 10, sufficientDecrease = 1e-4, curvature = 0.9, searchEvaluations = 25 } = options;
  const history = new History("lbfgs", dtype, options, 1000);
  checkCounts("lbfgs: options", { memory, searchEvaluations });
  checkWolfe(sufficientDecrease, curvature);
  const settings = { sufficientDecrease, curvature, evaluations: searchEvaluations, signal };

  const objective = new Objective(valueAndGradient, parameters);
  using inverse = new LimitedMemoryInverse(memory);
  let current = await objective.at(() => flatten(parameters), 0);
  try {
    if (!isFinitePoint(current))
      throw objective.diverged("lbfgs", 0, "value or gradient are not finite at the start", current);
    let reason = history.add(objective.entryFor(current));
    while (!reason) {
      const { next, isBroken } = await step(current);
      if (next) {
        current[Symbol.dispose]();
        current = next;
        reason = history.add(objective.entryFor(current));
      } else if (signal?.aborted) reason = "aborted";
      else if (!inverse.isEmpty) inverse.clear();
      else if (isBroken)
        throw objective.diverged(
          "lbfgs",
          history.iterations + 1,
          "value or gradient are not finite, however short the step",
          current,
        );
      else reason = "stalled";
    }
    return history.resultFor(reason, unflatten(parameters, current.x));
  } finally {
    current[Symbol.dispose]();
  }

  /** The next point, if a lower one is found; `isBroken` says whether there were points that are not finite. */
  async function step(start: Point): Promise<{ next?: Point | undefined; isBroken: boolean }> {
    using direction = inverse.directionFor(start.gradient);
    using product = dot(start.gradient, direction);
    const slope = await product.item();
    if (!(slope < 0 && slope > Number.NEGATIVE_INFINITY)) return { isBroken: false };
    using tried = new TriedPoints(start.value);
    const isFound = await strongWolfeSearch(
      async (stepSize) => {
        const place = () => add(start.x, multiply(direction, stepSize));
        const point = tried.add(await objective.at(place, stepSize, direction));
        if (point.value === Number.NEGATIVE_INFINITY)
          throw objective.diverged("lbfgs", history.iterations + 1, "the value falls without bound", start);
        return point;
      },
      { stepSize: 0, value: start.value, slope },
      {
        ...settings,
        // The first step is of length 1 at most, as in L-BFGS-B: nothing is known of the function's scale yet.
        firstStep: inverse.isEmpty ? Math.min(1, 1 / Math.sqrt(-slope)) : 1,
        rounding: 4 * SPACING[dtype] * Math.abs(start.value),
      },
    );
    const next = tried.take(isFound ? "latest" : "lowest");
    if (next) learn(start, next, slope);
    return { next, isBroken: tried.isBroken };
  }

  /** Leaves out steps along which the slope does not rise beyond rounding, as L-BFGS-B does. */
  function learn(before: Point, after: Point, slope: number): void {
    const rise = after.slope - slope;
    if (rise > -SPACING[dtype] * slope)
      inverse.remember(subtract(after.x, before.x), subtract(after.gradient, before.gradient), after.stepSize * rise);
  }
}

function checkWolfe(sufficientDecrease: number, curvature: number): void {
  if (!(sufficientDecrease > 0 && sufficientDecrease < 1))
    throw new InvalidInputError("lbfgs: options.sufficientDecrease", "a number in (0, 1)", sufficientDecrease);
  if (!(curvature > sufficientDecrease && curvature < 1))
    throw new InvalidInputError("lbfgs: options.curvature", `a number in (${sufficientDecrease}, 1)`, curvature);
}
