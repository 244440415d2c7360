import { multiplyDirect } from "./direct.as";
import { multiplyPacked, packB } from "./packed.as";
import { Product } from "./product.as";
import { TILE_ROW_BYTES } from "../../../assembly/register-tile";
import { combineRows, dotRows } from "./vector.as";

export { matmul_small_c64, matmul_small_c128, matmul_small_f32, matmul_small_f64 } from "./direct.as";
export { matmul_tile_c64, matmul_tile_c128, matmul_tile_f32, matmul_tile_f64 } from "./packed-tile.as";
export {
  matmul_add_four_rows_c64,
  matmul_add_four_rows_c128,
  matmul_add_four_rows_f32,
  matmul_add_four_rows_f64,
  matmul_dot_rows_c64,
  matmul_dot_rows_c128,
  matmul_dot_rows_f32,
  matmul_dot_rows_f64,
} from "./vector.as";

// @ts-ignore: decorator
@inline
function packAhead<T>(
  complex: bool, product: usize, batch: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  const p = changetype<Product>(product);
  packB<T>(complex, p, batch, columnBegin, columnEnd, 0, p.depth, p.packedB, p.depth * TILE_ROW_BYTES, begin, end);
}

export function matmul_pack_f32(
  product: usize, batch: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  packAhead<f32>(false, product, batch, columnBegin, columnEnd, begin, end);
}

export function matmul_pack_f64(
  product: usize, batch: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  packAhead<f64>(false, product, batch, columnBegin, columnEnd, begin, end);
}

export function matmul_pack_c64(
  product: usize, batch: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  packAhead<f32>(true, product, batch, columnBegin, columnEnd, begin, end);
}

export function matmul_pack_c128(
  product: usize, batch: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  packAhead<f64>(true, product, batch, columnBegin, columnEnd, begin, end);
}

export function matmul_packed_f32(
  product: usize, batchBegin: usize, batchEnd: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  multiplyPacked<f32>(false, changetype<Product>(product), batchBegin, batchEnd, columnBegin, columnEnd, begin, end);
}

export function matmul_packed_f64(
  product: usize, batchBegin: usize, batchEnd: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  multiplyPacked<f64>(false, changetype<Product>(product), batchBegin, batchEnd, columnBegin, columnEnd, begin, end);
}

export function matmul_packed_c64(
  product: usize, batchBegin: usize, batchEnd: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  multiplyPacked<f32>(true, changetype<Product>(product), batchBegin, batchEnd, columnBegin, columnEnd, begin, end);
}

export function matmul_packed_c128(
  product: usize, batchBegin: usize, batchEnd: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  multiplyPacked<f64>(true, changetype<Product>(product), batchBegin, batchEnd, columnBegin, columnEnd, begin, end);
}

export function matmul_direct_f32(product: usize, begin: usize, end: usize): void {
  multiplyDirect<f32>(false, changetype<Product>(product), begin, end);
}

export function matmul_direct_f64(product: usize, begin: usize, end: usize): void {
  multiplyDirect<f64>(false, changetype<Product>(product), begin, end);
}

export function matmul_direct_c64(product: usize, begin: usize, end: usize): void {
  multiplyDirect<f32>(true, changetype<Product>(product), begin, end);
}

export function matmul_direct_c128(product: usize, begin: usize, end: usize): void {
  multiplyDirect<f64>(true, changetype<Product>(product), begin, end);
}

export function matmul_combine_f32(product: usize, blockBytes: usize, begin: usize, end: usize): void {
  combineRows<f32>(false, changetype<Product>(product), blockBytes, begin, end);
}

export function matmul_combine_f64(product: usize, blockBytes: usize, begin: usize, end: usize): void {
  combineRows<f64>(false, changetype<Product>(product), blockBytes, begin, end);
}

export function matmul_combine_c64(product: usize, blockBytes: usize, begin: usize, end: usize): void {
  combineRows<f32>(true, changetype<Product>(product), blockBytes, begin, end);
}

export function matmul_combine_c128(product: usize, blockBytes: usize, begin: usize, end: usize): void {
  combineRows<f64>(true, changetype<Product>(product), blockBytes, begin, end);
}

export function matmul_dot_f32(product: usize, begin: usize, end: usize): void {
  dotRows<f32>(false, changetype<Product>(product), begin, end);
}

export function matmul_dot_f64(product: usize, begin: usize, end: usize): void {
  dotRows<f64>(false, changetype<Product>(product), begin, end);
}

export function matmul_dot_c64(product: usize, begin: usize, end: usize): void {
  dotRows<f32>(true, changetype<Product>(product), begin, end);
}

export function matmul_dot_c128(product: usize, begin: usize, end: usize): void {
  dotRows<f64>(true, changetype<Product>(product), begin, end);
}
