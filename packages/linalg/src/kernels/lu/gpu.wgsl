// `Element` and its operations are those of element-shader.ts.
struct Parameters {
  rows: u32,
  columns: u32,
  // First matrix of the dispatch.
  first: u32,
  // First column of the panel.
  k: u32,
}

@group(0) @binding(0) var<storage, read> a: array<Element>;
@group(0) @binding(1) var<storage, read_write> factors: array<Element>;
@group(0) @binding(2) var<storage, read_write> permutation: array<i32>;
@group(0) @binding(3) var<storage, read_write> status: array<i32>;
// The row that changes places with each row in turn.
@group(0) @binding(4) var<storage, read_write> exchanges: array<u32>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const BLOCK = 16u;
const COLUMNS = 64u;
const THREADS = 256u;

var<workgroup> sizes: array<f32, 256>;
var<workgroup> places: array<u32, 256>;
var<workgroup> block: array<Element, 256>;
var<workgroup> others: array<Element, 256>;

fn position(batch: u32, i: u32, j: u32) -> u32 {
  return (batch * parameters.rows + i) * parameters.columns + j;
}

fn panel_width() -> u32 {
  return min(BLOCK, min(parameters.rows, parameters.columns) - parameters.k);
}

@compute @workgroup_size(BLOCK, BLOCK)
fn copy(@builtin(global_invocation_id) id: vec3u) {
  let batch = parameters.first + id.z;
  if (id.x < parameters.columns && id.y < parameters.rows) {
    let at = position(batch, id.y, id.x);
    factors[at] = a[at];
  }
  if (id.x == 0u && id.y < parameters.rows) {
    permutation[batch * parameters.rows + id.y] = i32(id.y);
  }
  if (id.x == 0u && id.y == 0u) {
    status[2u * batch] = 0;
    status[2u * batch + 1u] = 1;
  }
}

// Neither zero nor infinite nor NaN; by bits, as compilers may assume that there is no NaN.
fn is_pivot(x: f32) -> bool {
  let bits = bitcast<u32>(x) & 0x7fffffffu;
  return bits > 0u && bits < 0x7f800000u;
}

@compute @workgroup_size(THREADS)
fn factor_panel(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let k = parameters.k;
  let width = panel_width();
  let rows = parameters.rows;
  for (var j = 0u; j < width; j++) {
    let top = k + j;
    var size = -1.0;
    var place = top;
    for (var row = top + lane; row < rows; row += THREADS) {
      let other = sum_of_parts(factors[position(batch, row, top)]);
      if (other > size) {
        size = other;
        place = row;
      }
    }
    sizes[lane] = size;
    places[lane] = place;
    workgroupBarrier();
    for (var half = THREADS / 2u; half > 0u; half /= 2u) {
      if (lane < half) {
        let other = lane + half;
        if (sizes[other] > sizes[lane] || (sizes[other] == sizes[lane] && places[other] < places[lane])) {
          sizes[lane] = sizes[other];
          places[lane] = places[other];
        }
      }
      workgroupBarrier();
    }
    let pivot_row = workgroupUniformLoad(&places[0]);
    if (lane < width && pivot_row != top) {
      let one = position(batch, top, k + lane);
      let other = position(batch, pivot_row, k + lane);
      let moved = factors[one];
      factors[one] = factors[other];
      factors[other] = moved;
    }
    storageBarrier();
    let pivot = factors[position(batch, top, top)];
    if (lane == 0u) {
      if (pivot_row != top) {
        status[2u * batch + 1u] = -status[2u * batch + 1u];
      }
      if (status[2u * batch] == 0 && !is_pivot(sum_of_parts(pivot))) {
        status[2u * batch] = i32(top + 1u);
      }
      exchange_rows(batch, top, pivot_row);
    }
    if (sum_of_parts(pivot) != 0.0) {
      for (var row = top + 1u + lane; row < rows; row += THREADS) {
        let at = position(batch, row, top);
        let factor = over(factors[at], pivot);
        factors[at] = factor;
        for (var column = 1u; column < width - j; column++) {
          factors[at + column] -= times(factor, factors[position(batch, top, top + column)]);
        }
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
}

fn exchange_of(batch: u32, row: u32) -> u32 {
  return batch * min(parameters.rows, parameters.columns) + row;
}

fn exchange_rows(batch: u32, one: u32, other: u32) {
  exchanges[exchange_of(batch, one)] = other;
  let start = batch * parameters.rows;
  let moved = permutation[start + one];
  permutation[start + one] = permutation[start + other];
  permutation[start + other] = moved;
}

// Exchanges rows in the columns beside the panel; those to the right become rows of U.
@compute @workgroup_size(COLUMNS)
fn finish_columns(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let k = parameters.k;
  let width = panel_width();
  for (var index = lane; index < BLOCK * BLOCK; index += COLUMNS) {
    if (index / BLOCK < width && index % BLOCK < width) {
      block[index] = factors[position(batch, k + index / BLOCK, k + index % BLOCK)];
    }
  }
  workgroupBarrier();
  let column = group.x * COLUMNS + lane;
  if (column >= parameters.columns || (column >= k && column < k + width)) {
    return;
  }
  for (var j = 0u; j < width; j++) {
    let other = exchanges[exchange_of(batch, k + j)];
    let at = position(batch, k + j, column);
    let moved = factors[at];
    factors[at] = factors[position(batch, other, column)];
    factors[position(batch, other, column)] = moved;
  }
  if (column < k) {
    return;
  }
  var known: array<Element, 16>;
  for (var i = 0u; i < width; i++) {
    let at = position(batch, k + i, column);
    var sum = factors[at];
    for (var j = 0u; j < i; j++) {
      sum -= times(block[i * BLOCK + j], known[j]);
    }
    known[i] = sum;
    factors[at] = sum;
  }
}

@compute @workgroup_size(BLOCK, BLOCK)
fn update(@builtin(local_invocation_id) local: vec3u, @builtin(workgroup_id) group: vec3u) {
  let batch = parameters.first + group.z;
  let k = parameters.k;
  let width = panel_width();
  let row = k + width + group.y * BLOCK + local.y;
  let column = k + width + group.x * BLOCK + local.x;
  let slot = local.y * BLOCK + local.x;
  if (row < parameters.rows && local.x < width) {
    block[slot] = factors[position(batch, row, k + local.x)];
  }
  if (column < parameters.columns && local.y < width) {
    others[slot] = factors[position(batch, k + local.y, column)];
  }
  workgroupBarrier();
  if (row >= parameters.rows || column >= parameters.columns) {
    return;
  }
  var sum = Element();
  for (var i = 0u; i < width; i++) {
    sum += times(block[local.y * BLOCK + i], others[i * BLOCK + local.x]);
  }
  factors[position(batch, row, column)] -= sum;
}
