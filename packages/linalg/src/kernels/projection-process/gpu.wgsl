// `Element` and its operations are those of element-shader.ts.
struct Parameters {
  // Functions, and candidates.
  size: u32,
  count: u32,
  // First sample of the dispatch.
  first: u32,
  // Which point is drawn.
  step: u32,
}

@group(0) @binding(0) var<storage, read> features: array<Element>;
@group(0) @binding(1) var<storage, read> uniforms: array<f32>;
@group(0) @binding(2) var<storage, read_write> chosen: array<i32>;
@group(0) @binding(3) var<storage, read_write> residuals: array<f32>;
@group(0) @binding(4) var<storage, read_write> directions: array<Element>;
@group(0) @binding(5) var<uniform> parameters: Parameters;

const THREADS = 256u;

var<workgroup> sums: array<f32, 256>;
var<workgroup> products: array<Element, 256>;
var<workgroup> found: u32;

@compute @workgroup_size(THREADS)
fn measure(@builtin(global_invocation_id) id: vec3u) {
  let count = parameters.count;
  if (id.x >= count) {
    return;
  }
  var square = 0.0;
  for (var j = 0u; j < parameters.size; j++) {
    square += square_modulus(features[j * count + id.x]);
  }
  residuals[(parameters.first + id.y) * count + id.x] = square;
}

fn direction_at(sample: u32, step: u32, j: u32) -> u32 {
  return (sample * parameters.size + step) * parameters.size + j;
}

fn product_of_threads(lane: u32, value: Element) -> Element {
  products[lane] = value;
  workgroupBarrier();
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    if (lane < half) {
      products[lane] += products[lane + half];
    }
    workgroupBarrier();
  }
  let total = products[0];
  workgroupBarrier();
  return total;
}

// Each thread sums a stretch of the residuals; the one in whose stretch the share falls searches there.
fn search(lane: u32, sample: u32) {
  let count = parameters.count;
  let stretch = (count + THREADS - 1u) / THREADS;
  let begin = min(lane * stretch, count);
  let end = min(begin + stretch, count);
  let start = sample * count;
  var own = 0.0;
  for (var i = begin; i < end; i++) {
    own += residuals[start + i];
  }
  sums[lane] = own;
  if (lane == 0u) {
    found = count;
  }
  workgroupBarrier();
  var before = 0.0;
  var total = 0.0;
  for (var other = 0u; other < THREADS; other++) {
    if (other == lane) {
      before = total;
    }
    total += sums[other];
  }
  let aim = uniforms[sample * parameters.size + parameters.step] * total;
  workgroupBarrier();
  if (before <= aim && aim < before + own) {
    var sum = before;
    var index = begin;
    for (var i = begin; i < end; i++) {
      if (sum <= aim && residuals[start + i] > 0.0) {
        index = i;
      }
      sum += residuals[start + i];
    }
    found = index;
  }
  workgroupBarrier();
  // Rounding left none: the last that is not zero.
  if (lane == 0u && found == count) {
    found = 0u;
    for (var i = 0u; i < count; i++) {
      if (residuals[start + i] > 0.0) {
        found = i;
      }
    }
  }
}

// Draws a point, and makes the direction that it takes out of all others.
@compute @workgroup_size(THREADS)
fn choose(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3u) {
  let sample = parameters.first + group.y;
  let size = parameters.size;
  let step = parameters.step;
  search(lane, sample);
  let index = workgroupUniformLoad(&found);
  if (lane == 0u) {
    chosen[sample * size + step] = i32(index);
  }
  for (var j = lane; j < size; j += THREADS) {
    directions[direction_at(sample, step, j)] = features[j * parameters.count + index];
  }
  // Twice, against rounding. A thread reads and writes its own elements only.
  for (var pass_index = 0u; pass_index < 2u; pass_index++) {
    for (var other = 0u; other < step; other++) {
      var own = Element();
      for (var j = lane; j < size; j += THREADS) {
        own += times(conjugate(directions[direction_at(sample, other, j)]), directions[direction_at(sample, step, j)]);
      }
      let share = product_of_threads(lane, own);
      for (var j = lane; j < size; j += THREADS) {
        directions[direction_at(sample, step, j)] -= times(share, directions[direction_at(sample, other, j)]);
      }
    }
  }
  var square = 0.0;
  for (var j = lane; j < size; j += THREADS) {
    square += square_modulus(directions[direction_at(sample, step, j)]);
  }
  let length_of_all = sqrt(real_part(product_of_threads(lane, from_real(square))));
  for (var j = lane; j < size; j += THREADS) {
    let at = direction_at(sample, step, j);
    directions[at] = directions[at] / length_of_all;
  }
}

@compute @workgroup_size(THREADS)
fn update(@builtin(global_invocation_id) id: vec3u) {
  let count = parameters.count;
  if (id.x >= count) {
    return;
  }
  let sample = parameters.first + id.y;
  var along = Element();
  for (var j = 0u; j < parameters.size; j++) {
    along += times(conjugate(directions[direction_at(sample, parameters.step, j)]), features[j * count + id.x]);
  }
  let at = sample * count + id.x;
  let left = max(0.0, residuals[at] - square_modulus(along));
  residuals[at] = select(left, 0.0, i32(id.x) == chosen[sample * parameters.size + parameters.step]);
}
