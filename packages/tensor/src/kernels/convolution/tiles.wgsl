// Sums in tiles of 64 channels by 64 columns, as matmul's gpu.wgsl. A column is a position of the result and the depth goes over the elements of a window; for the
// gradient in the filter it is the other way round, and a workgroup takes a slice of the depth.
override filterGradient: bool;

const TILE = 64;
const STEP = 16;
const QUADS = TILE / 4;
// One more than needed, so that writes along the depth meet different memory banks.
const PITCH = QUADS + 1;

var<workgroup> aTile: array<vec4f, STEP * PITCH>;
var<workgroup> bTile: array<vec4f, STEP * PITCH>;

fn place_of_column(column: i32) -> Place {
  if (filterGradient) {
    return element_distance(column);
  }
  return window_start(column);
}

@compute @workgroup_size(256)
fn main(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let local = i32(invocation);
  let elements = sums.channels * volume(sums.count);
  let positions = sums.batches * volume(sums.extent);
  let columns = select(positions, elements, filterGradient);
  let depth = select(elements, positions, filterGradient);
  let tileColumns = (columns + TILE - 1) / TILE;
  let tiles = (sums.outputs + TILE - 1) / TILE * tileColumns;
  let index = i32(workgroup.x + workgroup.y * workgroups.x);
  let slice = index / tiles / sums.groups;
  if (slice >= sums.slices) {
    return;
  }
  let group = index / tiles % sums.groups;
  let row = index % tiles / tileColumns * TILE;
  let column = index % tiles % tileColumns * TILE;
  let sliceDepth = ((depth + sums.slices - 1) / sums.slices + STEP - 1) / STEP * STEP;
  let end = min(depth, (slice + 1) * sliceDepth);

  // Invocations side by side read along positions of the source, and along the contiguous axis of the operand.
  let inner = local % 16;
  let outer = local / 16;
  let bQuad = select(inner, outer, filterGradient);
  let bStep = select(outer, inner, filterGradient);
  var places: array<Place, 4>;
  for (var i = 0; i < 4; i++) {
    places[i] = place_of_column(column + bQuad * 4 + i);
  }

  var sum0 = vec4f();
  var sum1 = vec4f();
  var sum2 = vec4f();
  var sum3 = vec4f();
  for (var step = slice * sliceDepth; step < end; step += STEP) {
    aTile[inner * PITCH + outer] = operand_values(group, row + outer * 4, step + inner, end);
    var values = vec4f();
    if (step + bStep < end) {
      for (var i = 0; i < 4; i++) {
        if (column + bQuad * 4 + i < columns) {
          values[i] = window_value(group, places[i], step + bStep);
        }
      }
    }
    bTile[bStep * PITCH + bQuad] = values;
    workgroupBarrier();
    for (var k = 0; k < STEP; k++) {
      let x = aTile[k * PITCH + outer];
      let y = bTile[k * PITCH + inner];
      sum0 = fma(vec4f(x.x), y, sum0);
      sum1 = fma(vec4f(x.y), y, sum1);
      sum2 = fma(vec4f(x.z), y, sum2);
      sum3 = fma(vec4f(x.w), y, sum3);
    }
    workgroupBarrier();
  }
  store(slice, group, row + outer * 4, column + inner * 4, columns, sum0);
  store(slice, group, row + outer * 4 + 1, column + inner * 4, columns, sum1);
  store(slice, group, row + outer * 4 + 2, column + inner * 4, columns, sum2);
  store(slice, group, row + outer * 4 + 3, column + inner * 4, columns, sum3);
}

// Four channels of one step of the depth; zeros outside.
fn operand_values(group: i32, row: i32, step: i32, end: i32) -> vec4f {
  var values = vec4f();
  if (step >= end) {
    return values;
  }
  var index = filter_index(group, step) + row * sums.filterOutputStep;
  var stride = sums.filterOutputStep;
  if (filterGradient) {
    index = cotangent_index(group, row, step);
    stride = volume(sums.extent);
  }
  for (var i = 0; i < 4; i++) {
    if (row + i < sums.outputs) {
      values[i] = operand[index + i * stride];
    }
  }
  return values;
}

fn window_value(group: i32, place: Place, step: i32) -> f32 {
  if (filterGradient) {
    return source_value(group, window_start(step), place);
  }
  return source_value(group, place, element_distance(step));
}

fn store(slice: i32, group: i32, row: i32, column: i32, columns: i32, values: vec4f) {
  if (row >= sums.outputs) {
    return;
  }
  for (var i = 0; i < 4; i++) {
    if (column + i < columns) {
      if (filterGradient) {
        result[((slice * sums.groups + group) * sums.outputs + row) * columns + column + i] = values[i];
      } else {
        result[result_index(group, row, column + i)] = values[i];
      }
    }
  }
}
