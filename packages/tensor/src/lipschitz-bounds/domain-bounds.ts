import type { DeviceNetwork } from "./device-network.ts";
import type { Domain } from "./domains.ts";
import { infeasibleDomains } from "./feasibility.ts";
import { type ForwardBounds, forwardBounds } from "./forward-bounds.ts";
import { boundForms, type GradientBounds, gradientBounds } from "./jacobian-bounds.ts";
import { gradientNorms, type PerturbationNorm } from "./norms.ts";
import type { Interval } from "./substitution.ts";
import type { Values } from "./values.ts";

/** What is bounded: the dual norm of an output's gradient, or its derivative in one input times 1 or −1. */
export type Objective =
  | { readonly kind: "norm"; readonly norm: PerturbationNorm }
  | { readonly kind: "derivative"; readonly input: number; readonly sign: 1 | -1 };

/** Which unstable neuron a domain is split at, see `branchAndBound`. */
export type Branching = "area" | "babsr" | "width";

/** How domains are bounded, the same for all of a run. */
export interface DomainBounding {
  readonly box: Interval;
  readonly objective: Objective;
  readonly branching: Branching;
  /** Bounds of the whole box. */
  readonly root: ForwardBounds;
  /** Whether the box's forward bounds are only cut at the signs, not propagated again. */
  readonly keepForwardBounds: boolean;
  readonly discardInfeasible: boolean;
  /** Sums of the absolute weights that reach each neuron of each hidden stage. */
  readonly weightSums: readonly Values[];
}

/** Bounds of domains of one output. Undefined where there is no point; without a neuron to split where none is unstable. */
export type BoundedDomain =
  | { readonly upper: number; readonly split: readonly [number, number] | undefined }
  | undefined;

export async function boundDomains(
  on: DeviceNetwork,
  domains: readonly Pick<Domain, "signs">[],
  output: number,
  bounding: DomainBounding,
): Promise<BoundedDomain[]> {
  const { box, objective, root, keepForwardBounds, discardInfeasible } = bounding;
  const count = domains.length;
  const repeated = repeatInterval(box, count);
  const known = root.preactivations.map((each) => repeatInterval(each, count));
  const signs = signArrays(on, domains);
  const forward = await forwardBounds(on, repeated, count, { signs, known, keepKnown: keepForwardBounds });
  const { bounds, upper, coefficients } = await boundObjective(on, forward, output, objective);
  const infeasible = discardInfeasible ? await infeasibleDomains(on, forward, domains) : [];
  return domains.map((_, index) => {
    if (forward.isEmpty[index] || infeasible[index]) return undefined;
    return { upper: upper[index], split: chooseNeuron(on, { forward, bounds, coefficients }, index, bounding) };
  });
}

/** Bounds of the objective in each box, for one output. */
async function boundObjective(
  on: DeviceNetwork,
  forward: ForwardBounds,
  output: number,
  objective: Objective,
): Promise<{ readonly bounds: GradientBounds; readonly upper: Values; readonly coefficients: readonly Values[] }> {
  if (objective.kind === "norm") {
    const bounds = await gradientBounds(on, forward, [output], "linear");
    const { norms, coefficients } = await gradientNorms(on, bounds, objective.norm, "linear", true);
    return { bounds, upper: norms, coefficients };
  }
  const bounds = await gradientBounds(on, forward, [output], "linear", { inputs: "interval" });
  const { inputs } = on.network;
  const rows = new Float64Array(bounds.cases * inputs);
  for (let each = 0; each < bounds.cases; each++) rows[each * inputs + objective.input] = objective.sign;
  const form = { rows, constants: new Float64Array(bounds.cases) };
  return { bounds, ...(await boundForms(on, bounds, form, true)) };
}

interface Evaluated {
  readonly forward: ForwardBounds;
  readonly bounds: GradientBounds;
  /** On the products of each stage. */
  readonly coefficients: readonly Values[];
}

/** The unstable neuron with the largest score. */
function chooseNeuron(
  on: DeviceNetwork,
  { forward, bounds, coefficients }: Evaluated,
  domain: number,
  { branching, weightSums }: DomainBounding,
): readonly [stage: number, neuron: number] | undefined {
  let best: readonly [number, number] | undefined;
  let most = Number.NEGATIVE_INFINITY;
  for (let stage = 0; stage < on.hidden; stage++) {
    const neurons = on.maps[stage].stage.outputs;
    const { lower: least, upper: largest } = forward.slopes[stage];
    for (let neuron = 0; neuron < neurons; neuron++) {
      const index = domain * neurons + neuron;
      if (least[index] === largest[index]) continue;
      const gradient = [bounds.gradients[stage + 1].lower[index], bounds.gradients[stage + 1].upper[index]] as const;
      const z = [forward.preactivations[stage].lower[index], forward.preactivations[stage].upper[index]] as const;
      const score =
        branching === "width"
          ? Math.min(z[1], -z[0]) * weightSums[stage][neuron]
          : gradientScore(branching, Math.abs(coefficients[stage][index]) * (largest[index] - least[index]), gradient);
      if (score <= most) continue;
      most = score;
      best = [stage, neuron];
    }
  }
  return best;
}

/** "area": of the product's relaxation, as far as the bound feels it; "babsr": the constant that it adds to the bound. */
function gradientScore(
  branching: "area" | "babsr",
  coefficient: number,
  [lower, upper]: readonly [number, number],
): number {
  if (branching === "area") return 2 * coefficient * (upper * Math.abs(upper) - lower * Math.abs(lower)) + 1;
  return lower < 0 && upper > 0 ? (-coefficient * lower * upper) / (upper - lower) : 0;
}

function signArrays(on: DeviceNetwork, domains: readonly Pick<Domain, "signs">[]): Int8Array[] {
  const arrays = on.maps.slice(0, -1).map(({ stage }) => new Int8Array(domains.length * stage.outputs));
  for (const [index, { signs }] of domains.entries())
    for (let k = 0; k < signs.length; k += 3) {
      const [stage, neuron, sign] = signs.slice(k, k + 3);
      arrays[stage][index * on.maps[stage].stage.outputs + neuron] = sign;
    }
  return arrays;
}

function repeatInterval({ lower, upper }: Interval, times: number): Interval {
  const repeat = (values: Values) =>
    Float64Array.from({ length: values.length * times }, (_, index) => values[index % values.length]);
  return { lower: repeat(lower), upper: repeat(upper) };
}
