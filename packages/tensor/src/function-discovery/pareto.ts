/** The paper's two fitnesses of a candidate; both are maximised. */
export type Fitness = readonly [number, number];

/** Whether a is nowhere worse than b, and somewhere better. */
export function dominates(a: Fitness, b: Fitness): boolean {
  return a[0] >= b[0] && a[1] >= b[1] && (a[0] > b[0] || a[1] > b[1]);
}

/** Indices in fronts: the first is dominated by nobody, the second only by the first, and so on; each in the order given. */
export function nonDominatedFronts(fitnesses: readonly Fitness[]): number[][] {
  const dominated = fitnesses.map((a) => fitnesses.flatMap((b, index) => (dominates(a, b) ? [index] : [])));
  const remaining = new Array<number>(fitnesses.length).fill(0);
  for (const indices of dominated) for (const index of indices) remaining[index]++;
  const fronts: number[][] = [];
  let front = Array.from(fitnesses.keys()).filter((index) => remaining[index] === 0);
  while (front.length > 0) {
    fronts.push(front);
    const next: number[] = [];
    for (const index of front) for (const other of dominated[index]) if (--remaining[other] === 0) next.push(other);
    front = next.sort((a, b) => a - b);
  }
  return fronts;
}

/** How far each member's neighbours in the front are, summed over fitnesses in shares of the front's range; the ends of the front get 2. */
export function crowdingDistances(fitnesses: readonly Fitness[]): number[] {
  const distances = new Array<number>(fitnesses.length).fill(0);
  const ends = new Set<number>();
  for (const objective of [0, 1] as const) {
    const order = Array.from(fitnesses.keys()).sort((a, b) => fitnesses[a][objective] - fitnesses[b][objective]);
    const [lowest, highest] = [fitnesses[order[0]], fitnesses[order.at(-1)!]];
    ends.add(order[0]).add(order.at(-1)!);
    const range = highest[objective] - lowest[objective] || 1;
    for (let place = 1; place + 1 < order.length; place++)
      distances[order[place]] +=
        (fitnesses[order[place + 1]][objective] - fitnesses[order[place - 1]][objective]) / range;
  }
  for (const end of ends) distances[end] = 2;
  return distances;
}

/** A band [minimum, maximum) of a fitness. */
type FitnessLimits = readonly [minimum: number, maximum: number];

/** @see selectParents */
export interface SelectionOptions {
  /** Whether, within a front, candidates with fewer neighbours go first. */
  readonly crowding: boolean;
  /** Bands outside of which candidates are not selected, per fitness. */
  readonly limits?: readonly [FitnessLimits | undefined, FitnessLimits | undefined];
}

/**
 * NSGA-II's choice: indices of up to `count` candidates, front by front; within a front the least crowded first, or in the order given.
 * Candidates outside the limits are taken only where nobody is inside.
 */
export function selectParents(
  fitnesses: readonly Fitness[],
  count: number,
  { crowding, limits }: SelectionOptions,
): number[] {
  const isInside = (fitness: Fitness) =>
    fitness.every((value, objective) => {
      const band = limits?.[objective];
      return !band || (value >= band[0] && value < band[1]);
    });
  const all = Array.from(fitnesses.keys());
  const inside = all.filter((index) => isInside(fitnesses[index]));
  const candidates = inside.length > 0 ? inside : all;
  const chosen: number[] = [];
  for (const front of nonDominatedFronts(candidates.map((index) => fitnesses[index]))) {
    if (chosen.length >= count) break;
    const members = front.map((place) => candidates[place]);
    const distances = crowding ? crowdingDistances(members.map((index) => fitnesses[index])) : [];
    const order = Array.from(members.keys());
    if (crowding) order.sort((a, b) => distances[b] - distances[a]);
    chosen.push(...order.map((place) => members[place]));
  }
  return chosen.slice(0, count);
}
