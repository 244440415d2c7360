import { InvalidInputError } from "../errors.ts";
import { add, multiply } from "../kernels/map/binary.ts";
import { neg } from "../kernels/map/unary.ts";
import type { Tensor } from "../tensor.ts";
import { checkpoint, customVjp } from "./custom-rules.ts";
import { vjp } from "./transforms.ts";
import { leavesOf, rebuild, type TensorTree } from "./tree.ts";

/** Right side of y′ = f(t, y, θ), in operations; y′ has the form of y. */
export type VectorField<Y extends TensorTree, Theta extends TensorTree> = (time: number, y: Y, theta: Theta) => Y;

/** An explicit Runge–Kutta method: kᵢ = f(t + cᵢ h, y + h Σⱼ aᵢⱼ kⱼ), y(t + h) ≈ y + h Σᵢ bᵢ kᵢ. */
export interface ButcherTableau {
  /** Row i has i entries. */
  readonly a: readonly (readonly number[])[];
  readonly b: readonly number[];
  readonly c: readonly number[];
}

/** The classical method of order 4. Source: Hairer, Nørsett, Wanner, "Solving Ordinary Differential Equations I" (1993), table II.1.2. */
export const RUNGE_KUTTA_4: ButcherTableau = {
  a: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
  b: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
  c: [0, 1 / 2, 1 / 2, 1],
};

export interface OdeOptions {
  /** Start, then the times at which y is wanted, all in one direction. */
  readonly times: readonly number[];
  /** Steps of equal length between two of the times. Default: 1. */
  readonly steps?: number;
  /** Default: `RUNGE_KUTTA_4`. */
  readonly tableau?: ButcherTableau;
  /** How gradients come back, see `solveOde`. Default: `"discrete"`. */
  readonly adjoint?: "discrete" | "interpolating" | "backsolve";
}

/**
 * The initial value problem y′ = f(t, y, θ), y(t₀) = y₀, solved by an explicit Runge–Kutta method with fixed steps, and differentiated in y₀ and θ by one of three adjoints:
 *
 * - `"discrete"`: the derivative of what was computed, exact to rounding, in every mode and order. Reverse mode keeps the state before each step and does the step again.
 * - `"interpolating"`: λ′ = −(∂f/∂y)ᵀ λ and θ̄′ = −(∂f/∂θ)ᵀ λ solved backwards by the same method along a cubic Hermite interpolant of the states, which are computed again, so that only the end is kept.
 * - `"backsolve"`: the same, y itself being solved backwards along with them, in memory that does not grow with the steps. Wrong where y is unstable backwards in time.
 *
 * Gradients of the last two are those of the exact solution up to the method's error, not of the computed one; they have reverse mode only.
 *
 * Source: Chen et al., "Neural Ordinary Differential Equations" (2018), section 2 and appendix B; Kim et al., "Stiff Neural Ordinary Differential Equations" (2021), section 2, for the three kinds.
 *
 * @returns y at `times[1]`, `times[2]`, …, each of the form of y₀.
 * @throws InvalidInputError when y₀ has no tensor, there are fewer than two times, they do not all rise or all fall, `steps` is no integer ≥ 1, or the tableau's rows do not fit.
 */
export function solveOde<Y extends TensorTree, Theta extends TensorTree>(
  field: VectorField<Y, Theta>,
  options: OdeOptions,
): (start: Y, theta: Theta) => Y[] {
  const { times, steps = 1, tableau = RUNGE_KUTTA_4, adjoint = "discrete" } = options;
  checkTimes(times);
  checkTableau(tableau);
  if (!Number.isInteger(steps) || steps < 1)
    throw new InvalidInputError("solveOde: options.steps", "an integer ≥ 1", steps);
  if (!["discrete", "interpolating", "backsolve"].includes(adjoint))
    throw new InvalidInputError("solveOde: options.adjoint", '"discrete", "interpolating" or "backsolve"', adjoint);
  const solver: Solver<Y, Theta> = { field, tableau };
  const solveInterval = { discrete, interpolating, backsolve }[adjoint];
  const intervals = times.slice(1).map((end, index) => solveInterval(solver, gridOf(times[index], end, steps)));
  return (start, theta) => {
    const [first] = leavesOf(start, "solveOde: start");
    if (!first) throw new InvalidInputError("solveOde: start", "at least one tensor", start);
    return first.device.scope(() => {
      const states: Y[] = [];
      let y = start;
      for (const solve of intervals) {
        y = solve({ y, theta });
        states.push(y);
      }
      return states;
    });
  };
}

