// Transforms of lines that fit in workgroup memory, a power of two of them in every workgroup. An invocation loads numbers of one line, takes part in its stages, and stores numbers of one line.

const INVOCATIONS = 256u;

// Most points of a workgroup's lines together.
override capacity: u32;

// What the numbers of a side are: complex, real, or the first half of a spectrum, whose other half counts as zero.
const COMPLEX = 0u;
const REAL = 1u;
const HALF = 2u;

// Number e of line (a, b, c) is element (a * count + e) * inner + c, where e = position * step + b * line_step; those from `count` on are zero, or not stored.
struct Side {
  kind: u32,
  count: u32,
  step: u32,
  line_step: u32,
  // Whether neighbouring lines, not neighbouring positions, are neighbours in memory.
  by_lines: u32,
  // Whether to exchange real and imaginary parts of what is loaded or stored.
  swapped: u32,
  // Whether to multiply number e, once loaded or before it is stored, by factors[first_factor + e].
  has_factors: u32,
  first_factor: u32,
}

struct Parameters {
  // In all, and in a workgroup.
  lines: u32,
  group_lines: u32,
  extent_b: u32,
  inner: u32,
  points: u32,
  // Results are turned by powers of a root of unity (four-step transforms): products of fine powers below this and coarse ones. Not if 0.
  fine_powers: u32,
  // Whether real and imaginary parts of results are exchanged before their factors.
  swap_result: u32,
  // Real numbers of a line of which half the spectrum is kept, and the weight of entries that stand for two.
  real_length: u32,
  pair_weight: f32,
  scale: f32,
  stages: u32,
  radices: array<vec4u, 2>,
  source: Side,
  destination: Side,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
// Powers of exp(-2 pi i / points), then the fine and the coarse ones for turning.
@group(0) @binding(2) var<storage, read> roots: array<vec2f>;
@group(0) @binding(3) var<storage, read> factors: array<vec2f>;
@group(0) @binding(4) var<uniform> parameters: Parameters;

// Every stage reads one half and writes the other.
var<workgroup> kept: array<vec2f, 2u * capacity>;

fn product(a: vec2f, b: vec2f) -> vec2f {
  return vec2f(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x);
}

fn stands_for_itself(e: u32) -> bool {
  return e == 0u || 2u * e == parameters.real_length;
}

// What an invocation has to do on one side: the line within the workgroup, its index b and the element where it begins, and the positions first, first + step, ….
struct Share {
  line: u32,
  b: u32,
  start: u32,
  first: u32,
  end: u32,
  step: u32,
}

fn share_of(invocation: u32, first_line: u32, side: Side) -> Share {
  let step = INVOCATIONS / parameters.group_lines;
  var share: Share;
  share.line = invocation / step;
  share.first = invocation % step;
  if (side.by_lines != 0u) {
    share.line = invocation % parameters.group_lines;
    share.first = invocation / parameters.group_lines;
  }
  let line = first_line + share.line;
  let outer = line / parameters.inner;
  share.b = outer % parameters.extent_b;
  share.start = outer / parameters.extent_b * side.count * parameters.inner + line % parameters.inner;
  share.end = select(0u, parameters.points, line < parameters.lines);
  share.step = step;
  return share;
}

fn load_number(share: Share, position: u32) -> vec2f {
  let side = parameters.source;
  let e = position * side.step + share.b * side.line_step;
  if (e >= side.count) {
    return vec2f();
  }
  let element = share.start + e * parameters.inner;
  var value: vec2f;
  if (side.kind == REAL) {
    value = vec2f(x[element], 0.0);
  } else {
    value = vec2f(x[2u * element], x[2u * element + 1u]);
  }
  if (side.kind == HALF && !stands_for_itself(e)) {
    value *= parameters.pair_weight;
  }
  if (side.swapped != 0u) {
    value = value.yx;
  }
  if (side.has_factors != 0u) {
    value = product(value, factors[side.first_factor + e]);
  }
  return value;
}

fn store_number(share: Share, position: u32, transformed: vec2f) {
  let side = parameters.destination;
  let e = position * side.step + share.b * side.line_step;
  if (e >= side.count) {
    return;
  }
  var value = transformed;
  if (parameters.fine_powers != 0u) {
    let power = share.b * position;
    let fine = roots[parameters.points + power % parameters.fine_powers];
    let coarse = roots[parameters.points + parameters.fine_powers + power / parameters.fine_powers];
    value = product(value, product(fine, coarse));
  }
  if (parameters.swap_result != 0u) {
    value = value.yx;
  }
  if (side.has_factors != 0u) {
    value = product(value, factors[side.first_factor + e]);
  }
  if (side.swapped != 0u) {
    value = value.yx;
  }
  value *= parameters.scale;
  let element = share.start + e * parameters.inner;
  if (side.kind == REAL) {
    y[element] = value.x;
    return;
  }
  if (side.kind == HALF) {
    if (stands_for_itself(e)) {
      value.y = 0.0;
    } else {
      value *= parameters.pair_weight;
    }
  }
  y[2u * element] = value.x;
  y[2u * element + 1u] = value.y;
}

// The butterfly whose first leg is at `source` and whose first result goes to `result`; the legs are `leg` apart, the results s, and result j is turned by roots[j * power].
fn butterfly(radix: u32, source: u32, leg: u32, result: u32, s: u32, power: u32) {
  if (radix == 4u) {
    let a = kept[source];
    let b = kept[source + leg];
    let c = kept[source + 2u * leg];
    let d = kept[source + 3u * leg];
    let difference = vec2f(b.y - d.y, d.x - b.x);
    kept[result] = a + c + (b + d);
    kept[result + s] = product(a - c + difference, roots[power]);
    kept[result + 2u * s] = product(a + c - (b + d), roots[2u * power]);
    kept[result + 3u * s] = product(a - c - difference, roots[3u * power]);
  } else if (radix == 2u) {
    let a = kept[source];
    let b = kept[source + leg];
    kept[result] = a + b;
    kept[result + s] = product(a - b, roots[power]);
  } else {
    for (var j = 0u; j < radix; j++) {
      var sum = vec2f();
      for (var l = 0u; l < radix; l++) {
        sum += product(kept[source + l * leg], roots[j * l % radix * leg]);
      }
      kept[result + j * s] = product(sum, roots[j * power]);
    }
  }
}

@compute @workgroup_size(INVOCATIONS)
fn main(
  @builtin(local_invocation_index) invocation: u32,
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
) {
  let first_line = (group.x + group.y * groups.x) * parameters.group_lines;
  let points = parameters.points;
  let loaded = share_of(invocation, first_line, parameters.source);
  for (var position = loaded.first; position < loaded.end; position += loaded.step) {
    kept[loaded.line * points + position] = load_number(loaded, position);
  }
  workgroupBarrier();

  // Stockham's decimation in frequency: x[q + s (p + m l)] to y[q + s (radix p + j)].
  let invocations = INVOCATIONS / parameters.group_lines;
  let line_start = invocation / invocations * points;
  var from_half = 0u;
  var s = 1u;
  for (var stage = 0u; stage < parameters.stages; stage++) {
    let radix = parameters.radices[stage / 4u][stage % 4u];
    let leg = points / radix;
    let source = from_half + line_start;
    let result = capacity - from_half + line_start;
    for (var index = invocation % invocations; index < leg; index += invocations) {
      let power = index / s * s;
      butterfly(radix, source + index, leg, result + index + (radix - 1u) * power, s, power);
    }
    workgroupBarrier();
    from_half = capacity - from_half;
    s *= radix;
  }

  let stored = share_of(invocation, first_line, parameters.destination);
  for (var position = stored.first; position < stored.end; position += stored.step) {
    store_number(stored, position, kept[from_half + stored.line * points + position]);
  }
}
