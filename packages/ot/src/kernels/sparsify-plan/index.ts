import {
  defineKernel,
  InvalidInputError,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
} from "@ansatz/tensor";
import { checkFloats, planExtents, referenceLogPlan } from "../log-plan/log-plan.ts";
import { planCase, randomPlanCase } from "../log-plan/plan-case.ts";
import { sparsifyCpu } from "./cpu.ts";
import type { SparsifyOptions } from "./options.ts";
import { sparsifyTensorFlow } from "./tensorflow.ts";
import { sparsifyWebGpu } from "./webgpu.ts";

export type { SparsifyOptions } from "./options.ts";

/**
 * The largest entries of the plan as a sparse matrix, by rows and by columns.
 *
 * Inputs: cost `[m, n]`; potentials `[parts, m + n]`; threshold of log P `[1]`; ties `[1]` int32. Kept are all entries above the threshold and, in row-major order,
 * the first `ties` of those equal to it; at most `capacity`.
 * Outputs: offsets int32 `[m + 1 + n + 1]`, where each row begins in the lists and the last ends, then where each column does; indices int32 `[2, capacity]`,
 * the columns of the entries row by row, then the rows of the entries column by column, both ascending; the entries of P in either order `[2, capacity]`.
 * Unused room is zero.
 */
export const sparsifyKernel = defineKernel<SparsifyOptions>({
  name: "sparsify-plan",
  summary: "Collects the entries of an entropic transport plan above a threshold, by rows and by columns.",
  infer,
  cost(inputs, options) {
    const { rows, columns, dtype } = planExtents("sparsify-plan", inputs, options);
    const bytes = dtype === "float32" ? 4 : 8;
    return {
      flops: 4 * rows * columns + options.capacity,
      bytes: bytes * (rows * columns + 2 * (rows + columns)) + 2 * options.capacity * (bytes + 4),
    };
  },
  reference,
  cpu: sparsifyCpu,
  webgpu: sparsifyWebGpu,
  tensorflow: sparsifyTensorFlow,
  cases,
  randomCase(random) {
    const dtype = random.pick(["float32", "float64"] as const);
    const [rows, columns] = [random.integer(1, 60), random.integer(1, 60)];
    return sparsifyCase(
      `${dtype} [${rows}, ${columns}]`,
      randomPlanCase(random, dtype, rows, columns),
      random.integer(1, rows * columns),
      random.integer(0, 3),
    );
  },
  // log P is exact in these cases, and which entries are kept with it; exp is within 1 ulp (WGSL: 3 + 2 |x| of them).
  tolerance(dtype) {
    if (dtype === "int32") return { relative: 0, absolute: 0 };
    return dtype === "float32" ? { relative: 1e-5, absolute: 1e-37 } : { relative: 1e-15, absolute: 0 };
  },
});

function infer(inputs: readonly TensorSpec[], options: SparsifyOptions): readonly TensorSpec[] {
  const { rows, columns, dtype } = planExtents("sparsify-plan", inputs, options);
  checkFloats("sparsify-plan", "threshold", inputs[2], dtype, [1]);
  checkFloats("sparsify-plan", "ties", inputs[3], "int32", [1]);
  const { capacity } = options;
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > rows * columns)
    throw new InvalidInputError("sparsify-plan: capacity", `an integer from 1 to ${rows * columns}`, capacity);
  return [
    { shape: [rows + columns + 2], dtype: "int32" },
    { shape: [2, capacity], dtype: "int32" },
    { shape: [2, capacity], dtype },
  ];
}

interface Entry {
  readonly row: number;
  readonly column: number;
  readonly mass: number;
}

function reference(inputs: readonly ReferenceArray[], options: SparsifyOptions): readonly ReferenceArray[] {
  const [cost, , threshold, ties] = inputs;
  const [rows, columns] = cost.shape;
  const { capacity } = options;
  let quota = ties.data[0];
  const kept: Entry[] = [];
  for (const [index, logPlan] of referenceLogPlan(inputs, options).entries())
    if (logPlan > threshold.data[0] || (logPlan === threshold.data[0] && quota-- > 0))
      kept.push({ row: Math.floor(index / columns), column: index % columns, mass: Math.exp(logPlan) });
  const byColumn = kept.toSorted((a, b) => a.column - b.column || a.row - b.row);
  const indices = new Int32Array(2 * capacity);
  const values = new Float64Array(2 * capacity);
  indices.set(kept.map(({ column }) => column));
  indices.set(
    byColumn.map(({ row }) => row),
    capacity,
  );
  values.set(kept.map(({ mass }) => mass));
  values.set(
    byColumn.map(({ mass }) => mass),
    capacity,
  );
  const before = (count: number, position: (entry: Entry) => number) =>
    Array.from({ length: count + 1 }, (_, index) => kept.filter((entry) => position(entry) < index).length);
  const offsets = [...before(rows, ({ row }) => row), ...before(columns, ({ column }) => column)];
  return [
    referenceArray("int32", [rows + columns + 2], offsets),
    referenceArray("int32", [2, capacity], indices),
    referenceArray(cost.dtype, [2, capacity], values),
  ];
}

/** Keeps the `count` largest entries of a plan, with `spare` room. */
function sparsifyCase(
  name: string,
  { inputs, options }: ReturnType<typeof planCase>,
  count: number,
  spare: number,
): KernelCase<SparsifyOptions> {
  const [{ dtype, shape }] = inputs;
  const descending = referenceLogPlan(inputs, options).sort((a, b) => b - a);
  const threshold = descending[count - 1];
  const ties = count - descending.indexOf(threshold);
  const capacity = Math.min(count + spare, shape[0] * shape[1]);
  return {
    name: `${count} of ${name}`,
    inputs: [...inputs, referenceArray(dtype, [1], [threshold]), referenceArray("int32", [1], [ties])],
    options: { ...options, capacity },
  };
}

function cases(): readonly KernelCase<SparsifyOptions>[] {
  return (["float32", "float64"] as const).flatMap((dtype) => [
    sparsifyCase(`${dtype} [1, 1]`, planCase(dtype, 1, 1), 1, 0),
    sparsifyCase(`${dtype} [1, 9]`, planCase(dtype, 1, 9), 4, 2),
    sparsifyCase(`${dtype} [9, 1]`, planCase(dtype, 9, 1), 4, 2),
    sparsifyCase(`${dtype} [33, 65]`, planCase(dtype, 33, 65), 33 * 65, 0),
    sparsifyCase(`${dtype} [300, 70]`, planCase(dtype, 300, 70), 501, 7),
    // One column has almost all large entries.
    sparsifyCase(`${dtype} [90, 3], one column`, raisedColumn(planCase(dtype, 90, 3)), 93, 0),
  ]);
}

function raisedColumn({
  inputs: [cost, potentials],
  options,
}: ReturnType<typeof planCase>): ReturnType<typeof planCase> {
  const raised = Float64Array.from(potentials.data);
  raised[cost.shape[0] + 1] += 8;
  return { inputs: [cost, referenceArray(potentials.dtype, potentials.shape, raised)], options };
}
