import { readFile } from "node:fs/promises";
import { findPackageJSON } from "node:module";
import { type Benchmark, type BenchmarkPeer, defineBenchmark, type Workload } from "@ansatz/lab";
import {
  type DeviceKind,
  type DType,
  isComplex,
  type Kernel,
  key,
  normal,
  openDevice,
  type TypedArray,
} from "@ansatz/tensor";
import type { Matrix } from "ml-matrix";
import { type MatrixDType, realDType } from "../matrix-shape.ts";
import { roundingUnit } from "./matrix-dtypes.ts";

const loadMlMatrix = () => import("ml-matrix");

type MlMatrix = Awaited<ReturnType<typeof loadMlMatrix>>;

/** Matrices [n, n] of standard normal numbers, or made of them. */
type BenchmarkMatrix = "general" | "symmetric" | "positive definite";

interface FactorisationCase {
  readonly name: string;
  readonly n: number;
  readonly batches: number;
  readonly dtype: MatrixDType;
}

export interface FactorisationBenchmark<Options> {
  readonly title: string;
  readonly matrix: BenchmarkMatrix;
  readonly options: Options;
  /** How far the factors of one matrix A are from what they must fulfil, at row i and column j. */
  residual(outputs: readonly ArrayLike<number>[], a: Float64Array, n: number, i: number, j: number): number;
  /** The same work with ml-matrix, in float64. */
  mlMatrix(ml: MlMatrix, a: Matrix): unknown;
}

const CASES: readonly FactorisationCase[] = [
  ...[64, 256, 512].map((n) => ({ name: `n = ${n} float64`, n, batches: 1, dtype: "float64" as const })),
  { name: "n = 512 float32", n: 512, batches: 1, dtype: "float32" },
  // Complex arithmetic takes as long whatever the imaginary parts are, and real ones leave the check what it is.
  { name: "n = 512 complex128", n: 512, batches: 1, dtype: "complex128" },
  { name: "1000 of n = 16 float32", n: 16, batches: 1000, dtype: "float32" },
];

/** Elements that are checked. */
const CHECKED = 50;

/** Normwise, as a multiple of n times the precision. */
const ALLOWED_ERROR = 10;

/** Benchmark of a factorisation of square matrices, beside ml-matrix. Plain random numbers would not do for all, so that it brings its own data. */
export function factorisationBenchmark<Options>(
  kernel: Kernel<Options>,
  declaration: FactorisationBenchmark<Options>,
): Benchmark {
  const kinds: DeviceKind[] = ["cpu", "webgpu", "tensorflow"];
  return defineBenchmark<FactorisationCase>({
    id: `linalg/${kernel.name}`,
    title: declaration.title,
    summary: kernel.summary,
    isolates: "one call into existing outputs, data already on the device: no allocation, no transfer",
    cases: CASES,
    devices: kinds.filter((kind) => kind === "cpu" || typeof kernel[kind] !== "string"),
    peers: [mlMatrixPeer(kernel, declaration)],
    async setup({ case: { n, batches, dtype }, device }) {
      const values = await matrices(n, batches, declaration.matrix);
      const shape = [batches, n, n];
      const input = device.tensor(isComplex(dtype) ? withoutImaginary(values) : values, shape, dtype);
      const specs = kernel.infer([input], declaration.options);
      const ofReal = kernel.infer([{ shape, dtype: "float64" }], declaration.options);
      const outputs = specs.map((spec) => device.zeros(spec.shape, spec.dtype));
      return {
        run: () => kernel.runInto([input], outputs, declaration.options),
        async validate() {
          const last = await Promise.all(
            outputs.map(async (each, index) => {
              const own = lastOf(await each.data(), batches);
              return isComplex(each.dtype) && !isComplex(ofReal[index].dtype) ? realParts(own) : own;
            }),
          );
          checkFactors(declaration, last, values.subarray((batches - 1) * n * n), n, dtype);
        },
        cost: kernel.cost([input], declaration.options),
        dtype: realDType(dtype),
        dispose() {
          for (const tensor of [input, ...outputs]) tensor.dispose();
        },
      };
    },
  });
}

function mlMatrixPeer<Options>(
  kernel: Kernel<Options>,
  { matrix, options, mlMatrix }: FactorisationBenchmark<Options>,
): BenchmarkPeer<FactorisationCase> {
  return {
    name: "ml-matrix, float64",
    devices: ["cpu"],
    version: mlMatrixVersion,
    async setup({ n, batches }): Promise<Workload> {
      const ml = await loadMlMatrix();
      const values = await matrices(n, batches, matrix);
      const inputs = Array.from({ length: batches }, (_, batch) =>
        ml.Matrix.from1DArray(n, n, Array.from(values.subarray(batch * n * n, (batch + 1) * n * n))),
      );
      const results: unknown[] = [];
      return {
        run() {
          for (const [index, input] of inputs.entries()) results[index] = mlMatrix(ml, input);
        },
        async validate() {
          if (results.length !== batches) throw new Error("nothing was factorised");
        },
        cost: kernel.cost([{ shape: [batches, n, n], dtype: "float64" }], options),
        dtype: "float64",
        dispose: () => {},
      };
    },
  };
}

function withoutImaginary(values: Float64Array): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: 2 * values.length }, (_, index) => (index % 2 === 0 ? values[index / 2] : 0));
}

function realParts(values: ArrayLike<number>): Float64Array {
  return Float64Array.from({ length: values.length / 2 }, (_, index) => values[2 * index]);
}

/** The values that belong to the last matrix. */
function lastOf(values: TypedArray, batches: number): TypedArray {
  return values.slice(values.length - values.length / batches);
}

async function mlMatrixVersion(): Promise<string> {
  const file = findPackageJSON("ml-matrix", import.meta.url);
  if (!file) throw new Error("ml-matrix is not installed");
  return JSON.parse(await readFile(file, "utf8")).version;
}

async function matrices(n: number, batches: number, kind: BenchmarkMatrix): Promise<Float64Array<ArrayBuffer>> {
  await using device = await openDevice("cpu");
  const noise = Float64Array.from(await normal(key(n), [batches, n, n], { device }).data());
  if (kind === "general") return noise;
  const at = (batch: number, i: number, j: number) => noise[(batch * n + i) * n + j];
  return noise.map((_, index) => {
    const [batch, i, j] = [Math.floor(index / n / n), Math.floor(index / n) % n, index % n];
    if (kind === "symmetric") return at(batch, i, j) + at(batch, j, i);
    // Diagonally dominant, so that no product of matrices is needed to make it.
    return i === j ? 4 * n : (at(batch, i, j) + at(batch, j, i)) / 2;
  });
}

function checkFactors<Options>(
  { residual }: FactorisationBenchmark<Options>,
  outputs: readonly ArrayLike<number>[],
  a: Float64Array,
  n: number,
  dtype: DType,
): void {
  const norm = Math.sqrt(a.reduce((sum, x) => sum + x * x, 0));
  const allowed = ALLOWED_ERROR * n * 2 * roundingUnit(dtype) * norm;
  for (let sample = 0; sample < CHECKED; sample++) {
    const [i, j] = [(sample * 7919) % n, (sample * 104729) % n];
    const error = Math.abs(residual(outputs, a, n, i, j));
    if (!(error <= allowed)) throw new Error(`the factors are off by ${error} at (${i}, ${j})`);
  }
}

/** Σ f(k) for k < count. */
export function sumOver(count: number, term: (k: number) => number): number {
  let sum = 0;
  for (let k = 0; k < count; k++) sum += term(k);
  return sum;
}