interface Solver<Y extends TensorTree, Theta extends TensorTree> {
  readonly field: VectorField<Y, Theta>;
  readonly tableau: ButcherTableau;
}

/** A state and the parameters: what an interval's end depends on. */
type Problem<Y extends TensorTree, Theta extends TensorTree> = { readonly y: Y; readonly theta: Theta };

type IntervalSolve<Y extends TensorTree, Theta extends TensorTree> = (problem: Problem<Y, Theta>) => Y;

function discrete<Y extends TensorTree, Theta extends TensorTree>(
  solver: Solver<Y, Theta>,
  grid: readonly number[],
): IntervalSolve<Y, Theta> {
  const steps = grid
    .slice(1)
    .map((end, index) => checkpoint(({ y, theta }: Problem<Y, Theta>) => step(solver, grid[index], end, y, theta)));
  return ({ y, theta }) => {
    let state = y;
    for (const each of steps) state = each({ y: state, theta });
    return state;
  };
}

function backsolve<Y extends TensorTree, Theta extends TensorTree>(
  solver: Solver<Y, Theta>,
  grid: readonly number[],
): IntervalSolve<Y, Theta> {
  const backwards = adjointSolver(solver, (_, { y }: Adjoint<Y, Theta>) => y);
  return customVjp(
    ({ y, theta }: Problem<Y, Theta>) => march(solver, grid, y, theta),
    (cotangent, { theta }, end) => {
      const from: Adjoint<Y, Theta> = { y: end, lambda: cotangent, thetaBar: zerosLike(theta) };
      const { lambda, thetaBar } = march(backwards, grid.toReversed(), from, theta);
      return { y: lambda, theta: thetaBar };
    },
  );
}

function interpolating<Y extends TensorTree, Theta extends TensorTree>(
  solver: Solver<Y, Theta>,
  grid: readonly number[],
): IntervalSolve<Y, Theta> {
  return customVjp(
    ({ y, theta }: Problem<Y, Theta>) => march(solver, grid, y, theta),
    (cotangent, { y, theta }) => {
      const states = [y];
      for (const [index, end] of grid.slice(1).entries())
        states.push(step(solver, grid[index], end, states[index], theta));
      const slopes = states.map((state, index) => solver.field(grid[index], state, theta));
      let lambda = cotangent;
      let thetaBar = zerosLike(theta);
      for (let index = grid.length - 1; index > 0; index--) {
        const [start, end] = [grid[index - 1], grid[index]];
        const between = (time: number) =>
          hermite((time - start) / (end - start), end - start, states.slice(index - 1), slopes.slice(index - 1));
        const backwards = adjointSolver(solver, between);
        const from: Adjoint<Y, Theta> = { y: states[index], lambda, thetaBar };
        ({ lambda, thetaBar } = step(backwards, end, start, from, theta));
      }
      return { y: lambda, theta: thetaBar };
    },
  );
}

/** What is solved backwards. */
type Adjoint<Y extends TensorTree, Theta extends TensorTree> = {
  readonly y: Y;
  readonly lambda: Y;
  readonly thetaBar: Theta;
};

/** The adjoint equations along the states that `stateAt` says. */
function adjointSolver<Y extends TensorTree, Theta extends TensorTree>(
  { field, tableau }: Solver<Y, Theta>,
  stateAt: (time: number, adjoint: Adjoint<Y, Theta>) => Y,
): Solver<Adjoint<Y, Theta>, Theta> {
  return {
    tableau,
    field: (time, adjoint, theta) => {
      const at: Problem<Y, Theta> = { y: stateAt(time, adjoint), theta };
      using pulled = vjp((problem: Problem<Y, Theta>) => field(time, problem.y, problem.theta), at);
      const { y, theta: inTheta } = pulled.pullback(adjoint.lambda);
      return { y: pulled.value, lambda: negated(y), thetaBar: negated(inTheta) };
    },
  };
}

