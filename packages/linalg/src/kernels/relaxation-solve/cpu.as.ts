// Matrices are in compressed rows with ascending columns and a positive diagonal; indices are checked before.

// @ts-ignore: decorator
@inline
function pointerAt(pointers: usize, row: i32): i32 {
  return load<i32>(pointers + (<usize>row << 2));
}

// @ts-ignore: decorator
@inline
function columnAt(columns: usize, entry: i32): i32 {
  return load<i32>(columns + (<usize>entry << 2));
}

// @ts-ignore: decorator
@inline
function at(vector: usize, index: i32): f64 {
  return load<f64>(vector + (<usize>index << 3));
}

/** One sweep of successive over-relaxation, in place, from the first row or the last. Exported, as the others, so that the engine optimises it before a solve ends. */
export function relaxation_solve_sweep(values: usize, pointers: usize, columns: usize, b: usize, x: usize, n: i32, relaxation: f64, forward: bool): void {
  for (let k = 0; k < n; k++) {
    const row = forward ? k : n - 1 - k;
    const end = pointerAt(pointers, row + 1);
    let sum = at(b, row);
    let diagonal: f64 = 0;
    for (let entry = pointerAt(pointers, row); entry < end; entry++) {
      const column = columnAt(columns, entry);
      const value = at(values, entry);
      if (column == row) diagonal = value;
      else sum -= value * at(x, column);
    }
    const old = at(x, row);
    store<f64>(x + (<usize>row << 3), old + relaxation * (sum / diagonal - old));
  }
}

/** result = A x. Returns xᵀ A x. */
export function relaxation_solve_product(values: usize, pointers: usize, columns: usize, x: usize, result: usize, n: i32): f64 {
  let inner: f64 = 0;
  for (let row = 0; row < n; row++) {
    const end = pointerAt(pointers, row + 1);
    let sum: f64 = 0;
    for (let entry = pointerAt(pointers, row); entry < end; entry++) sum += at(values, entry) * at(x, columnAt(columns, entry));
    store<f64>(result + (<usize>row << 3), sum);
    inner += sum * at(x, row);
  }
  return inner;
}

/** residual = b − A x. Returns its square. */
export function relaxation_solve_residual(values: usize, pointers: usize, columns: usize, b: usize, x: usize, residual: usize, n: i32): f64 {
  let square: f64 = 0;
  for (let row = 0; row < n; row++) {
    const end = pointerAt(pointers, row + 1);
    let sum = at(b, row);
    for (let entry = pointerAt(pointers, row); entry < end; entry++) sum -= at(values, entry) * at(x, columnAt(columns, entry));
    store<f64>(residual + (<usize>row << 3), sum);
    square += sum * sum;
  }
  return square;
}

/** z = ω (2 − ω) (second triangle)⁻¹ D (first triangle)⁻¹ r, triangles D + ω L and its transpose, in the order asked for. Returns rᵀ z. */
export function relaxation_solve_precondition(
  values: usize, pointers: usize, columns: usize, r: usize, z: usize, n: i32, relaxation: f64, backwardFirst: bool,
): f64 {
  for (let pass = 0; pass < 2; pass++) {
    const lower = (pass == 0) != backwardFirst;
    for (let k = 0; k < n; k++) {
      const row = lower ? k : n - 1 - k;
      const end = pointerAt(pointers, row + 1);
      let sum: f64 = 0;
      let diagonal: f64 = 0;
      for (let entry = pointerAt(pointers, row); entry < end; entry++) {
        const column = columnAt(columns, entry);
        if (column == row) diagonal = at(values, entry);
        else if ((column < row) == lower) sum += at(values, entry) * at(z, column);
      }
      // Between the triangles is D: what the first leaves is multiplied by it.
      const right = pass == 0 ? at(r, row) : at(z, row) * diagonal;
      store<f64>(z + (<usize>row << 3), (right - relaxation * sum) / diagonal);
    }
  }
  const scale = relaxation * (2 - relaxation);
  let inner: f64 = 0;
  for (let row = 0; row < n; row++) {
    const value = scale * at(z, row);
    store<f64>(z + (<usize>row << 3), value);
    inner += value * at(r, row);
  }
  return inner;
}

/** x += step p, r −= step q. Returns the square of r. */
export function relaxation_solve_step(step: f64, p: usize, q: usize, x: usize, r: usize, n: i32): f64 {
  let square: f64 = 0;
  for (let k = 0; k < n; k++) {
    store<f64>(x + (<usize>k << 3), at(x, k) + step * at(p, k));
    const value = at(r, k) - step * at(q, k);
    store<f64>(r + (<usize>k << 3), value);
    square += value * value;
  }
  return square;
}

