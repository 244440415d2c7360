struct Sizes {
  lower: vec4f,
  upper: vec4f,
  degrees: vec4u,
  ranks: vec4u,
  // First point of this chunk, points in the chunk.
  first: u32,
  count: u32,
}

@group(0) @binding(0) var<storage, read> points: array<f32>;
@group(0) @binding(1) var<storage, read> first_factor: array<f32>;
@group(0) @binding(2) var<storage, read> second_factor: array<f32>;
@group(0) @binding(3) var<storage, read> third_factor: array<f32>;
@group(0) @binding(4) var<storage, read> core: array<f32>;
@group(0) @binding(5) var<storage, read_write> columns: array<f32>;
@group(0) @binding(6) var<storage, read_write> values: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

fn element(axis: u32, index: u32) -> f32 {
  if (axis == 0u) { return first_factor[index]; }
  if (axis == 1u) { return second_factor[index]; }
  return third_factor[index];
}

/// One column of one factor at one point, by Clenshaw's recurrence: columns[row * count + point].
@compute @workgroup_size(64)
fn univariate(@builtin(global_invocation_id) id: vec3u) {
  let point = id.x;
  var axis = 0u;
  var column = id.y;
  if (column >= sizes.ranks.x) { axis = 1u; column -= sizes.ranks.x; }
  if (axis == 1u && column >= sizes.ranks.y) { axis = 2u; column -= sizes.ranks.y; }
  if (point >= sizes.count || column >= sizes.ranks[axis]) { return; }
  let at = points[(sizes.first + point) * 3u + axis];
  let x = ((at - sizes.lower[axis]) + (at - sizes.upper[axis])) / (sizes.upper[axis] - sizes.lower[axis]);
  let rank = sizes.ranks[axis];
  var next = 0.0;
  var after = 0.0;
  for (var i = sizes.degrees[axis] - 1u; i > 0u; i--) {
    let value = fma(2.0 * x, next, element(axis, i * rank + column) - after);
    after = next;
    next = value;
  }
  columns[id.y * sizes.count + point] = fma(x, next, element(axis, column) - after);
}

@compute @workgroup_size(64)
fn contract(@builtin(global_invocation_id) id: vec3u) {
  let point = id.x;
  if (point >= sizes.count) { return; }
  let r = sizes.ranks;
  var sum = 0.0;
  for (var p = 0u; p < r.x; p++) {
    var plane = 0.0;
    for (var q = 0u; q < r.y; q++) {
      var line = 0.0;
      for (var s = 0u; s < r.z; s++) {
        line = fma(core[(p * r.y + q) * r.z + s], columns[(r.x + r.y + s) * sizes.count + point], line);
      }
      plane = fma(line, columns[(r.x + q) * sizes.count + point], plane);
    }
    sum = fma(plane, columns[p * sizes.count + point], sum);
  }
  values[sizes.first + point] = sum;
}
