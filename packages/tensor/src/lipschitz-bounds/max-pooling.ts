import { InvalidInputError } from "../errors.ts";
import { sizeOf } from "../shape.ts";
import type { WeightedStep } from "./network.ts";
import type { Values } from "./values.ts";

interface PoolingStage {
  readonly map: Extract<WeightedStep, { readonly kind: "convolution" }>;
  /** Of the numbers below 0 after it; none after the last. */
  readonly slopes: Values | undefined;
}

/**
 * Max-pooling as grouped convolutions with ReLUs between: the numbers of a window are compared in pairs, max(a, b) = b + relu(a − b), then the winners, until one is left.
 * The chain rule through it gives exactly the Clarke Jacobian's convex combinations of the window's members.
 *
 * @param shape [channels, ...spatial].
 * @throws InvalidInputError when the window is larger than the input.
 */
export function poolingStages(
  shape: readonly number[],
  window: readonly number[],
  stride: readonly number[],
  argument: string,
): { readonly stages: readonly PoolingStage[]; readonly shape: readonly number[] } {
  const [channels, ...extents] = shape;
  if (window.some((extent, axis) => extent > extents[axis]))
    throw new InvalidInputError(`${argument}.window`, `at most [${extents}], the input`, window);
  const result = extents.map((extent, axis) => Math.floor((extent - window[axis]) / stride[axis]) + 1);
  const stages: PoolingStage[] = [];
  let inputShape: readonly number[] = shape;
  let members = identity(sizeOf(window));
  let filterWindow = window;
  let filterStride = stride;
  while (true) {
    const isLast = members.length === 1;
    const { rows, slopes } = isLast ? { rows: members, slopes: [] } : comparePairs(members);
    const outputShape = [channels * rows.length, ...result];
    const perChannel = rows.flat();
    stages.push({
      map: {
        kind: "convolution",
        filter: Float64Array.from(
          { length: channels * perChannel.length },
          (_, index) => perChannel[index % perChannel.length],
        ),
        inputShape,
        outputShape,
        filterShape: [channels * rows.length, inputShape[0] / channels, ...filterWindow],
        stride: filterStride,
        padding: window.map(() => [0, 0] as const),
        groups: channels,
      },
      slopes: isLast ? undefined : slopesOf(slopes, channels, sizeOf(result)),
    });
    if (isLast) return { stages, shape: [channels, ...result] };
    inputShape = outputShape;
    members = joinPairs(rows.length);
    filterWindow = window.map(() => 1);
    filterStride = window.map(() => 1);
  }
}

/** Rows (a − b, b) for each pair of members, and a last one that has no partner; a difference goes through a ReLU, the others stay. */
function comparePairs(members: readonly (readonly number[])[]) {
  const rows: (readonly number[])[] = [];
  const slopes: number[] = [];
  for (let first = 0; first < members.length; first += 2) {
    const [a, b] = [members[first], members[first + 1]];
    if (b) {
      rows.push(
        a.map((value, index) => value - b[index]),
        b,
      );
      slopes.push(0, 1);
    } else {
      rows.push(a);
      slopes.push(1);
    }
  }
  return { rows, slopes };
}

/** Rows that add what `comparePairs` took apart. */
function joinPairs(count: number): number[][] {
  const unit = identity(count);
  return Array.from({ length: Math.ceil(count / 2) }, (_, pair) =>
    unit[2 * pair].map((value, index) => value + (unit[2 * pair + 1]?.[index] ?? 0)),
  );
}

function slopesOf(slopes: readonly number[], channels: number, positions: number): Values {
  return Float64Array.from(
    { length: channels * slopes.length * positions },
    (_, index) => slopes[Math.floor(index / positions) % slopes.length],
  );
}

function identity(size: number): number[][] {
  return Array.from({ length: size }, (_, row) => Array.from({ length: size }, (_, column) => Number(row === column)));
}
