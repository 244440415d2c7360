/** Solves with the entries of a triangle row by row, from the first (lower) or the last (upper). The diagonal is the last entry of a lower row, the first of an upper one. */
// @ts-ignore: decorator
@inline
function solve<T extends number>(values: usize, b: usize, pointers: usize, columns: usize, x: usize, n: i32, isLower: bool): void {
  for (let k = 0; k < n; k++) {
    const row = isLower ? k : n - 1 - k;
    const start = load<i32>(pointers + (<usize>row << 2));
    const stop = load<i32>(pointers + (<usize>row << 2), 4);
    const diagonal = isLower ? stop - 1 : start;
    let sum = load<T>(b + <usize>row * sizeof<T>());
    for (let entry = isLower ? start : start + 1, end = isLower ? stop - 1 : stop; entry < end; entry++) {
      const column = min(load<u32>(columns + (<usize>entry << 2)), <u32>(n - 1));
      sum = (sum - load<T>(values + <usize>entry * sizeof<T>()) * load<T>(x + <usize>column * sizeof<T>())) as T;
    }
    store<T>(x + <usize>row * sizeof<T>(), (sum / load<T>(values + <usize>diagonal * sizeof<T>())) as T);
  }
}

/** Solves with the transpose of such a triangle: an unknown is taken out of the others as soon as it is known. */
// @ts-ignore: decorator
@inline
function solveTransposed<T extends number>(values: usize, b: usize, pointers: usize, columns: usize, x: usize, n: i32, isLower: bool): void {
  memory.copy(x, b, <usize>n * sizeof<T>());
  for (let k = 0; k < n; k++) {
    const row = isLower ? n - 1 - k : k;
    const start = load<i32>(pointers + (<usize>row << 2));
    const stop = load<i32>(pointers + (<usize>row << 2), 4);
    const diagonal = isLower ? stop - 1 : start;
    const place = x + <usize>row * sizeof<T>();
    const value = (load<T>(place) / load<T>(values + <usize>diagonal * sizeof<T>())) as T;
    store<T>(place, value);
    for (let entry = isLower ? start : start + 1, end = isLower ? stop - 1 : stop; entry < end; entry++) {
      const target = x + <usize>min(load<u32>(columns + (<usize>entry << 2)), <u32>(n - 1)) * sizeof<T>();
      store<T>(target, (load<T>(target) - load<T>(values + <usize>entry * sizeof<T>()) * value) as T);
    }
  }
}

export function csr_triangular_solve_f32(
  values: usize, b: usize, pointers: usize, columns: usize, x: usize, n: i32, isLower: bool, isTransposed: bool,
): void {
  if (isTransposed) solveTransposed<f32>(values, b, pointers, columns, x, n, isLower);
  else solve<f32>(values, b, pointers, columns, x, n, isLower);
}

export function csr_triangular_solve_f64(
  values: usize, b: usize, pointers: usize, columns: usize, x: usize, n: i32, isLower: bool, isTransposed: bool,
): void {
  if (isTransposed) solveTransposed<f64>(values, b, pointers, columns, x, n, isLower);
  else solve<f64>(values, b, pointers, columns, x, n, isLower);
}
