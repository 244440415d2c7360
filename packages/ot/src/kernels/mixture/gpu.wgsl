// What all shaders of mixtures share. Before it come the constants DIMENSION and ROTATED; the shader declares `quadratic`, `linear` and `rotations`, all array<f32>.

// Coordinate j, in the own axes of component k, of a difference.
fn own_coordinate(k: u32, j: u32, difference: ptr<function, array<f32, DIMENSION>>) -> f32 {
  if (!ROTATED) {
    return (*difference)[j];
  }
  var sum = 0.0;
  for (var i = 0u; i < DIMENSION; i++) {
    sum += rotations[(k * DIMENSION + i) * DIMENSION + j] * (*difference)[i];
  }
  return sum;
}

// Whether x is NaN, by its bits: compilers may assume that there are none.
fn is_nan(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u;
}
