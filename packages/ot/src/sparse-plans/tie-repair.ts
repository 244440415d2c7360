import { openDevice } from "@ansatz/tensor";
import { ascend, HostDual } from "./ascent.ts";
import { planAt } from "./dual.ts";
import { type FlowArcs, minimumCostFlow } from "./min-cost-flow.ts";
import { type ColumnEntries, entriesOf, type SparsePlanSolution, solutionOf } from "./plan.ts";
import type { ColumnProblem } from "./problem.ts";

/** A k-sparse plan that meets the marginals where one was found. */
export interface RepairedPlan extends SparsePlanSolution {
  /** Scores α − c this far below the k-th of their column, in units of cost, were taken for tied with it. */
  readonly tieTolerance: number;
}

/** Tolerances that are tried, in ranges of cost: the least with which marginals can be met gives the plan nearest to optimal. */
const TOLERANCES = [1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1, 2];

/** Tolerances at which marginals can be met that are tried before the best plan is taken. */
const MOST_TRIES = 3;

/** Cost of moving mass, in ranges of cost. */
const MOVING = 1e-3;

/** Rounds in which columns that got too many entries lose the smallest. */
const MOST_ROUNDS = 60;

/** Mass that may stay where it is: what rounding leaves. */
const UNROUTED = 1e-12;

/** Costs of entries outside a support, in ranges of cost above the largest. */
const FORBIDDEN = 1e4;

const POLISHING_ITERATIONS = 1000;

/** Marginal violation above which a polished plan is not taken. */
const POLISHED = 1e-8;

/**
 * Rounds the plan of a dual with ties to one that is k-sparse and meets the marginals: a flow of least cost on the entries that are tied with the k-th of their column finds the supports, and the
 * regularized problem on these, which has no kinks, the masses.
 */
export async function repairTies(
  problem: ColumnProblem,
  rowPotential: Float64Array,
  entries: ColumnEntries,
  signal: AbortSignal | undefined,
): Promise<RepairedPlan> {
  let best: { plan: SparsePlanSolution; tolerance: number } | undefined;
  let triesLeft = MOST_TRIES;
  for (const share of TOLERANCES) {
    const tolerance = share * problem.costRange;
    const { entries: flow, unrouted } = sparseFlow(problem, tiedArcs(problem, rowPotential, entries, tolerance));
    const isMet = unrouted <= UNROUTED;
    const plan = isMet && !signal?.aborted ? await polished(problem, flow, entries, signal) : solutionOf(problem, flow);
    if (!best || isBetter(plan, best.plan)) best = { plan, tolerance };
    if (signal?.aborted || (isMet && --triesLeft === 0)) break;
  }
  const { plan, tolerance } = best!;
  return { ...plan, tieTolerance: tolerance };
}

/** Met marginals first, then the objective. */
function isBetter(plan: SparsePlanSolution, other: SparsePlanSolution): boolean {
  const [violation, otherViolation] = [plan, other].map(({ marginalViolation }) =>
    Math.max(marginalViolation, POLISHED),
  );
  return violation < otherViolation || (violation === otherViolation && plan.objective < other.objective);
}

/**
 * Arcs to each column from the rows whose scores are at least the k-th less the tolerance. Mass that the dual's plan has there may stay at no cost; other mass costs what it scores less than the
 * k-th, and a little for moving.
 */
function tiedArcs(
  problem: ColumnProblem,
  rowPotential: Float64Array,
  entries: ColumnEntries,
  tolerance: number,
): FlowArcs {
  const { rows, columns, costs, maximumEntries, costRange } = problem;
  const arcs: Arc[] = [];
  const offsets = new Int32Array(columns + 1);
  for (let column = 0; column < columns; column++) {
    const score = (row: number) => rowPotential[row] - costs[column * rows + row];
    const least = kthScore(problem, score);
    for (const [row, mass] of entriesOf(entries, column, maximumEntries)) arcs.push({ row, cost: 0, capacity: mass });
    for (let row = 0; row < rows; row++)
      if (score(row) >= least - tolerance)
        arcs.push({
          row,
          cost: MOVING * costRange + Math.max(0, least - score(row)),
          capacity: Number.POSITIVE_INFINITY,
        });
    offsets[column + 1] = arcs.length;
  }
  return flowArcs(offsets, arcs);
}

interface Arc {
  readonly row: number;
  readonly cost: number;
  readonly capacity: number;
}

function flowArcs(offsets: Int32Array, arcs: readonly Arc[]): FlowArcs {
  return {
    offsets,
    rows: Int32Array.from(arcs, ({ row }) => row),
    costs: Float64Array.from(arcs, ({ cost }) => cost),
    capacities: Float64Array.from(arcs, ({ capacity }) => capacity),
  };
}

function kthScore({ rows, maximumEntries }: ColumnProblem, score: (row: number) => number): number {
  return Float64Array.from({ length: rows }, (_, row) => -score(row)).sort()[maximumEntries - 1] * -1;
}

