/**
 * Element `index` of a static table of T (f32 or f64) in every lane. Constants come from memory because engines build a splat literal
 * from three instructions at every use, while this is one load: exp is twice as fast for it.
 */
// @ts-ignore: decorator
@inline
export function constant<T extends number>(table: usize, index: usize): v128 {
  return sizeof<T>() == 4 ? v128.load32_splat(table + (index << 2)) : v128.load64_splat(table + (index << 3));
}
