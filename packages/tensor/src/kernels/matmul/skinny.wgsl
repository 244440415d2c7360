// Matrix product with few rows: the depth of every element is shared among invocations, which read B along its contiguous axis.

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
  // Elements of a row of C that a workgroup computes: a power of two, at most the workgroup's size.
  groupColumns: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> product: Product;

const SIZE = 256u;
var<workgroup> partial: array<f32, SIZE>;

@compute @workgroup_size(SIZE)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let groupColumns = product.groupColumns;
  let blocks = (product.columns + groupColumns - 1) / groupColumns;
  let index = group.x + group.y * groups.x;
  let batch = index / (blocks * product.rows);
  if (batch >= product.batches) {
    return;
  }
  let row = index / blocks % product.rows;
  let shares = SIZE / groupColumns;
  let bTransposed = product.bRowStride == 1;
  let own = select(local % groupColumns, local / shares, bTransposed);
  let share = select(local / groupColumns, local % shares, bTransposed);
  let column = index % blocks * groupColumns + own;

  var sum = 0.0;
  if (column < product.columns) {
    let aStart = product.aStart + batch * product.aBatchStride + row * product.aRowStride;
    let bStart = product.bStart + batch * product.bBatchStride + column * product.bColumnStride;
    for (var k = share; k < product.depth; k += shares) {
      sum = fma(a[aStart + k * product.aColumnStride], b[bStart + k * product.bRowStride], sum);
    }
  }
  partial[share * groupColumns + own] = sum;
  for (var half = shares / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (share < half) {
      partial[share * groupColumns + own] += partial[(share + half) * groupColumns + own];
    }
  }
  // Share 0 has read and written only its own sums since the last barrier.
  if (share == 0 && column < product.columns) {
    c[product.cStart + (batch * product.rows + row) * product.columns + column] = partial[own];
  }
}