/** Steps from the first time of a grid to the last. */
function march<Y extends TensorTree, Theta extends TensorTree>(
  solver: Solver<Y, Theta>,
  grid: readonly number[],
  start: Y,
  theta: Theta,
): Y {
  const [{ device }] = leavesOf(start);
  let y = start;
  for (const [index, end] of grid.slice(1).entries()) {
    const next = device.scope(() => step(solver, grid[index], end, y, theta));
    if (y !== start) for (const leaf of leavesOf(y)) leaf.dispose();
    y = next;
  }
  return y;
}

function step<Y extends TensorTree, Theta extends TensorTree>(
  { field, tableau: { a, b, c } }: Solver<Y, Theta>,
  start: number,
  end: number,
  y: Y,
  theta: Theta,
): Y {
  const length = end - start;
  const slopes: Y[] = [];
  for (const [stage, row] of a.entries())
    slopes.push(field(start + c[stage] * length, combined(y, slopes, row, length), theta));
  return combined(y, slopes, b, length);
}

/** y + length Σ weights · slopes. */
function combined<Y extends TensorTree>(y: Y, slopes: readonly Y[], weights: readonly number[], length: number): Y {
  const terms = slopes.map((slope) => leavesOf(slope));
  const leaves = leavesOf(y).map((leaf, index) =>
    weights.reduce<Tensor>(
      (sum, weight, stage) => (weight === 0 ? sum : add(sum, multiply(terms[stage][index], weight * length))),
      leaf,
    ),
  );
  return rebuild(y, leaves);
}

/** The cubic through two states and slopes, at a fraction s of the interval between them. */
function hermite<Y extends TensorTree>(
  s: number,
  length: number,
  [first, second]: readonly Y[],
  slopes: readonly Y[],
): Y {
  const weights = [1 - 3 * s * s + 2 * s ** 3, 3 * s * s - 2 * s ** 3];
  const slopeWeights = [length * (s - 2 * s * s + s ** 3), length * (s ** 3 - s * s)];
  const [left, right, leftSlope, rightSlope] = [first, second, ...slopes.slice(0, 2)].map((tree) => leavesOf(tree));
  return rebuild(
    first,
    left.map((leaf, index) =>
      add(
        add(multiply(leaf, weights[0]), multiply(right[index], weights[1])),
        add(multiply(leftSlope[index], slopeWeights[0]), multiply(rightSlope[index], slopeWeights[1])),
      ),
    ),
  );
}

function negated<Tree extends TensorTree>(tree: Tree): Tree {
  return rebuild(
    tree,
    leavesOf(tree).map((leaf) => neg(leaf)),
  );
}

function zerosLike<Tree extends TensorTree>(tree: Tree): Tree {
  return rebuild(
    tree,
    leavesOf(tree).map(({ device, shape, dtype }) => device.zeros(shape, dtype)),
  );
}

/** Ends of equal steps. */
function gridOf(start: number, end: number, steps: number): number[] {
  return Array.from({ length: steps + 1 }, (_, index) =>
    index === steps ? end : start + ((end - start) * index) / steps,
  );
}

function checkTimes(times: readonly number[]): void {
  const direction = Math.sign(times[1] - times[0]);
  const isOrdered = times.slice(1).every((time, index) => Math.sign(time - times[index]) === direction);
  if (times.length < 2 || !times.every(Number.isFinite) || direction === 0 || !isOrdered)
    throw new InvalidInputError("solveOde: options.times", "two or more finite times that all rise or all fall", times);
}

function checkTableau(tableau: ButcherTableau): void {
  const { a, b, c } = tableau;
  if (a.length === 0 || a.length !== b.length || a.length !== c.length || a.some((row, stage) => row.length !== stage))
    throw new InvalidInputError(
      "solveOde: options.tableau",
      "as many rows, weights and nodes as stages, row i with i entries",
      tableau,
    );
}
