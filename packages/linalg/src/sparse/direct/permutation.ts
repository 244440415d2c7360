/** Which place each number has in an order: the inverse permutation. −1 for numbers that do not occur. */
export function positionsIn(order: ArrayLike<number>, size = order.length): Int32Array<ArrayBuffer> {
  const positions = new Int32Array(size).fill(-1);
  for (let position = 0; position < order.length; position++) positions[order[position]] = position;
  return positions;
}
