import { cpuModule } from "#kernels/matmul";
import type { CpuCall } from "../../device/cpu/call.ts";
import { bytesPerElement, type DType, isComplex } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import type { MatmulOptions } from "./options.ts";
import { type Product, productOf } from "./product.ts";

/** Rows of a register tile, bytes of a row of any, and bytes for one that sticks out of C; as in the AssemblyScript. */
const TILE_ROWS = { real: 4, complex: 2 };
const TILE_ROW_BYTES = 32;
const EDGE_TILE_BYTES = 128;

/** Terms summed in registers before the result goes to memory. Its panel of B takes 32 KiB; that and A stream from the second-level cache fast enough, C would not. */
const DEPTH_BLOCK = 1024;

/** A packed block of A stays in the second-level cache (512 KiB on the machine measured) beside what streams through. */
const PACKED_A_BYTES = 128 << 10;

/** Packed B is read once per block of rows; this much of it stays in the last-level cache, and its pages in the translation buffer. */
const PACKED_B_BYTES = 2 << 20;

/** Up to this many rows a unit of work packs B for itself, see `multiplySelfPacked`, a group of so many panels at a time; as in the AssemblyScript. */
const SELF_PACKING_ROWS = 128;
const GROUP = 16;

/** Rows of A that the unpacked product takes at a time, so that they stay cached while it goes over the columns. */
const DIRECT_ROW_BLOCK = 32;

/** Sets of the first- and second-level caches (of 8 lines of 64 bytes each) that the choice between algorithms reckons with. */
const CACHE_SETS = [64, 1024] as const;

/** Below this, forking and joining costs more than the second thread gains. */
const PARALLEL_FLOPS = 4e6;

/** Bytes of a matrix that take one thread about 30 µs to read, the least worth a fork. */
const PARALLEL_BYTES = 1 << 20;

/** Shares of the work per thread: enough to even out threads that the system runs at different speeds. */
const SLOTS_PER_THREAD = 4;

/** Bytes of the rows of C that one pass over B's rows updates: with four such pieces of B they stay in the first-level cache. */
const COMBINE_BYTES = 4096;

/** A product in the heap. */
interface CpuProduct extends Product {
  readonly elementBytes: number;
  /** Real additions and multiplications for each term of an inner product. */
  readonly termFlops: number;
  readonly tileRows: number;
  /** Suffix of the functions: the dtype. */
  readonly suffix: string;
}

/** How the work is cut, see `Product` in product.as.ts. What an algorithm does not use is 0. */
interface Plan {
  readonly rowBlock?: number;
  readonly depthBlock?: number;
  readonly columnParts?: number;
  readonly slots?: number;
  readonly slotBytes?: number;
  readonly scratch?: number;
  readonly packedB?: number;
}

const SUFFIX: Readonly<Partial<Record<DType, string>>> = {
  float32: "f32",
  float64: "f64",
  complex64: "c64",
  complex128: "c128",
};

type Algorithm = (call: CpuCall, product: CpuProduct) => void;

export const matmulCpu: CpuImplementation<MatmulOptions> = {
  module: cpuModule,
  run(call, options) {
    const [c] = call.outputs;
    if (c.size === 0) return;
    const complex = isComplex(c.dtype);
    const product = {
      ...productOf(call.inputs, options),
      elementBytes: bytesPerElement(c.dtype),
      termFlops: complex ? 8 : 2,
      tileRows: complex ? TILE_ROWS.complex : TILE_ROWS.real,
      suffix: SUFFIX[c.dtype]!,
    };
    if (product.depth === 0) c.view().fill(0);
    else algorithmFor(product)(call, product);
  },
};

/** The fastest algorithm where they were measured against each other (AMD Zen 3, sizes 1 to 4096, float32 and float64). */
function algorithmFor(product: CpuProduct): Algorithm {
  const { rows, columns, depth, a, b, elementBytes } = product;
  const rowBytes = columns * elementBytes;
  if (rows <= 2 && b.transposed && (rows === 1 || !a.transposed)) return multiplyByDots;
  if (rows <= 3 && !b.transposed && rowBytes >= 16) return multiplyByCombining;
  const aFits = (level: 0 | 1) => !a.transposed || walkFits(depth, a.columnStride * elementBytes, level);
  const small = (rows <= 32 || rowBytes <= 512) && walkFits(depth, rowBytes, 0) && aFits(0);
  const narrow = ((rows <= 32 && !b.transposed) || rowBytes <= 128) && walkFits(depth, rowBytes, 1) && aFits(1);
  if (small || narrow) return multiplyDirect;
  if (rows <= 8 && !b.transposed) return multiplyByCombining;
  return multiplyPacked;
}

