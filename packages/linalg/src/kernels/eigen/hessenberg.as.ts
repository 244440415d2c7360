import { Real } from "../../../assembly/elements";
import { formQ, reflect } from "../../../assembly/reflectors";
import { inner, vectors_both_f32, vectors_both_f64 } from "../../../assembly/vectors";
import { entry, Room, setEntry } from "./room.as";

/**
 * Householder reduction to Hessenberg form, A ← Qᵀ A Q. The update of step k − 1, A −= v rᵀ + p vᵀ, waits until the vector of step k is known, so that one pass over the matrix does it
 * and both products of step k. The vectors are left below the subdiagonal.
 */
export function reduceToHessenberg<T>(room: Room): void {
  const n = room.n;
  const size = sizeof<T>();
  const row = n * size;
  // −v of the step before and r, for the rows and columns from k on; −p for all rows; the new vector; its products.
  const v = room.vectors, r = v + room.vectorBytes, p = r + room.vectorBytes, next = p + room.vectorBytes, w = next + room.vectorBytes;
  memory.fill(v, 0, 3 * room.vectorBytes);
  for (let k: usize = 0; k + 1 < n; k++) {
    const m = n - k - 1;
    // Column k, brought up to date: of v and r the first elements belong to row and column k.
    const v0 = entry<T>(v, 0), r0 = entry<T>(r, 0);
    for (let i: usize = 0; i < n; i++) {
      const at = room.matrix + i * row + k * size;
      // v is kept negative; its column of p vᵀ is −v₀ p, and p is kept negative too.
      const fromLeft: T = i >= k ? entry<T>(v, i - k) * r0 : <T>0;
      store<T>(at, load<T>(at) + fromLeft - entry<T>(p, i) * v0);
    }
    const below = room.matrix + (k + 1) * row + k * size;
    const tau = reflect<T>(m, below, row);
    setEntry<T>(room.taus, k, tau);
    setEntry<T>(next, 0, <T>1);
    for (let i: usize = 1; i < m; i++) setEntry<T>(next, i, load<T>(below + i * row));
    // Row k has no part in the left update of later steps, but in this one: it is the first of the waiting rows.
    const right = room.matrix + (k + 1) * size;
    const rowK = right + k * row;
    for (let j: usize = 0; j < m; j++) setEntry<T>(rowK, j, entry<T>(rowK, j) + v0 * entry<T>(r, j + 1));
    memory.copy(r, r + size, m * size);
    memory.copy(v, v + size, m * size);
    memory.fill(w, 0, m * size);
    // p vᵀ with both negative: the sign is turned in v for the second term.
    const turned = room.reflectors;
    for (let j: usize = 0; j < m; j++) setEntry<T>(turned, j, -entry<T>(v, j));
    const product = turned + room.vectorBytes;
    if (size == 4) vectors_both_f32(n, m, right, row, v, r, p, turned, next, product, w);
    else vectors_both_f64(n, m, right, row, v, r, p, turned, next, product, w);
    // p = τ A v, r = τ Aᵀ v − τ (vᵀ p) v.
    for (let i: usize = 0; i < n; i++) setEntry<T>(p, i, -tau * entry<T>(product, i));
    const share = -tau * inner<T>(m, p + (k + 1) * size, next);
    for (let j: usize = 0; j < m; j++) {
      setEntry<T>(r, j, tau * entry<T>(w, j) - share * entry<T>(next, j));
      setEntry<T>(v, j, -entry<T>(next, j));
    }
  }
  if (n > 1) {
    const last = n - 1;
    for (let i: usize = 0; i < n; i++) {
      const at = room.matrix + i * row + last * size;
      const fromLeft: T = i == last ? entry<T>(v, 0) * entry<T>(r, 0) : <T>0;
      store<T>(at, load<T>(at) + fromLeft - entry<T>(p, i) * entry<T>(v, 0));
    }
  }
}

/** The product of the reflectors, transposed, and zeros where they were. */
export function formSchurVectors<T>(room: Room): void {
  const n = room.n;
  const size = sizeof<T>();
  const row = n * size;
  const q = room.outer;
  memory.fill(q, 0, n * row);
  for (let i: usize = 0; i < n; i++) store<T>(q + i * (row + size), <T>1);
  if (n > 2) formQ<T, Real>(n - 1, n - 2, room.matrix + row, row, size, room.taus, q + row + size, row, n - 1, room.blocks, room.scratch);
  for (let i: usize = 0; i < n; i++)
    for (let j: usize = 0; j < n; j++) store<T>(room.schur + i * room.stride + j * size, load<T>(q + j * row + i * size));
  for (let i: usize = 2; i < n; i++) memory.fill(room.matrix + i * row, 0, (i - 1) * size);
}
