// Transforms of lines that fit in workgroup memory, several in a workgroup. `shaderOf` of webgpu.ts puts the constants LENGTH (points of a line) and LINES (lines of a workgroup) before this,
// and behind it the function `run_stages` made of the stages of that length.

const INVOCATIONS = 256u;
const POINTS = LENGTH * LINES;

// What the numbers of a side are: complex, real, or the first half of a spectrum, whose other half counts as zero.
const COMPLEX = 0u;
const REAL = 1u;
const HALF = 2u;

override source_kind: u32;
override target_kind: u32;
// Exchange real and imaginary parts: of what is loaded, of what has been transformed, and of what is stored.
override swap_source: bool;
override swap_result: bool;
override swap_target: bool;
// Whether neighbouring lines, not neighbouring positions, are neighbours in memory.
override source_by_lines: bool;
override target_by_lines: bool;
// Multiply what is loaded and what has been transformed by factors; turn results by powers of a root of unity (four-step transforms).
override has_source_factors: bool;
override has_target_factors: bool;
override turned: bool;

// Number e of line (a, b, c) is element (a * count + e) * inner + c, where e = position * step + b * line_step; those from `count` on are zero, or not stored.
struct Side {
  count: u32,
  step: u32,
  line_step: u32,
  // Where the factors of e = 0, 1, … are.
  factors: u32,
}