/**
 * Whether half of a cache holds the lines met on a walk of so many steps of `stride` bytes. Strides that are multiples of a large power of two
 * hit few sets: this is why unpacked products of 1024² matrices are slow and those of 1000² are not.
 */
function walkFits(steps: number, stride: number, level: 0 | 1): boolean {
  const lines = stride / 64;
  const sets = CACHE_SETS[level];
  const reachable = Number.isInteger(lines) ? sets / Math.min(sets, lines & -lines) : sets;
  return steps * Math.min(1, lines) <= reachable * 4;
}

/**
 * Register tiles over packed panels of A and B, in blocks for every level of cache: "Anatomy of High-Performance Matrix Multiplication"
 * (Goto, van de Geijn, ACM Transactions on Mathematical Software, 2008).
 */
function multiplyPacked(call: CpuCall, product: CpuProduct): void {
  if (product.rows <= SELF_PACKING_ROWS) multiplySelfPacked(call, product);
  else multiplyPackedAhead(call, product);
}

/** For so few rows that one unit of work can take them all: it packs B for itself, a few panels at a time. */
function multiplySelfPacked(call: CpuCall, product: CpuProduct): void {
  const { rows, columns, depth, batches, tileRows, suffix } = product;
  const slots = slotsFor(call, product);
  const columnParts = batches < slots ? Math.ceil(slots / batches) : 1;
  const rowBlock = Math.ceil(rows / tileRows) * tileRows;
  const depthBlock = depthBlockOf(depth);
  const slotBytes = slotBytesFor(product, rowBlock, depthBlock) + GROUP * depthBlock * TILE_ROW_BYTES;
  const scratch = call.scratch(slots * slotBytes);
  const address = upload(call, product, { rowBlock, depthBlock, columnParts, slots, slotBytes, scratch });
  call.parallel(`matmul_packed_${suffix}`, [address, 0, batches, 0, columns], slots, 1);
}

/** For many rows: B is packed first, as much of it as the caches hold, and blocks of rows are the units of work. */
function multiplyPackedAhead(call: CpuCall, product: CpuProduct): void {
  const { rows, columns, depth, batches, elementBytes, tileRows, suffix } = product;
  const slots = slotsFor(call, { ...product, batches: 1 });
  const depthBlock = depthBlockOf(depth);
  const tilesInCache = Math.max(1, Math.floor(PACKED_A_BYTES / (tileRows * depthBlock * elementBytes)));
  const rowBlock = tileRows * Math.min(tilesInCache, Math.ceil(rows / slots / tileRows));
  const columnParts = Math.ceil(slots / Math.ceil(rows / rowBlock));
  const slotBytes = slotBytesFor(product, rowBlock, depthBlock);
  const scratch = call.scratch(slots * slotBytes);

  const panelBytes = depth * TILE_ROW_BYTES;
  const panelColumns = TILE_ROW_BYTES / elementBytes;
  const panels = Math.min(Math.ceil(columns / panelColumns), Math.max(1, Math.floor(PACKED_B_BYTES / panelBytes)));
  const packedB = call.scratch(panels * panelBytes);
  const address = upload(call, product, { rowBlock, depthBlock, columnParts, slots, slotBytes, scratch, packedB });
  for (let batch = 0; batch < batches; batch++)
    for (let column = 0; column < columns; column += panels * panelColumns) {
      const columnEnd = Math.min(columns, column + panels * panelColumns);
      const grain = slots === 1 ? panels : Math.ceil(PARALLEL_BYTES / 4 / panelBytes);
      const count = Math.ceil((columnEnd - column) / panelColumns);
      call.parallel(`matmul_pack_${suffix}`, [address, batch, column, columnEnd], count, grain);
      call.parallel(`matmul_packed_${suffix}`, [address, batch, batch + 1, column, columnEnd], slots, 1);
    }
}

