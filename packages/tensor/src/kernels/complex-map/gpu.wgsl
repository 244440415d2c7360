// Complex numbers as vec2f. A condition takes a word, 0 or 1.
override operation: u32; // 0 add, 1 subtract, 2 multiply, 3 divide, 4 where, 5 neg

struct Axis {
  extent: u32,
  condition: u32,
  a: u32,
  b: u32,
}

struct Parameters {
  size: u32,
  rank: u32,
}

@group(0) @binding(0) var<storage, read> condition: array<u32>;
@group(0) @binding(1) var<storage, read> a: array<vec2f>;
@group(0) @binding(2) var<storage, read> b: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec2f>;
@group(0) @binding(4) var<storage, read> axes: array<Axis>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

fn product(x: vec2f, z: vec2f) -> vec2f {
  return vec2f(x.x * z.x - x.y * z.y, x.x * z.y + x.y * z.x);
}

// Smith's algorithm: nothing overflows in between.
fn quotient(x: vec2f, z: vec2f) -> vec2f {
  if (abs(z.x) >= abs(z.y)) {
    let ratio = z.y / z.x;
    let scale = z.x + z.y * ratio;
    return vec2f(x.x + x.y * ratio, x.y - x.x * ratio) / scale;
  }
  let ratio = z.x / z.y;
  let scale = z.x * ratio + z.y;
  return vec2f(x.x * ratio + x.y, x.y * ratio - x.x) / scale;
}

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let position = id.x + id.y * groups.x * 256u;
  if (position >= parameters.size) {
    return;
  }
  var rest = position;
  var element = vec3u(0u);
  for (var axis = i32(parameters.rank) - 1; axis >= 0; axis--) {
    let extent = axes[axis].extent;
    element += (rest % extent) * vec3u(axes[axis].condition, axes[axis].a, axes[axis].b);
    rest /= extent;
  }
  let left = a[element.y];
  let right = b[element.z];
  switch (operation) {
    case 0u: { y[position] = left + right; }
    case 1u: { y[position] = left - right; }
    case 2u: { y[position] = product(left, right); }
    case 3u: { y[position] = quotient(left, right); }
    case 4u: { y[position] = select(right, left, condition[element.x] != 0u); }
    default: { y[position] = -left; }
  }
}
