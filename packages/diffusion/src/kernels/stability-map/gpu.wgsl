struct Parameters {
  rows: u32,
  columns: u32,
  degree: u32,
  halvings: u32,
  // Re z of the first column and from column to column, Im z of the first row and from row to row.
  first: f32,
  step: f32,
  top: f32,
  down: f32,
}

@group(0) @binding(0) var<storage, read> state: array<f32>;
@group(0) @binding(1) var<storage, read> slope: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> parameters: Parameters;

const SIDE = 8u;
const HIGHEST_DEGREE = 6;

// Whether all roots of r^m + Σ c_k r^(m−k) have a modulus below the radius: the Schur–Cohn test, see reference.ts.
fn roots_within(coefficients: ptr<function, array<vec2f, HIGHEST_DEGREE>>, degree: u32, radius: f32) -> bool {
  var c: array<vec2f, HIGHEST_DEGREE>;
  let inverse = 1.0 / radius;
  var scale = inverse;
  for (var k = 0u; k < degree; k++) {
    c[k] = (*coefficients)[k] * scale;
    scale *= inverse;
  }
  for (var n = degree; n > 0u; n--) {
    let last = c[n - 1u];
    let rest = 1.0 - dot(last, last);
    if (!(rest > 0.0)) {
      return false;
    }
    for (var j = 0u; 2u * j + 2u <= n; j++) {
      let other = n - 2u - j;
      let p = c[j];
      let q = c[other];
      c[j] = (p - vec2f(dot(last, q), last.y * q.x - last.x * q.y)) / rest;
      c[other] = (q - vec2f(dot(last, p), last.y * p.x - last.x * p.y)) / rest;
    }
  }
  return true;
}

@compute @workgroup_size(SIDE, SIDE)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= parameters.columns || id.y >= parameters.rows) {
    return;
  }
  let z = vec2f(parameters.first + parameters.step * f32(id.x), parameters.top + parameters.down * f32(id.y));
  var coefficients: array<vec2f, HIGHEST_DEGREE>;
  var high = 0.0;
  for (var k = 0u; k < parameters.degree; k++) {
    coefficients[k] = vec2f(state[k], 0.0) - z * slope[k];
    high = max(high, length(coefficients[k]));
  }
  high += 1.0;
  var low = 0.0;
  for (var halving = 0u; halving < parameters.halvings; halving++) {
    let middle = 0.5 * (low + high);
    if (roots_within(&coefficients, parameters.degree, middle)) {
      high = middle;
    } else {
      low = middle;
    }
  }
  y[id.y * parameters.columns + id.x] = 0.5 * (low + high);
}
