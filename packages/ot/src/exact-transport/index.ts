import { type Device, InvalidInputError, openDevice, type Tensor } from "@ansatz/tensor";
import { networkSimplexKernel } from "../kernels/network-simplex/index.ts";
import { type CheckedTransport, checkTransport, type UnregularizedProblem, type ZeroMass } from "../problem.ts";
import type { HistoryEntry, StopReason, TransportResult } from "../transport-result.ts";
import { treeResult } from "./result.ts";
import { startingTree, type TransportTree } from "./starting-tree.ts";
import { wholeMasses } from "./whole-masses.ts";

export interface ExactTransportOptions {
  /** A cpu device to compute on. Default: one that is opened and closed inside. */
  readonly device?: Device;
  /** What to do with masses of zero. Default `"remove"`: they get no mass, and potentials that satisfy all constraints. */
  readonly zeroMass?: ZeroMass;
  /** Default: 1000 (m + n); random problems take some 5 (m + n). */
  readonly maximumPivots?: number;
  /** Stops the solve; the result then has reason `"aborted"`, and its plan is feasible but not the cheapest. */
  readonly signal?: AbortSignal;
  /** Called after every thousand pivots. */
  readonly onProgress?: (entry: HistoryEntry) => void;
}

/** Pivots between looks at the signal: some milliseconds at n = 1000. */
const PIVOTS_PER_CALL = 1000;

/** Arcs that are priced per pivot, as a multiple of the root of their number. */
const BLOCK = 1;

/**
 * Solves optimal transport without regularization, min ⟨C, P⟩, by the network simplex method: an optimal plan with at most m + n − 1 entries, potentials that prove it
 * optimal (xᵢ + yⱼ ≤ Cᵢⱼ, with equality where the plan has mass), and its cost to rounding.
 *
 * Choose it for the truth to compare with, for plans that assign, and up to some thousand points; time grows somewhat faster than m · n, and on one thread.
 * Costs between points are stored: it needs memory for m · n numbers. Float64 on the cpu; there is no other device for it.
 *
 * Of the result, `regularization` is 0, `marginalError` that of the plan's rounding, and the `error` of the history the largest violation of a dual constraint, in units of cost.
 *
 * @throws InvalidInputError naming the argument (and index) at fault: masses that are negative or do not sum to 1, costs that are not finite, shapes that do not fit;
 * UnsupportedError for a device other than the cpu.
 */
export async function exactTransport(
  problem: UnregularizedProblem,
  options: ExactTransportOptions = {},
): Promise<TransportResult> {
  const { maximumPivots } = options;
  if (maximumPivots !== undefined && !(Number.isInteger(maximumPivots) && maximumPivots >= 0))
    throw new InvalidInputError("options.maximumPivots", "an integer ≥ 0", maximumPivots);
  const checked = await checkTransport(problem, options.zeroMass ?? "remove");
  const device = options.device ?? (await openDevice("cpu", { threads: 1 }));
  try {
    return await solve(device, checked, options);
  } finally {
    if (!options.device) await device.dispose();
  }
}

async function solve(
  device: Device,
  problem: CheckedTransport,
  { signal, onProgress, maximumPivots = 1000 * (problem.rows + problem.columns) }: ExactTransportOptions,
): Promise<TransportResult> {
  const { rows, columns, marginals } = problem;
  const costs = Float64Array.from(problem.cost);
  const masses = wholeMasses(marginals.subarray(0, rows), marginals.subarray(rows));
  const blockRows = Math.max(1, Math.round((BLOCK * Math.sqrt(rows * columns)) / columns));
  using cost = device.tensor(costs, [rows, columns], "float64");
  let tree = startingTree(costs, ...masses);
  let potentials = new Float64Array(rows + columns);
  let firstRow = 0;
  let pivots = 0;
  let reason: StopReason = "aborted";
  const history: HistoryEntry[] = [];
  do {
    const allowed = Math.min(PIVOTS_PER_CALL, maximumPivots - pivots);
    const call = await improve(cost, tree, { maximumPivots: allowed, firstRow, blockRows });
    ({ tree, potentials, firstRow } = call);
    pivots += call.pivots;
    const entry = { iteration: history.length + 1, kind: "simplex", error: call.violation, regularization: 0 } as const;
    history.push(entry);
    onProgress?.(entry);
    // Potentials gather rounding errors from pivot to pivot: only a tree that fresh ones cannot improve is optimal.
    if (call.pivots === 0 && allowed > 0) reason = "converged";
    else if (pivots >= maximumPivots) reason = "iteration-limit";
    else {
      // Lets the event loop run, where the one that aborts may wait.
      await new Promise<void>((resolve) => (globalThis.setImmediate ?? setTimeout)(resolve));
      continue;
    }
    break;
  } while (!signal?.aborted);
  return treeResult(problem, tree, potentials, { reason, history, pivots });
}

async function improve(
  cost: Tensor,
  { parents, flows }: TransportTree,
  options: Parameters<typeof networkSimplexKernel.run>[1],
) {
  const { device } = cost;
  const outputs = device.scope(() =>
    networkSimplexKernel.run(
      [cost, device.tensor(parents, [parents.length], "int32"), device.tensor(flows, [flows.length], "float64")],
      options,
    ),
  );
  try {
    const [newParents, newFlows, potentials, [violation, pivots, firstRow]] = (await Promise.all(
      outputs.map((output) => output.data()),
    )) as unknown as [Int32Array<ArrayBuffer>, ...Float64Array<ArrayBuffer>[]];
    return { tree: { parents: newParents, flows: newFlows }, potentials, violation, pivots, firstRow };
  } finally {
    for (const output of outputs) output.dispose();
  }
}