function depthBlockOf(depth: number): number {
  return Math.ceil(depth / Math.ceil(depth / DEPTH_BLOCK));
}

/** Bytes of a slot for an edge tile and a packed block of A. */
function slotBytesFor({ elementBytes }: CpuProduct, rowBlock: number, depthBlock: number): number {
  return EDGE_TILE_BYTES + Math.ceil((rowBlock * depthBlock * elementBytes) / 64) * 64;
}

/** Register tiles over A and B where they lie; a transposed B is copied first. */
function multiplyDirect(call: CpuCall, product: CpuProduct): void {
  const { rows, columns, depth, batches, b, elementBytes, suffix } = product;
  const slots = slotsFor(call, product);
  const rowBlock = Math.min(rows, DIRECT_ROW_BLOCK);
  const columnParts = Math.ceil(slots / (Math.ceil(rows / rowBlock) * batches));
  const slotBytes = b.transposed ? Math.ceil((depth * columns * elementBytes) / 64) * 64 : 0;
  const scratch = b.transposed ? call.scratch(slots * slotBytes) : 0;
  const address = upload(call, product, { rowBlock, columnParts, slots, slotBytes, scratch });
  call.parallel(`matmul_direct_${suffix}`, [address], slots, 1);
}

/** For a few rows of A: every row of C is a sum of multiples of B's rows, which are read once and in order. */
function multiplyByCombining(call: CpuCall, product: CpuProduct): void {
  const { columns, depth, batches, elementBytes, suffix } = product;
  const rowBytes = columns * elementBytes;
  const shares = batches === 1 ? 2 * call.threads : 1;
  const share = call.threads === 1 ? rowBytes : Math.ceil(rowBytes / shares / 64) * 64;
  const blockBytes = Math.min(COMBINE_BYTES, Math.max(share, COMBINE_BYTES / 4));
  const grain = Math.ceil(PARALLEL_BYTES / (depth * Math.min(blockBytes, rowBytes)));
  const count = batches * Math.ceil(rowBytes / blockBytes);
  call.parallel(`matmul_combine_${suffix}`, [upload(call, product, {}), blockBytes], count, grain);
}

/** For a few rows of A and a transposed B: inner products of contiguous rows. */
function multiplyByDots(call: CpuCall, product: CpuProduct): void {
  const { columns, depth, batches, elementBytes, suffix } = product;
  const grain = Math.ceil(PARALLEL_BYTES / (depth * elementBytes));
  call.parallel(`matmul_dot_${suffix}`, [upload(call, product, {})], batches * columns, grain);
}

function slotsFor({ threads }: CpuCall, { rows, columns, depth, batches, termFlops }: CpuProduct): number {
  return threads === 1 || termFlops * batches * rows * columns * depth < PARALLEL_FLOPS
    ? 1
    : threads * SLOTS_PER_THREAD;
}

/** Copies a `Product` of product.as.ts to the heap, with the batches' offsets behind it, and returns its address. */
function upload(call: CpuCall, product: CpuProduct, plan: Plan): number {
  const { rows, columns, depth, batches, a, b, offsets, swapped, elementBytes } = product;
  const [left, right] = swapped ? [call.inputs[1], call.inputs[0]] : call.inputs;
  const bytes = (elements: number) => elements * elementBytes;
  // biome-ignore format: the order of the fields there
  const fields = [
    rows, columns, depth, batches,
    left.pointer, bytes(a.rowStride), bytes(a.columnStride), right.pointer, bytes(b.rowStride), bytes(b.columnStride),
    call.outputs[0].pointer, plan.rowBlock ?? 0, plan.depthBlock ?? 0, plan.columnParts ?? 0,
    plan.slots ?? 0, plan.slotBytes ?? 0, plan.scratch ?? 0, plan.packedB ?? 0,
  ];
  const words = new Uint32Array(fields.length + offsets.length);
  words.set(fields);
  for (const [index, offset] of offsets.entries()) words[fields.length + index] = bytes(offset);
  return call.upload(words);
}
