import { type Key, RandomStream } from "@ansatz/tensor";
import type { Solver } from "../../sampling/index.ts";
import type { SolverGenome } from "../genome.ts";
import { handMadeSolvers, plainSolvers } from "../hand-made-solvers.ts";
import { type PairedRatio, pairedRatio } from "../paired-bootstrap.ts";
import { evaluatePopulation } from "../population.ts";
import type { SolverProblem, Trial } from "../problem.ts";
import { squaredDistances } from "../qualities.ts";
import { searchedSolver } from "../searched-solver.ts";

/** A found solver among those made by hand, on noise that it was not chosen by. */
export interface Judgement {
  readonly found: number;
  readonly rival: number | undefined;
  /** The best first. */
  readonly handMade: readonly { readonly name: string; readonly error: number }[];
  /** Of the best of the plain solvers. */
  readonly plain: number;
  /** Of the found solver's error to that of the best made by hand. */
  readonly ratio: PairedRatio;
}

export async function judgement(
  problem: SolverProblem,
  trial: Trial,
  given: {
    readonly found: SolverGenome;
    readonly rival: SolverGenome | undefined;
    readonly evaluations: number;
    /** Of the resampling. */
    readonly key: Key;
  },
): Promise<Judgement> {
  const { evaluations, rival } = given;
  const { schedule, statistics } = problem;
  const found = searchedSolver(given.found, { statistics });
  const own = rival ? [found, searchedSolver(rival, { statistics })] : [found];
  const hand = handMadeSolvers({ schedule, evaluations }, statistics);
  const plain = plainSolvers({ schedule, evaluations });
  const errors = await evaluatePopulation([...own, ...hand, ...plain], problem, trial);
  const handMade = hand
    .map((solver, index) => ({ solver, name: solver.name, error: errors[own.length + index] }))
    .sort((a, b) => a.error - b.error);
  return {
    ...{ found: errors[0], rival: rival && errors[1], handMade },
    plain: Math.min(...errors.slice(own.length + hand.length)),
    ratio: pairedRatio(
      await distancesOf(found, problem, trial),
      await distancesOf(handMade[0].solver, problem, trial),
      new RandomStream(given.key),
    ),
  };
}

/** The squared error of every sample. */
async function distancesOf(solver: Solver, problem: SolverProblem, trial: Trial): Promise<Float64Array> {
  let distances = new Float64Array();
  const quality: SolverProblem["quality"] = async (x) => {
    distances = Float64Array.from(await squaredDistances(x, trial));
    return 0;
  };
  await evaluatePopulation([solver], { ...problem, quality }, trial);
  return distances;
}
