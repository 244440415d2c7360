import { exp } from "@ansatz/tensor/assembly/exp";
import { addProduct } from "../../../assembly/product";
import { firstUnit } from "../../../assembly/shares";

/** Gaussians taken at once: the depth of a packed product. */
// @ts-ignore: decorator
@inline
const BLOCK: usize = 256;

/** Number `index` of five rows of a block: three coordinates, −t² and the weight. */
// @ts-ignore: decorator
@inline
function blockRow<T>(block: usize, index: usize): usize {
  return block + index * BLOCK * sizeof<T>();
}

/** The Gaussians [first, first + count), numbered exponent by exponent; those beyond are zero. */
// @ts-ignore: decorator
@inline
function gather<T extends number>(
  positions: usize, charges: usize, exponents: usize, amplitudes: usize, particles: usize, first: usize, count: usize, block: usize,
): void {
  let exponent = first / particles;
  let particle = first - exponent * particles;
  for (let c: usize = 0; c < BLOCK; c++) {
    const at = block + c * sizeof<T>();
    if (c >= count) {
      for (let row: usize = 0; row < 5; row++) store<T>(blockRow<T>(at, row), <T>0);
      continue;
    }
    for (let axis: usize = 0; axis < 3; axis++)
      store<T>(blockRow<T>(at, axis), load<T>(positions + (3 * particle + axis) * sizeof<T>()));
    const t = load<T>(exponents + exponent * sizeof<T>());
    store<T>(blockRow<T>(at, 3), (-t * t) as T);
    store<T>(blockRow<T>(at, 4), (load<T>(charges + particle * sizeof<T>()) * load<T>(amplitudes + exponent * sizeof<T>())) as T);
    if (++particle == particles) {
      particle = 0;
      exponent++;
    }
  }
}

/** A row of a table: exp(−t² (x − X)²) for the Gaussians of a block, times their weight where `weighted`. */
// @ts-ignore: decorator
@inline
function fillRow<T extends number>(block: usize, axis: usize, x: T, weighted: bool, row: usize): void {
  for (let at: usize = 0; at < BLOCK * sizeof<T>(); at += 16) {
    const coordinate = v128.load(blockRow<T>(block, axis) + at);
    const rate = v128.load(blockRow<T>(block, 3) + at);
    if (sizeof<T>() == 4) {
      const apart = f32x4.sub(f32x4.splat(<f32>x), coordinate);
      const value = exp<f32>(f32x4.mul(rate, f32x4.mul(apart, apart)));
      v128.store(row + at, weighted ? f32x4.mul(value, v128.load(blockRow<T>(block, 4) + at)) : value);
    } else {
      const apart = f64x2.sub(f64x2.splat(<f64>x), coordinate);
      const value = exp<f64>(f64x2.mul(rate, f64x2.mul(apart, apart)));
      v128.store(row + at, weighted ? f64x2.mul(value, v128.load(blockRow<T>(block, 4) + at)) : value);
    }
  }
}

/** Adds a block's Gaussians to a plane [m2, m3]: rows of y times that of x, as a matrix, times the transposed rows of z. */
// @ts-ignore: decorator
@inline
function addPlane<T extends number>(m2: usize, m3: usize, count: usize, ofX: usize, ofY: usize, ofZ: usize, products: usize, plane: usize, scratch: usize): void {
  const rowBytes = BLOCK * sizeof<T>();
  for (let j: usize = 0; j < m2; j++)
    for (let at: usize = 0; at < rowBytes; at += 16) {
      const x = v128.load(ofX + at), y = v128.load(ofY + j * rowBytes + at);
      v128.store(products + j * rowBytes + at, sizeof<T>() == 4 ? f32x4.mul(x, y) : f64x2.mul(x, y));
    }
  addProduct<T>(1, m2, m3, count, products, rowBytes, sizeof<T>(), ofZ, sizeof<T>(), rowBytes, plane, m3 * sizeof<T>(), sizeof<T>(), scratch);
}

// Exported although only WebAssembly calls them, for the reason given in product.ts: a share of the work runs long in one call.
export function gaussian_accumulation_row_f32(block: usize, axis: usize, x: f32, weighted: bool, row: usize): void {
  fillRow<f32>(block, axis, x, weighted, row);
}

export function gaussian_accumulation_row_f64(block: usize, axis: usize, x: f64, weighted: bool, row: usize): void {
  fillRow<f64>(block, axis, x, weighted, row);
}

