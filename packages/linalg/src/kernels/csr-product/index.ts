import {
  bytesPerElement,
  type Derivatives,
  defineKernel,
  gather,
  InvalidInputError,
  isFloat,
  type KernelCase,
  multiply,
  type ReferenceArray,
  referenceArray,
  segmentSum,
  sum,
  type TensorSpec,
} from "@ansatz/tensor";
import { csrProductCpu } from "./cpu.ts";
import { csrProductWebGpu } from "./webgpu.ts";

/**
 * Products of a sparse matrix in compressed rows with a matrix: inputs are its values, X [columns, width], and int32 row pointers [rows + 1], column indices and row indices of the
 * values. See `SparseOperator`, which checks them.
 */
export const csrProductKernel = defineKernel<null>({
  name: "csr-product",
  summary: "Product of a sparse matrix in compressed rows with vectors.",
  infer,
  cost: ([values, x, pointers]) => {
    const [, width] = x.shape;
    const [entries] = values.shape;
    const rows = pointers.shape[0] - 1;
    const bytes = bytesPerElement(values.dtype);
    return {
      flops: 2 * entries * width,
      bytes: entries * (bytes + 4) + (x.shape[0] + rows) * width * bytes + 4 * rows,
    };
  },
  reference,
  cpu: csrProductCpu,
  webgpu: csrProductWebGpu,
  tensorflow: "not every TensorFlow.js engine sums by rows",
  derivatives: (): Derivatives<null> => ({
    structure: "bilinear",
    reverse: ([cotangent], { inputs: [values, x, , columns, rows], needed }) => {
      const ofEntries = gather(cotangent!, rows, { axis: 0 });
      return [
        needed[0] ? sum(multiply(ofEntries, gather(x, columns, { axis: 0 })), { axes: 1 }) : null,
        needed[1] ? segmentSum(multiply(ofEntries, values.reshape([values.size, 1])), columns, x.shape[0]) : null,
        null,
        null,
        null,
      ];
    },
  }),
  cases: () => CASES.map(([rows, columns, width, perRow, dtype]) => caseOf(rows, columns, width, perRow, dtype, SINES)),
  randomCase: (random) => {
    const dtype = random.pick(["float32", "float64"] as const);
    const columns = random.integer(1, 12);
    return caseOf(
      random.integer(0, 12),
      columns,
      random.integer(1, 6),
      random.integer(0, columns),
      dtype,
      () => random.array([1], dtype).data[0],
    );
  },
  // Rows of the cases have at most 40 entries of size 1.
  tolerance: (dtype) => {
    const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
    return { relative: 2 * u, absolute: 100 * u };
  },
});

type Case = readonly [rows: number, columns: number, width: number, perRow: number, dtype: "float32" | "float64"];

const CASES: readonly Case[] = (["float32", "float64"] as const).flatMap((dtype) =>
  [
    [0, 3, 1, 1],
    [1, 1, 1, 1],
    [4, 5, 1, 0],
    [7, 9, 1, 4],
    [5, 40, 1, 40],
    [6, 5, 2, 3],
    [3, 4, 9, 2],
    [3000, 50, 1, 17],
    [400, 30, 17, 20],
  ].map(([rows, columns, width, perRow]): Case => [rows, columns, width, perRow, dtype]),
);

const SINES = (k: number) => Math.sin(12.9898 * k) * Math.cos(78.233 * k);

/** Every third row is empty; the others have `perRow` entries at most, some of the same column. */
function caseOf(
  rows: number,
  columns: number,
  width: number,
  perRow: number,
  dtype: "float32" | "float64",
  value: (k: number) => number,
): KernelCase<null> {
  const pointers = [0];
  const columnIndices: number[] = [];
  const rowIndices: number[] = [];
  for (let row = 0; row < rows; row++) {
    const count = row % 3 === 2 ? 0 : Math.max(0, perRow - (row % 4));
    for (let k = 0; k < count; k++) {
      columnIndices.push((row * 7 + k * 3) % columns);
      rowIndices.push(row);
    }
    pointers.push(columnIndices.length);
  }
  const round = dtype === "float32" ? Math.fround : (x: number) => x;
  const numbers = (count: number, start: number) =>
    Float64Array.from({ length: count }, (_, k) => round(value(k + start)));
  return {
    name: `${dtype} [${rows}, ${columns}] with ${perRow} entries a row by [${columns}, ${width}]`,
    inputs: [
      referenceArray(dtype, [columnIndices.length], numbers(columnIndices.length, 1)),
      referenceArray(dtype, [columns, width], numbers(columns * width, 5000)),
      referenceArray("int32", [rows + 1], pointers),
      referenceArray("int32", [columnIndices.length], columnIndices),
      referenceArray("int32", [columnIndices.length], rowIndices),
    ],
    options: null,
  };
}

function infer([values, x, pointers, columns, rows]: readonly TensorSpec[]): readonly TensorSpec[] {
  if (!isFloat(values.dtype)) throw new InvalidInputError("csrProduct: values", "float32 or float64", values.dtype);
  if (x.dtype !== values.dtype) throw new InvalidInputError("csrProduct: x", `dtype ${values.dtype}`, x.dtype);
  if (x.shape.length !== 2) throw new InvalidInputError("csrProduct: x", "[columns, width]", `[${x.shape}]`);
  for (const [name, indices] of Object.entries({ pointers, columns, rows }))
    if (indices.dtype !== "int32") throw new InvalidInputError(`csrProduct: ${name}`, "int32", indices.dtype);
  if (columns.shape.join() !== values.shape.join() || rows.shape.join() !== values.shape.join())
    throw new InvalidInputError("csrProduct: indices", `shape [${values.shape}], like values`, `[${columns.shape}]`);
  return [{ shape: [pointers.shape[0] - 1, x.shape[1]], dtype: values.dtype }];
}

function reference([values, x, pointers, columns]: readonly ReferenceArray[]): readonly ReferenceArray[] {
  const rows = pointers.shape[0] - 1;
  const [, width] = x.shape;
  const y = new Float64Array(rows * width);
  for (let row = 0; row < rows; row++)
    for (let entry = pointers.data[row]; entry < pointers.data[row + 1]; entry++)
      for (let k = 0; k < width; k++)
        y[row * width + k] += values.data[entry] * x.data[columns.data[entry] * width + k];
  return [referenceArray(values.dtype, [rows, width], y)];
}
