import { type DType, isDifferentiable } from "../dtype.ts";
import { InvalidInputError } from "../errors.ts";
import { multiply } from "../kernels/map/binary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { sum } from "../kernels/reduce/index.ts";
import { stridedView } from "../kernels/strided-view/index.ts";
import { type Shape, sizeOf, stridesOf } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { isSpread, parseEquation } from "./equation.ts";

/** A tensor with a label for each axis, no two the same. */
interface Labelled {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

type Extents = ReadonlyMap<string, number>;

/**
 * Sums of products in Einstein's notation, as NumPy's `einsum`: `einsum("bij,bjk->bik", a, b)` are matrix products. Labels that are not in the result are summed over; an ellipsis stands for
 * axes that broadcast; a label twice in a term takes the diagonal. Without an arrow the result has all labels that occur once, in alphabetical order.
 *
 * Two operands that are summed over become one batched matrix product, with axes brought into place where they are not, which also says how exact the sums are; more operands are multiplied from left to right.
 * Complex numbers are multiplied as they are, without conjugation.
 *
 * @param equation letters for axes, commas between operands.
 * @param operands at least one, all of one dtype, not bool. Of integers, all products are written down before they are summed.
 * @throws InvalidInputError when the equation is malformed or does not fit the operands, dtypes differ, or a label stands for different extents.
 */
export function einsum<D extends DType>(equation: string, ...operands: Tensor<D>[]): Tensor<D> {
  if (operands.length === 0) throw new InvalidInputError("einsum: operands", "at least one tensor", operands);
  const { operands: terms, output } = parseEquation(
    equation,
    operands.map(({ shape }) => shape),
  );
  const other = operands.find(({ dtype }) => dtype !== operands[0].dtype);
  if (other) throw new InvalidInputError("einsum: operands", `tensors of ${operands[0].dtype} (use cast)`, other.dtype);
  const extents = extentsOf(equation, terms, operands);
  return operands[0].device.scope(() => {
    const labelled = operands.map((tensor, index) => withoutRepeats({ tensor, labels: terms[index] }, extents));
    let product = labelled[0];
    for (const [index, factor] of labelled.slice(1).entries()) {
      const later = labelled.slice(index + 2).flatMap(({ labels }) => labels);
      product = contract(product, factor, output, new Set([...output, ...later]));
    }
    return arranged(summed(product, new Set(output)), output).alias();
  }) as Tensor<D>;
}

function extentsOf(equation: string, terms: readonly (readonly string[])[], operands: readonly Tensor[]): Extents {
  const extents = new Map<string, number>();
  for (const [index, labels] of terms.entries())
    for (const [axis, label] of labels.entries()) {
      const extent = operands[index].shape[axis];
      const known = extents.get(label) ?? (isSpread(label) ? 1 : extent);
      const broadcasts = isSpread(label) && (known === 1 || extent === 1);
      if (known !== extent && !broadcasts)
        throw new InvalidInputError(
          "einsum: operands",
          `one extent for ${isSpread(label) ? "each axis of the ellipsis" : label} in ${equation}`,
          operands.map(({ shape }) => shape),
        );
      extents.set(label, broadcasts ? known * extent : extent);
    }
  return extents;
}

/** Diagonals where a label is repeated, and without axes of an ellipsis along which the operand is to be repeated. */
function withoutRepeats({ tensor, labels }: Labelled, extents: Extents): Labelled {
  const kept = labels.filter((label, axis) => tensor.shape[axis] === extents.get(label));
  const distinct = [...new Set(kept)];
  if (distinct.length === labels.length) return { tensor, labels };
  const shape = distinct.map((label) => extents.get(label)!);
  if (kept.length === distinct.length) return { tensor: tensor.reshape(shape), labels: distinct };
  const own = stridesOf(tensor.shape);
  const strides = distinct.map((label) =>
    labels.reduce((total, each, axis) => total + (each === label ? own[axis] : 0), 0),
  );
  return { tensor: stridedView(tensor, { shape, offset: 0, strides }), labels: distinct };
}

/** Summed over all labels but those wanted. */
function summed({ tensor, labels }: Labelled, wanted: ReadonlySet<string>): Labelled {
  const axes = labels.map((_, axis) => axis).filter((axis) => !wanted.has(labels[axis]));
  if (axes.length === 0) return { tensor, labels };
  return { tensor: sum(tensor, { axes }), labels: labels.filter((label) => wanted.has(label)) };
}

/** The axes in the order of the labels. */
function arranged({ tensor, labels }: Labelled, order: readonly string[]): Tensor {
  if (sameLabels(labels, order)) return tensor;
  const extents = extentsIn({ tensor, labels });
  const own = stridesOf(tensor.shape);
  return stridedView(tensor, {
    shape: order.map((label) => extents.get(label)!),
    offset: 0,
    strides: order.map((label) => own[labels.indexOf(label)]),
  });
}

/** The product of two operands, summed over the labels that are not wanted any more. */
function contract(first: Labelled, second: Labelled, output: readonly string[], wanted: ReadonlySet<string>): Labelled {
  const a = summed(first, new Set([...second.labels, ...wanted]));
  const b = summed(second, new Set([...first.labels, ...wanted]));
  const shared = a.labels.filter((label) => b.labels.includes(label));
  const depth = shared.filter((label) => !wanted.has(label));
  // As in the result, so that it need not be arranged; what is not in the result at the end.
  const rank = (label: string) => (output.includes(label) ? output.indexOf(label) : output.length);
  const inOrder = (labels: readonly string[]) => [...labels].sort((x, y) => rank(x) - rank(y));
  const batch = inOrder(shared.filter((label) => wanted.has(label)));
  // There are no matrix products of integers.
  if (depth.length === 0 || !isDifferentiable(a.tensor.dtype))
    return summed(broadcastProduct(a, b, inOrder([...new Set([...a.labels, ...b.labels])])), wanted);
  const rows = inOrder(a.labels.filter((label) => !shared.includes(label)));
  const columns = inOrder(b.labels.filter((label) => !shared.includes(label)));
  // The operand whose own axes come first in the result gives the rows.
  if (rows.length > 0 && columns.length > 0 && rank(columns[0]) < rank(rows[0]))
    return matrixProduct(b, a, { batch, rows: columns, columns: rows, depth });
  return matrixProduct(a, b, { batch, rows, columns, depth });
}

function broadcastProduct(a: Labelled, b: Labelled, order: readonly string[]): Labelled {
  const aligned = ({ tensor, labels }: Labelled) => {
    const own = extentsIn({ tensor, labels });
    const present = order.filter((label) => labels.includes(label));
    return arranged({ tensor, labels }, present).reshape(order.map((label) => own.get(label) ?? 1));
  };
  return { tensor: multiply(aligned(a), aligned(b)), labels: order };
}

interface Groups {
  readonly batch: readonly string[];
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  readonly depth: readonly string[];
}

function matrixProduct(a: Labelled, b: Labelled, { batch, rows, columns, depth: unordered }: Groups): Labelled {
  // The order of the depth is free: one that lets an operand stay as it is, the larger one rather.
  const [larger, smaller] = a.tensor.size >= b.tensor.size ? [a, b] : [b, a];
  const orders = [larger, smaller].map(({ labels }) => labels.filter((label) => unordered.includes(label)));
  const isInPlace = ({ labels }: Labelled, own: readonly string[], depth: readonly string[]) =>
    sameLabels(labels, [...batch, ...own, ...depth]) || sameLabels(labels, [...batch, ...depth, ...own]);
  const ownOf = (operand: Labelled) => (operand === a ? rows : columns);
  const prefersOther = !isInPlace(larger, ownOf(larger), orders[0]) && isInPlace(smaller, ownOf(smaller), orders[1]);
  const depth = prefersOther ? orders[1] : orders[0];

  const aExtents = extentsIn(a);
  const bExtents = extentsIn(b);
  // Within a matrix the axes stay as they are where they can: blocks are moved faster than elements.
  const within = ({ labels }: Labelled) => labels.filter((label) => !batch.includes(label));
  const transposeA = rows.length > 0 && sameLabels(within(a), [...depth, ...rows]);
  const transposeB = columns.length > 0 && sameLabels(within(b), [...columns, ...depth]);
  const left = matrices(a, batch, transposeA ? [depth, rows] : [rows, depth]);
  const right = matrices(b, batch, transposeB ? [columns, depth] : [depth, columns]);
  const shape = [...batch, ...rows]
    .map((label) => aExtents.get(label)!)
    .concat(columns.map((label) => bExtents.get(label)!));
  return {
    tensor: matmul(left, right, { transposeA, transposeB }).reshape(shape),
    labels: [...batch, ...rows, ...columns],
  };
}

/** The operand as matrices over two groups of labels. */
function matrices(
  operand: Labelled,
  batch: readonly string[],
  groups: readonly [readonly string[], readonly string[]],
): Tensor {
  const extents = extentsIn(operand);
  const extentOf = (labels: readonly string[]) => sizeOf(labels.map((label) => extents.get(label)!));
  const shape: Shape = [...batch.map((label) => extents.get(label)!), ...groups.map(extentOf)];
  return arranged(operand, [...batch, ...groups[0], ...groups[1]]).reshape(shape);
}

function extentsIn({ tensor, labels }: Labelled): Extents {
  return new Map(labels.map((label, axis) => [label, tensor.shape[axis]]));
}

function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label, index) => label === b[index]);
}
