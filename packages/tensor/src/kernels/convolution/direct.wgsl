// Sums one by one, for groups of so few channels that a tile would be mostly empty: depthwise convolutions and averages.

// An invocation for each sum.
@compute @workgroup_size(64)
fn window_sums(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) workgroups: vec3u) {
  let index = i32(id.x + id.y * workgroups.x * 64u);
  let columns = sums.batches * volume(sums.extent);
  let column = index % columns;
  let output = index / columns % sums.outputs;
  let group = index / columns / sums.outputs;
  if (group >= sums.groups) {
    return;
  }
  let start = window_start(column);
  let filterStart = output * sums.filterOutputStep;
  let elements = volume(sums.count);
  var sum = 0.0f;
  for (var element = 0; element < elements; element++) {
    let first = filterStart + filter_index(group, element);
    var distance = element_distance(element);
    for (var channel = 0; channel < sums.channels; channel++) {
      distance.channel = channel;
      sum = fma(operand[first + channel * sums.filterChannelStep], source_value(group, start, distance), sum);
    }
  }
  result[result_index(group, output, column)] = sum;
}

var<workgroup> partial: array<f32, 64>;

// A workgroup for each element of the filter.
@compute @workgroup_size(64)
fn filter_gradient(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) invocation: u32,
) {
  let index = i32(workgroup.x + workgroup.y * workgroups.x);
  let elements = sums.channels * volume(sums.count);
  let output = index / elements % sums.outputs;
  let group = index / elements / sums.outputs;
  if (group >= sums.groups) {
    return;
  }
  let distance = element_distance(index % elements);
  let positions = sums.batches * volume(sums.extent);
  var sum = 0.0f;
  for (var position = i32(invocation); position < positions; position += 64) {
    sum = fma(operand[cotangent_index(group, output, position)], source_value(group, window_start(position), distance), sum);
  }
  partial[invocation] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (invocation < half) {
      partial[invocation] += partial[invocation + half];
    }
  }
  if (invocation == 0u) {
    result[index] = partial[0];
  }
}
