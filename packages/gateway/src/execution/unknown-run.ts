/** The id of a run leads nowhere. */
export interface UnknownRun {
  readonly type: "UnknownRun";
  readonly id: string;
  readonly message: string;
  readonly path: readonly string[];
}

export function unknownRun(id: string): UnknownRun {
  return { type: "UnknownRun", id, message: `There is no run "${id}".`, path: ["id"] };
}