/** p = z + factor p. */
export function relaxation_solve_turn(factor: f64, z: usize, p: usize, n: i32): void {
  for (let k = 0; k < n; k++) store<f64>(p + (<usize>k << 3), at(z, k) + factor * at(p, k));
}

function conjugateGradients(
  values: usize, pointers: usize, columns: usize, x: usize, room: usize, n: i32, relaxation: f64, limit: f64, most: i32, backwardFirst: bool, status: usize,
): i32 {
  const bytes = <usize>n << 3;
  const r = room, z = r + bytes, p = z + bytes, q = p + bytes;
  let rho = relaxation_solve_precondition(values, pointers, columns, r, z, n, relaxation, backwardFirst);
  memory.copy(p, z, bytes);
  for (let k = 1; k <= most; k++) {
    const curvature = relaxation_solve_product(values, pointers, columns, p, q, n);
    if (!(curvature > 0)) {
      store<i32>(status, 2);
      return k;
    }
    if (relaxation_solve_step(rho / curvature, p, q, x, r, n) < limit) {
      store<i32>(status, 0);
      return k;
    }
    const next = relaxation_solve_precondition(values, pointers, columns, r, z, n, relaxation, backwardFirst);
    relaxation_solve_turn(next / rho, z, p, n);
    rho = next;
  }
  store<i32>(status, 1);
  return most;
}

function sweeps(
  method: i32, values: usize, pointers: usize, columns: usize, b: usize, x: usize, room: usize, n: i32, relaxation: f64, limit: f64, most: i32, backwardFirst: bool,
  status: usize,
): i32 {
  for (let k = 1; k <= most; k++) {
    relaxation_solve_sweep(values, pointers, columns, b, x, n, relaxation, method == 0 || !backwardFirst);
    if (method == 1) relaxation_solve_sweep(values, pointers, columns, b, x, n, relaxation, backwardFirst);
    const square = relaxation_solve_residual(values, pointers, columns, b, x, room, n);
    if (square < limit) {
      store<i32>(status, 0);
      return k;
    }
    // Not even finite: the sweeps diverge, which they do for no positive definite matrix.
    if (!(square < Infinity)) {
      store<i32>(status, 2);
      return k;
    }
  }
  store<i32>(status, 1);
  return most;
}

/**
 * Solves with relaxation parameters [begin, end). `problem` (uint32): addresses of values, pointers, columns, b, start, relaxations, x, iterations, status, room; n; method; most iterations;
 * flags (1: relative to b, 2: backward first); address of the tolerance.
 */
export function relaxation_solve(problem: usize, begin: i32, end: i32): void {
  const values = <usize>load<u32>(problem), pointers = <usize>load<u32>(problem, 4), columns = <usize>load<u32>(problem, 8);
  const b = <usize>load<u32>(problem, 12), start = <usize>load<u32>(problem, 16), relaxations = <usize>load<u32>(problem, 20);
  const n = load<i32>(problem, 40), method = load<i32>(problem, 44), most = load<i32>(problem, 48), flags = load<i32>(problem, 52);
  const tolerance = load<f64>(<usize>load<u32>(problem, 56));
  const bytes = <usize>n << 3;
  for (let which = begin; which < end; which++) {
    const x = <usize>load<u32>(problem, 24) + <usize>which * bytes;
    const count = <usize>load<u32>(problem, 28) + (<usize>which << 2);
    const status = <usize>load<u32>(problem, 32) + (<usize>which << 2);
    const room = <usize>load<u32>(problem, 36) + 4 * <usize>which * bytes;
    memory.copy(x, start, bytes);
    const first = relaxation_solve_residual(values, pointers, columns, b, x, room, n);
    let reference = first;
    if (flags & 1) {
      reference = 0;
      for (let k = 0; k < n; k++) reference += at(b, k) * at(b, k);
    }
    const limit = tolerance * tolerance * reference;
    if (first == 0 || first < limit) {
      store<i32>(count, 1);
      store<i32>(status, 0);
      continue;
    }
    const relaxation = at(relaxations, which);
    store<i32>(
      count,
      method == 2
        ? conjugateGradients(values, pointers, columns, x, room, n, relaxation, limit, most, (flags & 2) != 0, status)
        : sweeps(method, values, pointers, columns, b, x, room, n, relaxation, limit, most, (flags & 2) != 0, status),
    );
  }
}
