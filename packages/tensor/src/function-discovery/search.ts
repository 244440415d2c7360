import { child, type Key } from "../random/key.ts";
import { RandomStream } from "../random/stream.ts";
import type { Candidate, Evaluation } from "./candidate-evaluator.ts";
import { type CoefficientRule, inherit } from "./coefficients.ts";
import { quality } from "./error-measure.ts";
import { applyOperation, FLOAT64 } from "./evaluate.ts";
import { fingerprint } from "./fingerprint.ts";
import { mutate } from "./mutation.ts";
import { type Fitness, type SelectionOptions, selectParents } from "./pareto.ts";
import {
  countOperations,
  countTransforms,
  freed,
  type Leaf,
  type Operation,
  type OperationWeights,
  type Program,
  withCoefficients,
} from "./program.ts";

/** What a program costs: operations whose value depends on x, all operations, or kernel time over that of a reference. */
export type CostRule =
  | { readonly kind: "operations"; readonly weights?: OperationWeights }
  | { readonly kind: "transforms" }
  | { readonly kind: "time"; readonly reference: Program };

/** A program that has been fitted and measured. */
export interface Member {
  /** With fitted coefficients. */
  readonly program: Program;
  /** The program as it was before the fit: what children inherit unless coefficients are Lamarckian. */
  readonly genome: Program;
  /** On validation samples. */
  readonly error: number;
  readonly cost: number;
  readonly fingerprint: string;
  /** Generation in which it was found. */
  readonly generation: number;
}

/** Rules of the evolution. */
export interface SearchRules {
  /** What the first generation consists of. */
  readonly initial: readonly Program[];
  readonly operations: readonly (Operation | Leaf)[];
  readonly coefficients: CoefficientRule;
  readonly cost: CostRule;
  /** Whether coefficients are merged and untied before they are fitted, see `freed`. */
  readonly freeCoefficients: boolean;
  /** Operations, whatever the cost is, beyond which no program grows. */
  readonly maximumOperations: number;
  readonly parents: number;
  readonly children: number;
  /** Whether parents compete with their children. */
  readonly elitism: boolean;
  /** Share of children that are their parent, fitted anew. */
  readonly identityRate: number;
  /** A candidate's first fit may be so many times worse than the best known program of no higher cost. */
  readonly hurdle: number;
  readonly selection: SelectionOptions;
}

/** Where a search stands. Plain data: whoever saves it can go on from it. */
export interface SearchState {
  readonly key: Key;
  readonly generation: number;
  readonly candidates: number;
  readonly programValues: number;
  readonly population: readonly Member[];
  /** The best programs found so far: none is both cheaper and better than another. Cheapest first. */
  readonly front: readonly Member[];
}

export function initialSearch(key: Key): SearchState {
  return { key, generation: 0, candidates: 0, programValues: 0, population: [], front: [] };
}

/** After so many, a child is taken that is like somebody else: where little may change there is nothing new. */
const MOST_MUTATIONS = 50;

/** The candidates of the next generation. */
export function nextCandidates({ key, generation, population, front }: SearchState, rules: SearchRules): Candidate[] {
  const generationKey = child(key, generation);
  const parents = selectParents(population.map(fitnessOf), rules.parents, rules.selection);
  const known = new Set(population.map((member) => member.fingerprint));
  return Array.from({ length: rules.children }, (_, index) => {
    const ownKey = child(generationKey, index);
    const random = new RandomStream(child(ownKey, 0));
    const parent = parents.length > 0 ? population[parents[index % parents.length]] : undefined;
    const program = parent ? offspring(parent, random, rules, known) : rules.initial[index % rules.initial.length];
    return { program, key: child(ownKey, 1), hurdle: hurdleOf(program, front, rules) };
  });
}

/** Mutated until it is a function that nobody in the population is. */
function offspring(parent: Member, random: RandomStream, rules: SearchRules, known: ReadonlySet<string>): Program {
  const inherited = rules.coefficients.kind === "lamarckian" ? parent.program : parent.genome;
  const start = inherit(inherited, rules.coefficients, random);
  if (random.uniform() < rules.identityRate) return start;
  let program: Program = start;
  for (let mutation = 0; mutation < MOST_MUTATIONS; mutation++) {
    const mutated = mutate(program, random, rules);
    if (countOperations(mutated) > rules.maximumOperations) continue;
    program = rules.freeCoefficients ? free(mutated) : mutated;
    if (!known.has(fingerprint(program))) break;
  }
  return program;
}

function free(program: Program): Program {
  return freed(program, (operation, given) => applyOperation(operation, given, FLOAT64));
}

function hurdleOf(program: Program, front: readonly Member[], { cost, hurdle }: SearchRules): number {
  // A time is known only after the fit: such a candidate competes with the best of all.
  const own = cost.kind === "time" ? Number.POSITIVE_INFINITY : costOf(program, cost);
  const rivals = front.filter((member) => member.cost <= own);
  return hurdle * Math.min(...rivals.map(({ error }) => error));
}

function costOf(program: Program, cost: CostRule, evaluation?: Evaluation): number {
  if (cost.kind === "time") return evaluation?.relativeTime ?? Number.POSITIVE_INFINITY;
  return cost.kind === "transforms" ? countTransforms(program) : countOperations(program, cost.weights);
}

/** Both fitnesses are maximised: the quality of the error, and one over the cost. */
function fitnessOf({ error, cost }: Member): Fitness {
  return [quality(error), 1 / cost];
}

/** The state after a generation of candidates has been evaluated. */
export function advance(
  state: SearchState,
  candidates: readonly Candidate[],
  evaluations: readonly Evaluation[],
  rules: SearchRules,
): SearchState {
  const children = candidates.map(({ program }, index): Member => {
    const { coefficients, error } = evaluations[index];
    return {
      ...{ program: withCoefficients(program, coefficients), genome: program, error },
      // Programs of one operation and of none are equally cheap.
      cost: Math.max(rules.cost.kind === "time" ? 0 : 2, costOf(program, rules.cost, evaluations[index])),
      ...{ fingerprint: fingerprint(program), generation: state.generation },
    };
  });
  const competitors = withoutDuplicates(rules.elitism ? [...children, ...state.population] : children);
  const survivors = selectParents(competitors.map(fitnessOf), rules.parents, rules.selection);
  return {
    key: state.key,
    generation: state.generation + 1,
    candidates: state.candidates + candidates.length,
    programValues: evaluations.reduce((sum, { programValues }) => sum + programValues, state.programValues),
    population: survivors.map((index) => competitors[index]),
    front: paretoFront([...state.front, ...children]),
  };
}

/** Of members that compute the same, the one whose coefficients are fitted best. */
function withoutDuplicates(members: readonly Member[]): Member[] {
  const best = new Map<string, Member>();
  for (const member of members) {
    const known = best.get(member.fingerprint);
    if (!known || member.error < known.error) best.set(member.fingerprint, member);
  }
  return [...best.values()];
}

/** What costs more must be better by more than the accuracy of a fit. */
const LEAST_GAIN = 1e-3;

/** Members with a finite error that none dominates, cheapest first, one per cost. */
export function paretoFront(members: readonly Member[]): Member[] {
  const sorted = members
    .filter(({ error, cost }) => Number.isFinite(error) && Number.isFinite(cost))
    .sort((a, b) => a.cost - b.cost || a.error - b.error);
  const front: Member[] = [];
  for (const member of sorted) {
    const last = front.at(-1);
    if (!last || member.error < (1 - LEAST_GAIN) * last.error) front.push(member);
  }
  return front;
}
