// One invocation makes one block of Philox4x32-10, four elements. The last block is written whole: arrays are bound in whole vec4s.
struct Parameters {
  blocks: u32,
}

// Seed low, seed high, stream low, stream high.
@group(0) @binding(0) var<storage, read> key: vec4u;
@group(0) @binding(1) var<storage, read_write> y: array<vec4u>;
@group(0) @binding(2) var<uniform> parameters: Parameters;

fn index_of(id: vec3u, groups: vec3u) -> u32 {
  return id.x + id.y * groups.x * 256u;
}

@compute @workgroup_size(256)
fn bits(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let block = index_of(id, groups);
  if (block < parameters.blocks) {
    y[block] = philox(block);
  }
}

@compute @workgroup_size(256)
fn uniform_numbers(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let block = index_of(id, groups);
  if (block < parameters.blocks) {
    y[block] = bitcast<vec4u>(uniforms(philox(block)));
  }
}

@compute @workgroup_size(256)
fn normal(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let block = index_of(id, groups);
  if (block < parameters.blocks) {
    let u = uniforms(philox(block));
    y[block] = bitcast<vec4u>(vec4f(normal_pair(u.x, u.y), normal_pair(u.z, u.w)));
  }
}

fn philox(block: u32) -> vec4u {
  var counter = vec4u(block, 0u, key.z, key.w);
  var round_key = key.xy;
  for (var round = 0; round < 10; round++) {
    let high0 = multiply_high(0xd2511f53u, counter.x);
    let high1 = multiply_high(0xcd9e8d57u, counter.z);
    counter = vec4u(
      high1 ^ counter.y ^ round_key.x,
      0xcd9e8d57u * counter.z,
      high0 ^ counter.w ^ round_key.y,
      0xd2511f53u * counter.x,
    );
    round_key += vec2u(0x9e3779b9u, 0xbb67ae85u);
  }
  return counter;
}

// High word of the product, from products of 16-bit halves.
fn multiply_high(a: u32, b: u32) -> u32 {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let carry = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (carry >> 16u);
}

// ((word >> 9) + 1/2) * 2^-23, exactly: every operation here is exact in float32.
fn uniforms(words: vec4u) -> vec4f {
  return (vec4f(words >> vec4u(9u)) + 0.5) * 0x1p-23;
}

// Box-Muller with logarithm, root, sine and cosine of known accuracy: WGSL's own may be off by thousands of ulps.
fn normal_pair(u: f32, turn: f32) -> vec2f {
  let radius = square_root(-2.0 * logarithm(u));
  let quarters = floor(4.0 * turn + 0.5);
  // Exact: u has 24 bits, the difference fewer.
  let t = turn - 0.25 * quarters;
  let z = t * t;
  // Minimax fits of sin and cos of 2 pi t for |t| <= 1/8, the same as in assembly/turn.ts.
  let sine = t * 6.2831855 + t * (-1.7484555e-7 + z * (-41.341671 + z * (81.593765 + z * -75.445602)));
  let cosine = 1.0 + z * (-19.739208 + z * (64.939323 + z * (-85.443237 + z * 59.229244)));
  let quadrant = u32(quarters) & 3u;
  var pair = vec2f(cosine, sine);
  if ((quadrant & 1u) == 1u) { pair = vec2f(-sine, cosine); }
  if (quadrant >= 2u) { pair = -pair; }
  return radius * pair;
}

// ln x of a normal number, within 1.5 ulp. The method and FreeBSD's e_logf.c coefficients of assembly/log.ts.
fn logarithm(x: f32) -> f32 {
  let shifted = bitcast<u32>(x) + (0x3f800000u - 0x3f3504f3u);
  let k = f32(i32(shifted >> 23u) - 127);
  let f = bitcast<f32>((shifted & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  let s = f / (2.0 + f);
  let z = s * s;
  let r = z * (0.66666662693 + z * (0.40000972152 + z * (0.28498786688 + z * 0.24279078841)));
  let half_square = 0.5 * f * f;
  let correction = s * (half_square + r) + k * 9.0580006145e-6;
  return k * 6.9313812256e-1 + (f + (correction - half_square));
}

// The root of a positive number, within 1 ulp: sqrt with the error WGSL allows, corrected by one step of Newton. The square of the upper half of the root is exact.
fn square_root(x: f32) -> f32 {
  let root = sqrt(x);
  let upper = bitcast<f32>(bitcast<u32>(root) & 0xfffff000u);
  let lower = root - upper;
  let remainder = (x - upper * upper) - lower * (upper + root);
  return root + 0.5 * remainder / root;
}
