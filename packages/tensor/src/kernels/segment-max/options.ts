export interface SegmentMaxOptions {
  /** Number of segments. */
  readonly segments: number;
  /** The caller's word that the ids are in ascending order. */
  readonly sorted: boolean;
}
