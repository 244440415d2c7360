// Running sums within blocks of rows, and the total of each block.
override is_float: bool;

struct Parameters {
  length: u32,
  inner: u32,
  // Blocks of a line.
  blocks: u32,
  // Lines, and how many a workgroup takes side by side: a power of two.
  lines: u32,
  columns: u32,
  // Rows of an invocation that follow each other.
  items: u32,
  reverse: u32,
  exclusive: u32,
}

@group(0) @binding(0) var<storage, read> x: array<u32>;
@group(0) @binding(1) var<storage, read_write> y: array<u32>;
@group(0) @binding(2) var<storage, read_write> totals: array<u32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const SIZE = 256u;

var<workgroup> partial: array<u32, SIZE>;

fn sum(a: u32, b: u32) -> u32 {
  if (is_float) { return bitcast<u32>(bitcast<f32>(a) + bitcast<f32>(b)); }
  return a + b;
}

@compute @workgroup_size(SIZE)
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let number = group.x + group.y * groups.x;
  let lanes = SIZE / parameters.columns;
  let lane = index / parameters.columns;
  let block = number % parameters.blocks;
  let line = number / parameters.blocks * parameters.columns + index % parameters.columns;
  let outer = line / parameters.inner;
  let column = line % parameters.inner;
  let is_inside = line < parameters.lines;
  let first = (block * lanes + lane) * parameters.items;
  let end = select(0u, min(first + parameters.items, parameters.length), is_inside);
  let start = outer * parameters.length * parameters.inner + column;

  var total = 0u;
  for (var k = first; k < end; k++) {
    total = sum(total, x[start + select(k, parameters.length - 1u - k, parameters.reverse != 0u) * parameters.inner]);
  }
  partial[index] = total;
  workgroupBarrier();
  for (var distance = 1u; distance < lanes; distance *= 2u) {
    if (lane >= distance) { total = sum(partial[index - distance * parameters.columns], total); }
    workgroupBarrier();
    partial[index] = total;
    workgroupBarrier();
  }

  var running = 0u;
  if (lane > 0u) { running = partial[index - parameters.columns]; }
  for (var k = first; k < end; k++) {
    let place = start + select(k, parameters.length - 1u - k, parameters.reverse != 0u) * parameters.inner;
    let next = sum(running, x[place]);
    y[place] = select(next, running, parameters.exclusive != 0u);
    running = next;
  }
  if (is_inside && lane == lanes - 1u) { totals[(outer * parameters.blocks + block) * parameters.inner + column] = total; }
}
