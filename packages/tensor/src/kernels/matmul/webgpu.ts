import { matmulComplexShader, matmulShader, matmulSkinnyShader } from "#kernels/matmul";
import { type WebGpuCall, type WebGpuDispatch, workgroupsFor } from "../../device/webgpu/call.ts";
import { isComplex } from "../../dtype.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import type { MatmulOptions } from "./options.ts";
import { type Product, productOf } from "./product.ts";

/** Extent of a tile of C, as in gpu.wgsl and complex.wgsl. */
const TILE = { real: 64, complex: 32 };

/** Up to this many rows, a tile would be mostly empty. */
const SKINNY_ROWS = 4;

/** Invocations of a workgroup for skinny products, as in skinny.wgsl, and how many of them lie side by side on B's contiguous axis. */
const SKINNY_GROUP = 256;
const SKINNY_LINE = 64;

export const matmulWebGpu: WebGpuImplementation<MatmulOptions> = {
  dtypes: ["float32", "complex64"],
  run(call, options) {
    const product = productOf(call.inputs, options);
    if (product.depth === 0) call.clear(call.outputs[0]);
    else for (const run of batchRuns(product.offsets)) call.dispatch(dispatchOf(call, product, run));
  },
};

function dispatchOf({ inputs: [a, b], outputs: [c] }: WebGpuCall, product: Product, run: BatchRun): WebGpuDispatch {
  const { rows, columns, depth, swapped } = product;
  const complex = isComplex(c.dtype);
  const tile = complex ? TILE.complex : TILE.real;
  const skinny = rows <= SKINNY_ROWS && !complex;
  const depthShares = Math.min(SKINNY_LINE, 2 ** Math.ceil(Math.log2(depth)));
  const groupColumns = product.b.transposed ? SKINNY_GROUP / depthShares : SKINNY_LINE;
  const groupsPerBatch = skinny
    ? rows * Math.ceil(columns / groupColumns)
    : Math.ceil(rows / tile) * Math.ceil(columns / tile);
  return {
    code: skinny ? matmulSkinnyShader : complex ? matmulComplexShader : matmulShader,
    bindings: swapped ? [b, a, c] : [a, b, c],
    // biome-ignore format: the order of `Product` in the shaders
    uniforms: Uint32Array.of(
      rows, columns, depth, run.count,
      product.a.rowStride, product.a.columnStride, run.aStart, run.aStride,
      product.b.rowStride, product.b.columnStride, run.bStart, run.bStride,
      run.first * rows * columns, groupColumns,
    ),
    workgroups: workgroupsFor(run.count * groupsPerBatch, 1),
  };
}

/** Successive batches whose matrices lie at equal distances, in a and in b; one dispatch. */
interface BatchRun {
  readonly first: number;
  readonly count: number;
  readonly aStart: number;
  readonly aStride: number;
  readonly bStart: number;
  readonly bStride: number;
}

/** Cuts the batches into such runs: a single one unless both operands broadcast. */
function* batchRuns(offsets: Uint32Array): Generator<BatchRun> {
  const batches = offsets.length / 2;
  for (let first = 0; first < batches; ) {
    const [aStart, bStart] = offsets.subarray(2 * first);
    const [aStride, bStride] =
      first + 1 < batches ? [offsets[2 * first + 2] - aStart, offsets[2 * first + 3] - bStart] : [0, 0];
    let count = 1;
    const continues = (next: number) =>
      offsets[2 * next] === aStart + count * aStride && offsets[2 * next + 1] === bStart + count * bStride;
    while (first + count < batches && continues(first + count)) count++;
    yield { first, count, aStart, aStride, bStart, bStride };
    first += count;
  }
}