/** A flow with at most k entries a column. A column that got more loses the smallest, until none has or mass cannot be routed. */
function sparseFlow(problem: ColumnProblem, arcs: FlowArcs): { entries: ColumnEntries; unrouted: number } {
  const { rowMasses, columnMasses, maximumEntries } = problem;
  let allowed = arcs;
  for (let round = 0; ; round++) {
    const { flows, unrouted } = minimumCostFlow(rowMasses, columnMasses, allowed);
    const columns = columnMasses
      .keys()
      .map((column) => columnFlows(allowed, flows, column))
      .toArray();
    const surplus = columns.map((own) => own.slice(maximumEntries));
    const missing = surplus.flat().reduce((total, { mass }) => total + mass, unrouted);
    if (missing === unrouted || unrouted > UNROUTED || round === MOST_ROUNDS) {
      const kept = columns.map((own) => own.slice(0, maximumEntries));
      return { entries: entriesFrom(problem, allowed, kept), unrouted: missing };
    }
    allowed = without(
      allowed,
      surplus.map((own) => new Set(own.map(({ row }) => row))),
    );
  }
}

interface Flow {
  readonly row: number;
  readonly mass: number;
}

/** What a column gets from each row, the largest first. */
function columnFlows({ offsets, rows }: FlowArcs, flows: Float64Array, column: number): readonly Flow[] {
  const byRow = new Map<number, number>();
  for (let arc = offsets[column]; arc < offsets[column + 1]; arc++)
    if (flows[arc] > 0) byRow.set(rows[arc], (byRow.get(rows[arc]) ?? 0) + flows[arc]);
  return Array.from(byRow, ([row, mass]) => ({ row, mass })).sort((a, b) => b.mass - a.mass);
}

/** The arcs that do not begin in the rows dropped for their column. */
function without({ offsets, rows, costs, capacities }: FlowArcs, dropped: readonly ReadonlySet<number>[]): FlowArcs {
  const kept: Arc[] = [];
  const counts = new Int32Array(offsets.length);
  for (const [column, own] of dropped.entries()) {
    for (let arc = offsets[column]; arc < offsets[column + 1]; arc++)
      if (!own.has(rows[arc])) kept.push({ row: rows[arc], cost: costs[arc], capacity: capacities[arc] });
    counts[column + 1] = kept.length;
  }
  return flowArcs(counts, kept);
}

/** Flows as entries. What a column lacks, its largest entry gets, so that columns are exact and the violation shows in the rows. */
function entriesFrom(
  { columnMasses, maximumEntries }: ColumnProblem,
  { offsets, rows }: FlowArcs,
  flows: readonly (readonly Flow[])[],
): ColumnEntries {
  const masses = new Float64Array(columnMasses.length * maximumEntries);
  const indices = new Int32Array(masses.length);
  for (const [column, own] of flows.entries()) {
    const entries = own.length > 0 ? own : [{ row: rows[offsets[column]], mass: 0 }];
    const total = entries.reduce((sum, { mass }) => sum + mass, 0);
    for (const [position, { row, mass }] of entries.entries()) {
      masses[column * maximumEntries + position] = position === 0 ? mass + columnMasses[column] - total : mass;
      indices[column * maximumEntries + position] = row;
    }
  }
  return { masses, indices };
}

/** The best plan on the flow's support, filled up with the largest entries of the dual's plan, or the flow where that is not found. */
async function polished(
  problem: ColumnProblem,
  flow: ColumnEntries,
  entries: ColumnEntries,
  signal: AbortSignal | undefined,
): Promise<SparsePlanSolution> {
  const rounded = solutionOf(problem, flow);
  const smooth = solutionOf(problem, await polish(problem, flow, entries, signal));
  return isBetter(smooth, rounded) ? smooth : rounded;
}

/** Solves the regularized problem on a support. */
async function polish(
  problem: ColumnProblem,
  flow: ColumnEntries,
  entries: ColumnEntries,
  signal: AbortSignal | undefined,
): Promise<ColumnEntries> {
  const {
    rows,
    columns,
    costs,
    rowMasses,
    columnMasses,
    maximumEntries,
    regularization,
    regularizer,
    costRange,
    checked,
  } = problem;
  const masked = new Float64Array(costs.length).fill(checked.costMagnitude + FORBIDDEN * costRange);
  for (let column = 0; column < columns; column++) {
    const support = new Set<number>();
    for (const source of [flow, entries])
      for (const [row] of entriesOf(source, column, maximumEntries))
        if (support.size < maximumEntries) support.add(row);
    for (const row of support) masked[column * rows + row] = costs[column * rows + row];
  }
  await using device = await openDevice("cpu");
  using given = device.tensor(masked, [1, columns, rows]);
  using ofRows = device.tensor(rowMasses, [1, rows]);
  using ofColumns = device.tensor(columnMasses, [1, columns]);
  const options = { maximumEntries, regularizer, regularization, columnInput: "masses" } as const;
  const dual = new HostDual({ costs: given, rowMasses: ofRows, columnMasses: ofColumns, options });
  const { potentials } = await ascend(dual, new Float64Array(rows), {
    ...{ solver: "lbfgs", tolerance: POLISHED / (rows + columns) / 10, maximumIterations: POLISHING_ITERATIONS },
    ...{ memory: 10, subgradientIterations: 1, costRange, signal, onProgress: undefined },
  });
  return hostEntries(dual, potentials);
}

/** The plan at potentials, on the host. */
export async function hostEntries(dual: HostDual, potentials: Float64Array): Promise<ColumnEntries> {
  const { masses, indices } = dual.device.scope(() => {
    const plan = planAt(dual.problem, dual.tensorsOf(potentials));
    return { masses: plan.masses, indices: plan.indices };
  });
  try {
    return {
      masses: Float64Array.from((await masses.data()) as Float64Array),
      indices: Int32Array.from((await indices.data()) as Int32Array),
    };
  } finally {
    masses.dispose();
    indices.dispose();
  }
}
