// What the shaders of convolutions have in common: where the operands of a sum are. Matrices of windows are not formed, their elements are found by a place in the
// result and a place in the window.

// As `WindowSums` in sums.ts; steps in elements.
struct Sums {
  extent: vec3i,
  batches: i32,
  count: vec3i,
  groups: i32,
  first: vec3i,
  // Channels made and summed, per group.
  outputs: i32,
  step: vec3i,
  channels: i32,
  start: vec3i,
  filterGroupStep: i32,
  spacing: vec3i,
  filterOutputStep: i32,
  stride: vec3i,
  filterChannelStep: i32,
  dilation: vec3i,
  // Parts that the depth is cut into.
  slices: i32,
  base: vec3i,
  source: vec3i,
  result: vec3i,
  window: vec3i,
}

// The filter, or its cotangent.
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read> operand: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> sums: Sums;

// A channel and a point of the source, or a distance from one.
struct Place {
  channel: i32,
  point: vec3i,
}

fn volume(extents: vec3i) -> i32 {
  return extents.x * extents.y * extents.z;
}

fn position_in(index: i32, extents: vec3i) -> vec3i {
  return vec3i(index / (extents.y * extents.z), index / extents.z % extents.y, index % extents.z);
}

fn index_of(position: vec3i, extents: vec3i) -> i32 {
  return (position.x * extents.y + position.y) * extents.z + position.z;
}

// Where the window starts at a position, counted over examples and positions.
fn window_start(index: i32) -> Place {
  let positions = volume(sums.extent);
  let channel = index / positions * sums.groups * sums.channels;
  return Place(channel, position_in(index % positions, sums.extent) * sums.stride + sums.base);
}

// Where an element is in a window, counted over channels and elements.
fn element_distance(index: i32) -> Place {
  let elements = volume(sums.count);
  return Place(index / elements, position_in(index % elements, sums.count) * sums.dilation);
}

fn source_value(group: i32, start: Place, distance: Place) -> f32 {
  let point = start.point + distance.point;
  if (any(point < vec3i(0)) || any(point >= sums.source)) {
    return 0.0f;
  }
  let channel = group * sums.channels + start.channel + distance.channel;
  return source[channel * volume(sums.source) + index_of(point, sums.source)];
}

// Where an element of the first filter of a group is, counted over channels and elements.
fn filter_index(group: i32, index: i32) -> i32 {
  let elements = volume(sums.count);
  let place = sums.first + position_in(index % elements, sums.count) * sums.step;
  return group * sums.filterGroupStep + index / elements * sums.filterChannelStep + index_of(place, sums.window);
}

// Where the cotangent of a channel is at a position, counted over examples and positions.
fn cotangent_index(group: i32, output: i32, index: i32) -> i32 {
  let positions = volume(sums.extent);
  return ((index / positions * sums.groups + group) * sums.outputs + output) * positions + index % positions;
}

// Where the sum of a channel at a position belongs.
fn result_index(group: i32, output: i32, index: i32) -> i32 {
  let positions = volume(sums.extent);
  let place = sums.start + position_in(index % positions, sums.extent) * sums.spacing;
  return ((index / positions * sums.groups + group) * sums.outputs + output) * volume(sums.result) + index_of(place, sums.result);
}
