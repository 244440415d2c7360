// Matrix product in tiles of 64 × 64: a workgroup copies 64 × 16 pieces of A and B to workgroup memory (8.5 KiB), an invocation sums a 4 × 4 part in registers.

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

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> product: Product;

const TILE = 64u;
const STEP = 16u;
const QUADS = TILE / 4;
// One more than needed, so that writes along the depth meet different memory banks.
const PITCH = QUADS + 1;

// Step k of four rows of A, or of four columns of B, is at [k · PITCH + quad].
var<workgroup> aTile: array<vec4f, STEP * PITCH>;
var<workgroup> bTile: array<vec4f, STEP * PITCH>;

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

  // The quad and the step that this invocation copies: invocations side by side read along the contiguous axis.
  let inner = local % 16;
  let outer = local / 16;
  let aTransposed = product.aRowStride == 1;
  let bTransposed = product.bRowStride == 1;
  let aQuad = select(outer, inner, aTransposed);
  let aStep = select(inner, outer, aTransposed);
  let bQuad = select(inner, outer, bTransposed);
  let bStep = select(outer, inner, bTransposed);

  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var step = 0u; step < product.depth; step += STEP) {
    aTile[aStep * PITCH + aQuad] = aValues(aStart, row + aQuad * 4, step + aStep);
    bTile[bStep * PITCH + bQuad] = bValues(bStart, step + bStep, column + bQuad * 4);
    workgroupBarrier();
    for (var k = 0u; k < STEP; k++) {
      let x = aTile[k * PITCH + outer];
      let y = bTile[k * PITCH + inner];
      sum0 = fma(vec4f(x.x), y, sum0);
      sum1 = fma(vec4f(x.y), y, sum1);
      sum2 = fma(vec4f(x.z), y, sum2);
      sum3 = fma(vec4f(x.w), y, sum3);
    }
    workgroupBarrier();
  }
  let cStart = product.cStart + batch * product.rows * product.columns;
  store(cStart, row + outer * 4, column + inner * 4, sum0);
  store(cStart, row + outer * 4 + 1, column + inner * 4, sum1);
  store(cStart, row + outer * 4 + 2, column + inner * 4, sum2);
  store(cStart, row + outer * 4 + 3, column + inner * 4, sum3);
}

// Four rows of one column of A; zeros outside.
fn aValues(start: u32, row: u32, column: u32) -> vec4f {
  var values = vec4f();
  if (column < product.depth) {
    for (var i = 0u; i < 4; i++) {
      if (row + i < product.rows) {
        values[i] = a[start + (row + i) * product.aRowStride + column * product.aColumnStride];
      }
    }
  }
  return values;
}

// Four columns of one row of B; zeros outside.
fn bValues(start: u32, row: u32, column: u32) -> vec4f {
  var values = vec4f();
  if (row < product.depth) {
    for (var i = 0u; i < 4; i++) {
      if (column + i < product.columns) {
        values[i] = b[start + row * product.bRowStride + (column + i) * product.bColumnStride];
      }
    }
  }
  return values;
}

fn store(start: u32, row: u32, column: u32, values: vec4f) {
  if (row < product.rows) {
    for (var i = 0u; i < 4; i++) {
      if (column + i < product.columns) {
        c[start + row * product.columns + column + i] = values[i];
      }
    }
  }
}
