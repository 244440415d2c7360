// Product of complex matrices, as vec2f, in tiles of 32 × 32: a workgroup copies 32 × 16 pieces of A and B to workgroup memory (8.25 KiB), an invocation sums a 2 × 2 part.

// Strides and starts are in elements.
struct Product {
  rows: u32,
  columns: u32,
  depth: u32,
  batches: u32,
  aRowStride: u32,
  aColumnStride: u32,
  aStart: u32,
  aBatchStride: u32,
  bRowStride: u32,
  bColumnStride: u32,
  bStart: u32,
  bBatchStride: u32,
  cStart: u32,
}

@group(0) @binding(0) var<storage, read> a: array<vec2f>;
@group(0) @binding(1) var<storage, read> b: array<vec2f>;
@group(0) @binding(2) var<storage, read_write> c: array<vec2f>;
@group(0) @binding(3) var<uniform> product: Product;

const TILE = 32u;
const HALF = TILE / 2;
const STEP = 16u;
// One more than needed, so that writes along the depth meet different memory banks.
const PITCH = TILE + 1;

// Step k of a row of A, or of a column of B, is at [k · PITCH + row].
var<workgroup> aTile: array<vec2f, STEP * PITCH>;
var<workgroup> bTile: array<vec2f, STEP * PITCH>;

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let tileColumns = (product.columns + TILE - 1) / TILE;
  let tiles = (product.rows + TILE - 1) / TILE * tileColumns;
  let index = group.x + group.y * groups.x;
  let batch = index / tiles;
  if (batch >= product.batches) {
    return;
  }
  let tile = index % tiles;
  let row = tile / tileColumns * TILE;
  let column = tile % tileColumns * TILE;
  let aStart = product.aStart + batch * product.aBatchStride;
  let bStart = product.bStart + batch * product.bBatchStride;
  let inner = local % 16;
  let outer = local / 16;
  // Invocations side by side read along the contiguous axis.
  let aTransposed = product.aRowStride == 1;
  let bTransposed = product.bRowStride == 1;
  let aRow = select(outer, inner, aTransposed);
  let aStep = select(inner, outer, aTransposed);
  let bColumn = select(inner, outer, bTransposed);
  let bStep = select(outer, inner, bTransposed);

  var sum00 = vec2f();
  var sum01 = vec2f();
  var sum10 = vec2f();
  var sum11 = vec2f();
  for (var step = 0u; step < product.depth; step += STEP) {
    for (var half = 0u; half < TILE; half += HALF) {
      aTile[aStep * PITCH + aRow + half] = aValue(aStart, row + aRow + half, step + aStep);
      bTile[bStep * PITCH + bColumn + half] = bValue(bStart, step + bStep, column + bColumn + half);
    }
    workgroupBarrier();
    for (var k = 0u; k < STEP; k++) {
      let x0 = aTile[k * PITCH + outer];
      let x1 = aTile[k * PITCH + outer + HALF];
      let y0 = bTile[k * PITCH + inner];
      let y1 = bTile[k * PITCH + inner + HALF];
      sum00 = addProduct(x0, y0, sum00);
      sum01 = addProduct(x0, y1, sum01);
      sum10 = addProduct(x1, y0, sum10);
      sum11 = addProduct(x1, y1, sum11);
    }
    workgroupBarrier();
  }
  let cStart = product.cStart + batch * product.rows * product.columns;
  store(cStart, row + outer, column + inner, sum00);
  store(cStart, row + outer, column + inner + HALF, sum01);
  store(cStart, row + outer + HALF, column + inner, sum10);
  store(cStart, row + outer + HALF, column + inner + HALF, sum11);
}

fn addProduct(x: vec2f, y: vec2f, sum: vec2f) -> vec2f {
  return fma(vec2f(-x.y, x.y), y.yx, fma(vec2f(x.x), y, sum));
}

// Zero outside.
fn aValue(start: u32, row: u32, column: u32) -> vec2f {
  if (row >= product.rows || column >= product.depth) {
    return vec2f();
  }
  return a[start + row * product.aRowStride + column * product.aColumnStride];
}

fn bValue(start: u32, row: u32, column: u32) -> vec2f {
  if (row >= product.depth || column >= product.columns) {
    return vec2f();
  }
  return b[start + row * product.bRowStride + column * product.bColumnStride];
}

fn store(start: u32, row: u32, column: u32, value: vec2f) {
  if (row < product.rows && column < product.columns) {
    c[start + row * product.columns + column] = value;
  }
}