export function gaussian_accumulation_plane_f32(
  m2: usize, m3: usize, count: usize, ofX: usize, ofY: usize, ofZ: usize, products: usize, plane: usize, scratch: usize,
): void {
  addPlane<f32>(m2, m3, count, ofX, ofY, ofZ, products, plane, scratch);
}

export function gaussian_accumulation_plane_f64(
  m2: usize, m3: usize, count: usize, ofX: usize, ofY: usize, ofZ: usize, products: usize, plane: usize, scratch: usize,
): void {
  addPlane<f64>(m2, m3, count, ofX, ofY, ofZ, products, plane, scratch);
}

// @ts-ignore: decorator
@inline
function gaussians<T extends number>(block: usize, axis: usize, node: usize, weighted: bool, row: usize): void {
  if (sizeof<T>() == 4) gaussian_accumulation_row_f32(block, axis, load<f32>(node), weighted, row);
  else gaussian_accumulation_row_f64(block, axis, load<f64>(node), weighted, row);
}

/**
 * Planes of the result. `problem` (uint32): addresses of positions, charges, exponents, amplitudes, nodes of three axes, result; numbers of particles, exponents, nodes of three axes;
 * address and bytes of the areas. An area has the room of a product, a block, a row for x, a table for y, one for z and one for their products.
 */
// @ts-ignore: decorator
@inline
function share<T extends number>(problem: usize, productBytes: usize, slots: i32, slot: i32): void {
  const particles = <usize>load<u32>(problem, 32);
  const gaussianCount = particles * <usize>load<u32>(problem, 36);
  const m1 = <usize>load<u32>(problem, 40), m2 = <usize>load<u32>(problem, 44), m3 = <usize>load<u32>(problem, 48);
  const nodes1 = <usize>load<u32>(problem, 16), nodes2 = <usize>load<u32>(problem, 20), nodes3 = <usize>load<u32>(problem, 24);
  const result = <usize>load<u32>(problem, 28);
  const scratch = <usize>load<u32>(problem, 52) + <usize>slot * <usize>load<u32>(problem, 56);
  const rowBytes = BLOCK * sizeof<T>();
  const block = scratch + productBytes;
  const ofX = block + 5 * rowBytes;
  const ofY = ofX + rowBytes;
  const ofZ = ofY + m2 * rowBytes;
  const products = ofZ + m3 * rowBytes;
  const begin = firstUnit(m1, <usize>slot, <usize>slots), end = firstUnit(m1, <usize>slot + 1, <usize>slots);
  const planeBytes = m2 * m3 * sizeof<T>();
  memory.fill(result + begin * planeBytes, 0, (end - begin) * planeBytes);
  for (let first: usize = 0; first < gaussianCount; first += BLOCK) {
    const count = min(BLOCK, gaussianCount - first);
    gather<T>(
      <usize>load<u32>(problem), <usize>load<u32>(problem, 4), <usize>load<u32>(problem, 8), <usize>load<u32>(problem, 12), particles, first, count, block,
    );
    for (let j: usize = 0; j < m2; j++) gaussians<T>(block, 1, nodes2 + j * sizeof<T>(), false, ofY + j * rowBytes);
    for (let k: usize = 0; k < m3; k++) gaussians<T>(block, 2, nodes3 + k * sizeof<T>(), false, ofZ + k * rowBytes);
    for (let i = begin; i < end; i++) {
      gaussians<T>(block, 0, nodes1 + i * sizeof<T>(), true, ofX);
      const plane = result + i * planeBytes;
      if (sizeof<T>() == 4) gaussian_accumulation_plane_f32(m2, m3, count, ofX, ofY, ofZ, products, plane, scratch);
      else gaussian_accumulation_plane_f64(m2, m3, count, ofX, ofY, ofZ, products, plane, scratch);
    }
  }
}

export function gaussian_accumulation_f32(problem: usize, productBytes: usize, slots: i32, begin: i32, end: i32): void {
  for (let slot = begin; slot < end; slot++) share<f32>(problem, productBytes, slots, slot);
}

export function gaussian_accumulation_f64(problem: usize, productBytes: usize, slots: i32, begin: i32, end: i32): void {
  for (let slot = begin; slot < end; slot++) share<f64>(problem, productBytes, slots, slot);
}
