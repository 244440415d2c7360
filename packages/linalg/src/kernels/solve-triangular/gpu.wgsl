// `Element` and its operations are those of element-shader.ts.
struct Parameters {
  n: u32,
  columns: u32,
  // First matrix of the dispatch.
  first: u32,
  // First unknown of the block.
  k: u32,
  // Whether earlier unknowns are known first.
  forward: u32,
  transposed: u32,
  unit: u32,
}

@group(0) @binding(0) var<storage, read> triangle: array<Element>;
@group(0) @binding(1) var<storage, read> b: array<Element>;
@group(0) @binding(2) var<storage, read_write> x: array<Element>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const BLOCK = 16u;
const COLUMNS = 64u;

var<workgroup> block: array<Element, 256>;

fn element(batch: u32, i: u32, j: u32) -> Element {
  let n = parameters.n;
  return triangle[batch * n * n + select(i * n + j, j * n + i, parameters.transposed != 0u)];
}

fn position(batch: u32, row: u32, column: u32) -> u32 {
  return (batch * parameters.n + row) * parameters.columns + column;
}

@compute @workgroup_size(COLUMNS)
fn copy(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let column = group.x * COLUMNS + lane;
  let last = min((group.y + 1u) * BLOCK, parameters.n);
  if (column < parameters.columns) {
    for (var row = group.y * BLOCK; row < last; row++) {
      let at = position(parameters.first + group.z, row, column);
      x[at] = b[at];
    }
  }
}

@compute @workgroup_size(COLUMNS)
fn solve_block(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let k = parameters.k;
  let width = min(BLOCK, parameters.n - k);
  for (var index = lane; index < BLOCK * BLOCK; index += COLUMNS) {
    if (index / BLOCK < width && index % BLOCK < width) {
      block[index] = element(batch, k + index / BLOCK, k + index % BLOCK);
    }
  }
  workgroupBarrier();
  let column = group.x * COLUMNS + lane;
  if (column >= parameters.columns) {
    return;
  }
  var known: array<Element, 16>;
  for (var step = 0u; step < width; step++) {
    let i = select(width - 1u - step, step, parameters.forward != 0u);
    let at = position(batch, k + i, column);
    var sum = x[at];
    for (var other = 0u; other < step; other++) {
      let j = select(width - 1u - other, other, parameters.forward != 0u);
      sum -= times(block[i * BLOCK + j], known[j]);
    }
    if (parameters.unit == 0u) {
      sum = over(sum, block[i * BLOCK + i]);
    }
    known[i] = sum;
    x[at] = sum;
  }
}

@compute @workgroup_size(COLUMNS)
fn update(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let k = parameters.k;
  let width = min(BLOCK, parameters.n - k);
  let begin = select(0u, k + BLOCK, parameters.forward != 0u) + group.y * BLOCK;
  let end = min(begin + BLOCK, select(k, parameters.n, parameters.forward != 0u));
  for (var index = lane; index < BLOCK * BLOCK; index += COLUMNS) {
    if (begin + index / BLOCK < end && index % BLOCK < width) {
      block[index] = element(batch, begin + index / BLOCK, k + index % BLOCK);
    }
  }
  workgroupBarrier();
  let column = group.x * COLUMNS + lane;
  if (column >= parameters.columns) {
    return;
  }
  for (var row = begin; row < end; row++) {
    let at = position(batch, row, column);
    var sum = x[at];
    for (var j = 0u; j < width; j++) {
      sum -= times(block[(row - begin) * BLOCK + j], x[position(batch, k + j, column)]);
    }
    x[at] = sum;
  }
}
