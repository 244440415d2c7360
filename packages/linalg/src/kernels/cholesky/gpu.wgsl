// `Element` and its operations are those of element-shader.ts.
struct Parameters {
  n: u32,
  // First row and column of the diagonal block.
  k: u32,
  // First matrix of the dispatch.
  first: u32,
}

@group(0) @binding(0) var<storage, read> a: array<Element>;
@group(0) @binding(1) var<storage, read_write> factor: array<Element>;
@group(0) @binding(2) var<storage, read_write> info: array<i32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const BLOCK = 16u;
const ROWS = 64u;

var<workgroup> block: array<Element, 256>;
var<workgroup> others: array<Element, 256>;
var<workgroup> failed: u32;

fn position(batch: u32, i: u32, j: u32) -> u32 {
  return (batch * parameters.n + i) * parameters.n + j;
}

@compute @workgroup_size(BLOCK, BLOCK)
fn copy(@builtin(global_invocation_id) id: vec3u) {
  let n = parameters.n;
  if (id.x < n && id.y < n) {
    let at = position(parameters.first + id.z, id.y, id.x);
    factor[at] = a[at];
  }
}

// Neither zero, negative, infinite nor NaN; by bits, as compilers may assume that there is no NaN.
fn is_pivot(x: f32) -> bool {
  let bits = bitcast<u32>(x);
  return bits > 0u && bits < 0x7f800000u;
}

@compute @workgroup_size(BLOCK, BLOCK)
fn factor_block(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let width = min(BLOCK, parameters.n - parameters.k);
  let row = local.y;
  let column = local.x;
  let inside = row < width && column <= row;
  let at = position(batch, parameters.k + row, parameters.k + column);
  if (row == 0u && column == 0u) {
    failed = u32(info[batch]);
  }
  if (inside) {
    block[row * BLOCK + column] = factor[at];
  }
  for (var j = 0u; j < width; j++) {
    workgroupBarrier();
    let pivot = real_part(block[j * BLOCK + j]);
    workgroupBarrier();
    if (row == j && column == j) {
      if (failed == 0u && !is_pivot(pivot)) {
        failed = parameters.k + j + 1u;
      }
      block[j * BLOCK + j] = from_real(sqrt(pivot));
    }
    if (inside && column == j && row > j) {
      block[row * BLOCK + j] = block[row * BLOCK + j] / sqrt(pivot);
    }
    workgroupBarrier();
    if (inside && column > j) {
      block[row * BLOCK + column] -= times(block[row * BLOCK + j], conjugate(block[column * BLOCK + j]));
    }
  }
  workgroupBarrier();
  if (inside) {
    factor[at] = block[row * BLOCK + column];
  }
  if (row == 0u && column == 0u) {
    info[batch] = i32(failed);
  }
}

@compute @workgroup_size(ROWS)
fn solve_rows(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let k = parameters.k;
  for (var index = lane; index < BLOCK * BLOCK; index += ROWS) {
    block[index] = factor[position(batch, k + index / BLOCK, k + index % BLOCK)];
  }
  workgroupBarrier();
  let row = k + BLOCK + group.x * ROWS + lane;
  if (row >= parameters.n) {
    return;
  }
  let start = position(batch, row, k);
  var x: array<Element, 16>;
  for (var j = 0u; j < BLOCK; j++) {
    var sum = factor[start + j];
    for (var i = 0u; i < j; i++) {
      sum -= times(x[i], conjugate(block[j * BLOCK + i]));
    }
    x[j] = sum / real_part(block[j * BLOCK + j]);
    factor[start + j] = x[j];
  }
}

@compute @workgroup_size(BLOCK, BLOCK)
fn update(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  if (group.x > group.y) {
    return;
  }
  let batch = parameters.first + group.z;
  let n = parameters.n;
  let k = parameters.k;
  let row = k + BLOCK * (1u + group.y) + local.y;
  let other = k + BLOCK * (1u + group.x) + local.y;
  let slot = local.y * BLOCK + local.x;
  if (row < n) {
    block[slot] = factor[position(batch, row, k + local.x)];
  }
  if (other < n) {
    others[slot] = factor[position(batch, other, k + local.x)];
  }
  workgroupBarrier();
  let column = k + BLOCK * (1u + group.x) + local.x;
  if (row >= n || column > row) {
    return;
  }
  var sum = Element();
  for (var i = 0u; i < BLOCK; i++) {
    sum += times(block[local.y * BLOCK + i], conjugate(others[local.x * BLOCK + i]));
  }
  factor[position(batch, row, column)] -= sum;
}

@compute @workgroup_size(BLOCK, BLOCK)
fn finish(@builtin(global_invocation_id) id: vec3u) {
  let n = parameters.n;
  let batch = parameters.first + id.z;
  if (id.x >= n || id.y >= n) {
    return;
  }
  let at = position(batch, id.y, id.x);
  if (id.x > id.y) {
    factor[at] = Element();
  } else if (info[batch] != 0) {
    factor[at] = filled(bitcast<f32>(0x7fc00000u | u32(info[batch] < 0)));
  }
}
