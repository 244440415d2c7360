import { InvalidInputError } from "../errors.ts";
import { concatenate } from "../kernels/concatenate/index.ts";
import type { DeviceNetwork } from "./device-network.ts";
import type { Domain } from "./domains.ts";
import type { ForwardBounds } from "./forward-bounds.ts";
import { descendForm, devicesLines } from "./substitution.ts";
import type { Values } from "./values.ts";

/** Inputs up to which domains are looked at: the linear programs have as many rows. */
const MOST_INPUTS = 64;
/** Rounding of the host's check, relative to the numbers it adds up. */
const MARGIN = 1e-12;

/**
 * Which domains are proved to have no point: the signs asked for, each relaxed to a linear function of the input that is above it, cannot all be met in the box.
 * What a linear program finds is a combination of them that is negative everywhere; that it is, is checked with a margin for rounding, so the proof does not rest on the program's arithmetic.
 */
export async function infeasibleDomains(
  on: DeviceNetwork,
  forward: ForwardBounds,
  domains: readonly Pick<Domain, "signs">[],
): Promise<boolean[]> {
  const { inputs } = on.network;
  if (inputs > MOST_INPUTS) return domains.map(() => false);
  const constraints: Constraint[][] = domains.map(() => []);
  for (let stage = 0; stage < on.hidden; stage++) {
    const signed = domains.map(({ signs }) => signedNeurons(signs, stage));
    const most = Math.max(...signed.map((each) => each.length));
    if (most === 0) continue;
    const neurons = on.maps[stage].stage.outputs;
    const rows = new Float64Array(domains.length * most * neurons);
    for (const [domain, each] of signed.entries())
      for (const [row, { neuron, sign }] of each.entries()) rows[(domain * most + row) * neurons + neuron] = sign;
    const forms = await on.read(() => {
      const start = on.maps[stage].applyTransposed(on.device.tensor(rows, [domains.length, most, neurons], on.dtype));
      const form = descendForm(
        on,
        stage - 1,
        { rows: start, constant: undefined },
        devicesLines(on, forward.lines.slice(0, stage), domains.length),
      );
      const constant = form.constant ?? on.device.zeros([domains.length, most], on.dtype);
      return concatenate([form.rows!, constant.reshape([domains.length, most, 1])], { axis: 2 });
    });
    for (const [domain, each] of signed.entries())
      for (const [row, { neuron, sign }] of each.entries()) {
        const at = (domain * most + row) * (inputs + 1);
        const constant =
          forms[at + inputs] + sign * on.maps[stage].bias[neuron] + forward.errors[stage][domain * neurons + neuron];
        constraints[domain].push({ row: forms.subarray(at, at + inputs), constant });
      }
  }
  const { lower, upper } = forward.input;
  return constraints.map((each, domain) => {
    const slice = (values: Values) => values.subarray(domain * inputs, (domain + 1) * inputs);
    return each.length > 1 && isInfeasible(each.map((one) => inBox(one, slice(lower), slice(upper))));
  });
}

/** row · x + constant ≥ 0. */
interface Constraint {
  readonly row: Values;
  readonly constant: number;
}

function signedNeurons(signs: readonly number[], stage: number) {
  const found: { readonly neuron: number; readonly sign: number }[] = [];
  for (let k = 0; k < signs.length; k += 3)
    if (signs[k] === stage) found.push({ neuron: signs[k + 1], sign: signs[k + 2] });
  return found;
}

/** The constraint in coordinates in which the box is [−1, 1] along every axis. */
function inBox({ row, constant }: Constraint, lower: Values, upper: Values): Constraint {
  const middle = row.reduce((sum, value, index) => sum + (value * (lower[index] + upper[index])) / 2, constant);
  return { row: row.map((value, index) => (value * (upper[index] - lower[index])) / 2), constant: middle };
}

