import { type ListedWorkload, workloadName } from "./protocol.ts";

/** A workload of the head and what it is compared with. */
export interface MatchedWorkload {
  readonly base: ListedWorkload;
  readonly head: ListedWorkload;
  /** It has another name in the base. */
  readonly renamed: boolean;
}

export interface Matching {
  readonly matched: readonly MatchedWorkload[];
  /** In the head only. */
  readonly added: readonly ListedWorkload[];
  /** In the base only. */
  readonly removed: readonly ListedWorkload[];
}

/**
 * Finds what of two builds is the same work: equal names; then, of what is left, a case that declares the same beside its name in the same benchmark, or a benchmark of
 * another id with the same title and case. What could be more than one is nobody's new name.
 */
export function matchWorkloads(base: readonly ListedWorkload[], head: readonly ListedWorkload[]): Matching {
  const byName = new Map(base.map((each) => [workloadName(each), each]));
  const matched = head.flatMap((each) => {
    const old = byName.get(workloadName(each));
    return old ? [{ base: old, head: each, renamed: false }] : [];
  });
  const headNames = new Set(head.map(workloadName));
  let removed = base.filter((each) => !headNames.has(workloadName(each)));
  let added = head.filter((each) => !byName.has(workloadName(each)));
  for (const same of [sameCase, sameBenchmark]) {
    const pairs = removed.flatMap((old) => {
      const candidates = added.filter((each) => same(old, each));
      const rivals = removed.filter((each) => candidates.length === 1 && same(each, candidates[0]));
      return rivals.length === 1 ? [{ base: old, head: candidates[0], renamed: true }] : [];
    });
    matched.push(...pairs);
    removed = removed.filter((each) => pairs.every(({ base: old }) => old !== each));
    added = added.filter((each) => pairs.every(({ head: renamed }) => renamed !== each));
  }
  return { matched, added, removed };
}

function sameCase(a: ListedWorkload, b: ListedWorkload): boolean {
  // A case that declares nothing but its name cannot be known under another.
  const declares = a.declaration !== "{}";
  return declares && a.benchmark === b.benchmark && a.device === b.device && a.declaration === b.declaration;
}

function sameBenchmark(a: ListedWorkload, b: ListedWorkload): boolean {
  return a.title === b.title && a.case === b.case && a.device === b.device && a.declaration === b.declaration;
}
