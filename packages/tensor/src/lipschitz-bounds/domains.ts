/** Part of a box where some pre-activations have known signs: stage, neuron and sign (1 or −1), one after the other. */
export interface Domain {
  readonly output: number;
  readonly signs: readonly number[];
  /** Bound of the objective there. */
  readonly upper: number;
  /** The neuron to split next. */
  readonly split: readonly [stage: number, neuron: number];
}

/** Domains in the order of their bounds. */
export class DomainQueue {
  readonly #ascending: Domain[];

  constructor(domains: readonly Domain[]) {
    this.#ascending = domains.toSorted((a, b) => a.upper - b.upper);
  }

  get size(): number {
    return this.#ascending.length;
  }

  /** The largest bound. */
  get upper(): number {
    return this.#ascending.at(-1)?.upper ?? Number.NEGATIVE_INFINITY;
  }

  add(domain: Domain): void {
    let [first, last] = [0, this.#ascending.length];
    while (first < last) {
      const middle = (first + last) >>> 1;
      if (this.#ascending[middle].upper < domain.upper) first = middle + 1;
      else last = middle;
    }
    this.#ascending.splice(first, 0, domain);
  }

  /** Takes out the domains with the largest bounds, as many as asked for at most, all of one output. */
  take(count: number): Domain[] {
    const taken: Domain[] = [];
    while (taken.length < count && this.size > 0) {
      if (taken.length > 0 && this.#ascending.at(-1)!.output !== taken[0].output) break;
      taken.push(this.#ascending.pop()!);
    }
    return taken;
  }

  list(): readonly Domain[] {
    return this.#ascending.toReversed();
  }
}
