// @ts-ignore: decorator
@inline
function at(list: usize, index: usize): usize {
  return <usize>load<u32>(list + (index << 2));
}

/** Right-hand sides begin … end of X [count, n], in the order of elimination, become solutions. */
// @ts-ignore: decorator
@inline
function solve<T>(
  factor: usize, entries: usize, starts: usize, rowPointers: usize, rows: usize, supernodes: usize, x: usize, n: usize, begin: usize, end: usize,
): void {
  for (let k = begin; k < end; k++) {
    const vector = x + k * n * sizeof<T>();
    forward<T>(factor, starts, rowPointers, rows, supernodes, vector);
    backward<T>(factor + entries * sizeof<T>(), starts, rowPointers, rows, supernodes, vector);
  }
}

/** x ← L⁻¹ x. */
// @ts-ignore: decorator
@inline
function forward<T>(factor: usize, starts: usize, rowPointers: usize, rows: usize, supernodes: usize, x: usize): void {
  let block = factor;
  for (let s: usize = 0; s < supernodes; s++) {
    const start = at(starts, s);
    const width = at(starts, s + 1) - start;
    const ownRows = rows + (at(rowPointers, s) << 2);
    const size = at(rowPointers, s + 1) - at(rowPointers, s);
    const own = x + start * sizeof<T>();
    for (let i: usize = 0; i < width; i++) {
      const sum = load<T>(own + i * sizeof<T>()) - dot<T>(i, block, own);
      store<T>(own + i * sizeof<T>(), sum / load<T>(block + i * sizeof<T>()));
      block += width * sizeof<T>();
    }
    for (let i = width; i < size; i++) {
      const target = x + at(ownRows, i) * sizeof<T>();
      store<T>(target, load<T>(target) - dot<T>(width, block, own));
      block += width * sizeof<T>();
    }
  }
}

/** x ← L⁻ᵀ x, from the end of the factor. */
// @ts-ignore: decorator
@inline
function backward<T>(factorEnd: usize, starts: usize, rowPointers: usize, rows: usize, supernodes: usize, x: usize): void {
  let block = factorEnd;
  for (let s = supernodes; s-- > 0; ) {
    const start = at(starts, s);
    const width = at(starts, s + 1) - start;
    const ownRows = rows + (at(rowPointers, s) << 2);
    const own = x + start * sizeof<T>();
    for (let i = at(rowPointers, s + 1) - at(rowPointers, s); i-- > width; ) {
      block -= width * sizeof<T>();
      subtract<T>(width, block, load<T>(x + at(ownRows, i) * sizeof<T>()), own);
    }
    for (let i = width; i-- > 0; ) {
      block -= width * sizeof<T>();
      const value = load<T>(own + i * sizeof<T>()) / load<T>(block + i * sizeof<T>());
      store<T>(own + i * sizeof<T>(), value);
      subtract<T>(i, block, value, own);
    }
  }
}

// @ts-ignore: decorator
@inline
function dot<T>(count: usize, row: usize, x: usize): T {
  let sum: T = <T>0;
  for (let j: usize = 0; j < count; j++) sum += load<T>(row + j * sizeof<T>()) * load<T>(x + j * sizeof<T>());
  return sum;
}

// @ts-ignore: decorator
@inline
function subtract<T>(count: usize, row: usize, value: T, x: usize): void {
  for (let j: usize = 0; j < count; j++) {
    const target = x + j * sizeof<T>();
    store<T>(target, load<T>(target) - load<T>(row + j * sizeof<T>()) * value);
  }
}

export function sparse_cholesky_solve_f32(
  factor: usize, entries: usize, starts: usize, rowPointers: usize, rows: usize, supernodes: usize, x: usize, n: usize, begin: usize, end: usize,
): void {
  solve<f32>(factor, entries, starts, rowPointers, rows, supernodes, x, n, begin, end);
}

export function sparse_cholesky_solve_f64(
  factor: usize, entries: usize, starts: usize, rowPointers: usize, rows: usize, supernodes: usize, x: usize, n: usize, begin: usize, end: usize,
): void {
  solve<f64>(factor, entries, starts, rowPointers, rows, supernodes, x, n, begin, end);
}
