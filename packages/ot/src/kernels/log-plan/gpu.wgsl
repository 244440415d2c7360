// What all shaders that walk through the plan share. They declare `potentials: array<f32>` and `parameters` with `rows` and `columns`.

// A potential: its part on a grid, on which two of them can be added exactly, and its remainder.
fn potential(position: u32) -> vec2f {
  return vec2f(potentials[position], potentials[parameters.rows + parameters.columns + position]);
}

// log P of one entry.
fn log_plan(x: vec2f, y: vec2f, cost: f32, eta: f32) -> f32 {
  return (((x.x + y.x) - cost) + (x.y + y.y)) * eta - 1.0;
}