/** Whether a combination of the constraints with weights ≥ 0 is proved negative everywhere in [−1, 1]ⁿ. */
export function isInfeasible(constraints: readonly Constraint[]): boolean {
  if (constraints.length === 0) throw new InvalidInputError("constraints", "one or more", "none");
  const weights = bestWeights(constraints);
  const inputs = constraints[0].row.length;
  const sums = new Float64Array(inputs);
  let largest = 0;
  let size = 0;
  for (const [index, { row, constant }] of constraints.entries()) {
    const weight = Math.max(0, weights[index]);
    largest += weight * constant;
    size += weight * Math.abs(constant);
    for (let input = 0; input < inputs; input++) {
      sums[input] += weight * row[input];
      size += weight * Math.abs(row[input]);
    }
  }
  for (const sum of sums) largest += Math.abs(sum);
  return largest + MARGIN * size < 0;
}

/**
 * Weights y ≥ 0 with sum 1 that make the largest value of Σ yⱼ (rowⱼ · x + constantⱼ) over [−1, 1]ⁿ least: the linear program min constantᵀ y + Σ (p + q), rowsᵀ y − p + q = 0, by the
 * simplex method from the vertex of the first constraint. It ends early when the value is negative.
 */
function bestWeights(constraints: readonly Constraint[]): Float64Array {
  const count = constraints.length;
  const inputs = constraints[0].row.length;
  const width = count + 2 * inputs + 1;
  const costs = new Float64Array(width);
  for (const [index, { constant }] of constraints.entries()) costs[index] = constant;
  costs.fill(1, count, count + 2 * inputs);
  const basis: number[] = [];
  const tableau: Float64Array[] = [];
  const first = constraints[0].row;
  for (let input = 0; input < inputs; input++) {
    // The equation minus that multiple of the sum's that takes the first weight out, with a sign that makes the right side positive.
    const sign = first[input] > 0 ? -1 : 1;
    const row = new Float64Array(width);
    for (const [index, each] of constraints.entries()) row[index] = sign * (each.row[input] - first[input]);
    row[count + input] = -sign;
    row[count + inputs + input] = sign;
    row[width - 1] = Math.abs(first[input]);
    tableau.push(row);
    basis.push(sign === 1 ? count + inputs + input : count + input);
  }
  tableau.push(Float64Array.from({ length: width }, (_, index) => Number(index < count || index === width - 1)));
  basis.push(0);
  const reduced = costs.slice();
  for (const [row, basic] of basis.entries())
    for (let column = 0; column < width; column++) reduced[column] -= costs[basic] * tableau[row][column];
  // The last of the reduced costs is minus the objective.
  for (let step = 0; step < 20 * (inputs + count) && reduced[width - 1] <= 0; step++) {
    const entering = enteringColumn(reduced, step > 4 * (inputs + count));
    if (entering === undefined) break;
    const leaving = leavingRow(tableau, basis, entering);
    if (leaving === undefined) break;
    pivot(tableau, reduced, leaving, entering);
    basis[leaving] = entering;
  }
  const weights = new Float64Array(count);
  for (const [row, basic] of basis.entries()) if (basic < count) weights[basic] = tableau[row][width - 1];
  return weights;
}

const SMALL = 1e-11;

/** The steepest column, or, against cycles, the first that helps. */
function enteringColumn(reduced: Float64Array, takeFirst: boolean): number | undefined {
  let best: number | undefined;
  for (let column = 0; column < reduced.length - 1; column++)
    if (reduced[column] < -SMALL && (best === undefined || reduced[column] < reduced[best])) {
      best = column;
      if (takeFirst) break;
    }
  return best;
}

function leavingRow(tableau: readonly Float64Array[], basis: readonly number[], entering: number): number | undefined {
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const [row, values] of tableau.entries()) {
    if (values[entering] <= SMALL) continue;
    const ratio = values[values.length - 1] / values[entering];
    if (ratio < least || (ratio === least && best !== undefined && basis[row] < basis[best])) {
      least = ratio;
      best = row;
    }
  }
  return best;
}

function pivot(tableau: readonly Float64Array[], reduced: Float64Array, leaving: number, entering: number): void {
  const own = tableau[leaving];
  const scale = 1 / own[entering];
  for (let column = 0; column < own.length; column++) own[column] *= scale;
  for (const row of [...tableau, reduced]) {
    const factor = row[entering];
    if (row === own || factor === 0) continue;
    for (let column = 0; column < own.length; column++) row[column] -= factor * own[column];
  }
}
