// The three products of a convolution by their definitions, an invocation for each element of the result.
override product: u32; // 0 forward, 1 gradient in the input, 2 gradient in the filter

struct Geometry {
  size: u32,
  batches: u32,
  groups: u32,
  outputs: u32,
  // Depth, height, width; the last components are channels, and nothing.
  input: vec4i,
  window: vec4i,
  output: vec4i,
  stride: vec4i,
  dilation: vec4i,
  before: vec4i,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> geometry: Geometry;

fn position_in(index: u32, extents: vec3i) -> vec3i {
  let i = i32(index);
  return vec3i(i / (extents.y * extents.z), i / extents.z % extents.y, i % extents.z);
}

fn index_of(position: vec3i, extents: vec3i) -> u32 {
  return u32((position.x * extents.y + position.y) * extents.z + position.z);
}

fn volume(extents: vec3i) -> u32 {
  return u32(extents.x * extents.y * extents.z);
}

fn is_inside(position: vec3i, extents: vec3i) -> bool {
  return all(position >= vec3i(0)) && all(position < extents);
}

fn forward(index: u32) -> f32 {
  let outputSize = volume(geometry.output.xyz);
  let windowSize = volume(geometry.window.xyz);
  let inputSize = volume(geometry.input.xyz);
  let channels = u32(geometry.input.w);
  let filterRow = index / outputSize % (geometry.groups * geometry.outputs);
  let example = index / outputSize / (geometry.groups * geometry.outputs);
  let start = position_in(index % outputSize, geometry.output.xyz) * geometry.stride.xyz - geometry.before.xyz;
  let x = (example * geometry.groups + filterRow / geometry.outputs) * channels * inputSize;
  var sum = 0.0f;
  for (var k = 0u; k < windowSize; k++) {
    let at = start + position_in(k, geometry.window.xyz) * geometry.dilation.xyz;
    let inside = is_inside(at, geometry.input.xyz);
    let q = select(0u, index_of(at, geometry.input.xyz), inside);
    for (var c = 0u; c < channels; c++) {
      let value = a[x + c * inputSize + q];
      sum += b[(filterRow * channels + c) * windowSize + k] * select(0.0f, value, inside);
    }
  }
  return sum;
}

fn input_gradient(index: u32) -> f32 {
  let outputSize = volume(geometry.output.xyz);
  let windowSize = volume(geometry.window.xyz);
  let inputSize = volume(geometry.input.xyz);
  let channels = u32(geometry.input.w);
  let channel = index / inputSize % channels;
  let group = index / inputSize / channels % geometry.groups;
  let example = index / inputSize / channels / geometry.groups;
  let place = position_in(index % inputSize, geometry.input.xyz) + geometry.before.xyz;
  var sum = 0.0f;
  for (var k = 0u; k < windowSize; k++) {
    let steps = place - position_in(k, geometry.window.xyz) * geometry.dilation.xyz;
    let at = steps / geometry.stride.xyz;
    if (any(steps < vec3i(0)) || any(at * geometry.stride.xyz != steps) || !is_inside(at, geometry.output.xyz)) {
      continue;
    }
    let p = index_of(at, geometry.output.xyz);
    for (var o = 0u; o < geometry.outputs; o++) {
      let filterRow = group * geometry.outputs + o;
      sum += a[(example * geometry.groups * geometry.outputs + filterRow) * outputSize + p] * b[(filterRow * channels + channel) * windowSize + k];
    }
  }
  return sum;
}

fn filter_gradient(index: u32) -> f32 {
  let outputSize = volume(geometry.output.xyz);
  let windowSize = volume(geometry.window.xyz);
  let inputSize = volume(geometry.input.xyz);
  let channels = u32(geometry.input.w);
  let offset = position_in(index % windowSize, geometry.window.xyz) * geometry.dilation.xyz - geometry.before.xyz;
  let channel = index / windowSize % channels;
  let filterRow = index / windowSize / channels;
  let group = filterRow / geometry.outputs;
  var sum = 0.0f;
  for (var example = 0u; example < geometry.batches; example++) {
    let x = ((example * geometry.groups + group) * channels + channel) * inputSize;
    let y = (example * geometry.groups * geometry.outputs + filterRow) * outputSize;
    for (var p = 0u; p < outputSize; p++) {
      let at = position_in(p, geometry.output.xyz) * geometry.stride.xyz + offset;
      let inside = is_inside(at, geometry.input.xyz);
      let value = a[x + select(0u, index_of(at, geometry.input.xyz), inside)];
      sum += b[y + p] * select(0.0f, value, inside);
    }
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let index = id.x + id.y * groups.x * 64u;
  if (index >= geometry.size) {
    return;
  }
  if (product == 0u) {
    result[index] = forward(index);
  } else if (product == 1u) {
    result[index] = input_gradient(index);
  } else {
    result[index] = filter_gradient(index);
  }
}
