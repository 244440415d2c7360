/** First unit of a share, `units` being cut in `slots` shares. */
// @ts-ignore: decorator
@inline
export function firstUnit(units: usize, slot: usize, slots: usize): usize {
  return <usize>(<u64>units * slot / slots);
}
