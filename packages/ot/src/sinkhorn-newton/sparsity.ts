import { InvalidInputError } from "@ansatz/tensor";
import type { PlanEvaluation, Selection } from "../device-problem.ts";
import { BINS, lowerEdgeOf } from "../kernels/plan-marginals/histogram.ts";

/**
 * How many entries of the plan the Hessian keeps.
 *
 * - `"adaptive"`: as few as drop at most a hundredth of the marginal error, but never more than 5 % or fewer than 10⁻¹² of the mass. The closer to the
 *   solution, the more are kept, which makes convergence superlinear.
 * - `{ fraction }`: the paper's λ, a fixed share in (0, 1]; the paper uses 2/n where transport is nearly an assignment and 15/n where solutions are not unique.
 */
export type Sparsity = "adaptive" | { readonly fraction: number };

/** Share of the marginal error that may be dropped; a half, where steps are still inexact enough to converge linearly, takes up to twice the steps. */
const DROPPED_SHARE_OF_ERROR = 0.01;
const LARGEST_DROPPED_MASS = 0.05;
const SMALLEST_DROPPED_MASS = 1e-12;

/** @throws InvalidInputError */
export function checkSparsity(sparsity: Sparsity): void {
  if (sparsity === "adaptive") return;
  const fraction = sparsity?.fraction;
  if (!(fraction > 0 && fraction <= 1))
    throw new InvalidInputError("options.sparsity", '"adaptive" or { fraction } in (0, 1]', sparsity);
}

/** The entries to keep at this point; undefined when none is worth keeping, since all are smaller than 10⁻²⁷. */
export function selectEntries(sparsity: Sparsity, at: PlanEvaluation, entries: number): Selection | undefined {
  if (sparsity !== "adaptive") return { count: Math.ceil(sparsity.fraction * entries) };
  const allowed = Math.max(SMALLEST_DROPPED_MASS, Math.min(LARGEST_DROPPED_MASS, DROPPED_SHARE_OF_ERROR * at.error));
  // Bin by bin from the smallest entries; an entry weighs at most what the upper edge of its bin does.
  let dropped = 0;
  let kept = entries - at.histogram[0];
  let bin = 1;
  for (; bin < BINS; bin++) {
    dropped += at.histogram[bin] * Math.exp(lowerEdgeOf(bin + 1));
    if (dropped > allowed) break;
    kept -= at.histogram[bin];
  }
  return kept > 0 && bin < BINS ? { threshold: lowerEdgeOf(bin), count: kept } : undefined;
}
