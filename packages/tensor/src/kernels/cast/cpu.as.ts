/** y[i] = float64(x[i]) for x of float32, i in [begin, end). */
export function cast_f32_f64(x: usize, y: usize, begin: i32, end: i32): void {
  for (let i = begin; i < end; i++) store<f64>(y + (<usize>i << 3), <f64>load<f32>(x + (<usize>i << 2)));
}