struct Parameters {
  lines: u32,
  extent_b: u32,
  inner: u32,
  // Real numbers of a line of which half the spectrum is kept, and the weight of entries that stand for two.
  length: u32,
  pair_weight: f32,
  scale: f32,
  // The root's powers are the product of two: fine ones below this, then coarse ones.
  fine_powers: u32,
  source: Side,
  destination: Side,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
// Powers of exp(-2 pi i / LENGTH), then the fine and the coarse ones for turning.
@group(0) @binding(2) var<storage, read> roots: array<vec2f>;
@group(0) @binding(3) var<storage, read> factors: array<vec2f>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

// Every stage reads one half and writes the other.
var<workgroup> points: array<vec2f, 2u * POINTS>;

fn product(a: vec2f, b: vec2f) -> vec2f {
  return vec2f(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

fn weight_of(e: u32) -> f32 {
  return select(parameters.pair_weight, 1.0, e == 0u || 2u * e == parameters.length);
}

// Line and position of a point, and where it is kept between stages.
struct Point {
  line: u32,
  position: u32,
  index: u32,
}

fn point_of(index: u32, by_lines: bool) -> Point {
  if (by_lines) {
    return Point(index % LINES, index / LINES, index % LINES * LENGTH + index / LINES);
  }
  return Point(index / LENGTH, index % LENGTH, index);
}

fn element_of(side: Side, line: u32, e: u32) -> u32 {
  let a = line / parameters.inner / parameters.extent_b;
  return (a * side.count + e) * parameters.inner + line % parameters.inner;
}

fn load_number(line: u32, position: u32) -> vec2f {
  let b = line / parameters.inner % parameters.extent_b;
  let e = position * parameters.source.step + b * parameters.source.line_step;
  if (e >= parameters.source.count) {
    return vec2f();
  }
  let element = element_of(parameters.source, line, e);
  var value: vec2f;
  if (source_kind == REAL) {
    value = vec2f(x[element], 0.0);
  } else {
    value = vec2f(x[2u * element], x[2u * element + 1u]);
  }
  if (source_kind == HALF) {
    value *= weight_of(e);
  }
  if (swap_source) {
    value = value.yx;
  }
  if (has_source_factors) {
    value = product(value, factors[parameters.source.factors + e]);
  }
  return value;
}

fn store_number(line: u32, position: u32, transformed: vec2f) {
  let b = line / parameters.inner % parameters.extent_b;
  let e = position * parameters.destination.step + b * parameters.destination.line_step;
  if (e >= parameters.destination.count) {
    return;
  }
  var value = transformed;
  if (turned) {
    let power = b * position;
    let fine = roots[LENGTH + power % parameters.fine_powers];
    let coarse = roots[LENGTH + parameters.fine_powers + power / parameters.fine_powers];
    value = product(value, product(fine, coarse));
  }
  if (swap_result) {
    value = value.yx;
  }
  if (has_target_factors) {
    value = product(value, factors[parameters.destination.factors + e]);
  }
  if (swap_target) {
    value = value.yx;
  }
  value *= parameters.scale;
  if (target_kind == HALF) {
    value *= weight_of(e);
    // The entries that are their own conjugates.
    if (e == 0u || 2u * e == parameters.length) {
      value.y = 0.0;
    }
  }
  let element = element_of(parameters.destination, line, e);
  if (target_kind == REAL) {
    y[element] = value.x;
  } else {
    y[2u * element] = value.x;
    y[2u * element + 1u] = value.y;
  }
}

// Where butterfly `index` of a stage reads its first leg and writes its first result, relative to the halves of `points`, and the power of the root that turns its second result.
struct Butterfly {
  source: u32,
  destination: u32,
  power: u32,
}

// One stage of Stockham's decimation in frequency; the legs are LENGTH / radix apart in the source and s apart in the destination.
fn butterfly_of(index: u32, radix: u32, s: u32) -> Butterfly {
  let line = index / (LENGTH / radix);
  let within = index % (LENGTH / radix);
  let p = within / s;
  return Butterfly(line * LENGTH + within, line * LENGTH + within + (radix - 1u) * p * s, p * s);
}

fn stage2(first: u32, s: u32, source: u32, destination: u32) {
  for (var index = first; index < POINTS / 2u; index += INVOCATIONS) {
    let at = butterfly_of(index, 2u, s);
    let a = points[source + at.source];
    let b = points[source + at.source + LENGTH / 2u];
    points[destination + at.destination] = a + b;
    points[destination + at.destination + s] = product(a - b, roots[at.power]);
  }
  workgroupBarrier();
}

fn stage4(first: u32, s: u32, source: u32, destination: u32) {
  for (var index = first; index < POINTS / 4u; index += INVOCATIONS) {
    let at = butterfly_of(index, 4u, s);
    let leg = LENGTH / 4u;
    let a = points[source + at.source];
    let b = points[source + at.source + leg];
    let c = points[source + at.source + 2u * leg];
    let d = points[source + at.source + 3u * leg];
    let difference = vec2f(b.y - d.y, d.x - b.x);
    let to = destination + at.destination;
    points[to] = a + c + (b + d);
    points[to + s] = product(a - c + difference, roots[at.power]);
    points[to + 2u * s] = product(a + c - (b + d), roots[2u * at.power]);
    points[to + 3u * s] = product(a - c - difference, roots[3u * at.power]);
  }
  workgroupBarrier();
}

fn stage_odd(first: u32, radix: u32, s: u32, source: u32, destination: u32) {
  let leg = LENGTH / radix;
  for (var index = first; index < POINTS / radix; index += INVOCATIONS) {
    let at = butterfly_of(index, radix, s);
    for (var j = 0u; j < radix; j++) {
      var sum = vec2f();
      for (var l = 0u; l < radix; l++) {
        sum += product(points[source + at.source + l * leg], roots[j * l % radix * leg]);
      }
      points[destination + at.destination + j * s] = product(sum, roots[j * at.power]);
    }
  }
  workgroupBarrier();
}

@compute @workgroup_size(INVOCATIONS)
fn main(
  @builtin(local_invocation_index) first: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let first_line = (group.x + group.y * groups.x) * LINES;
  for (var index = first; index < POINTS; index += INVOCATIONS) {
    let point = point_of(index, source_by_lines);
    if (first_line + point.line < parameters.lines) {
      points[point.index] = load_number(first_line + point.line, point.position);
    }
  }
  workgroupBarrier();
  let result = run_stages(first);
  for (var index = first; index < POINTS; index += INVOCATIONS) {
    let point = point_of(index, target_by_lines);
    if (first_line + point.line < parameters.lines) {
      store_number(first_line + point.line, point.position, points[result + point.index]);
    }
  }
}
