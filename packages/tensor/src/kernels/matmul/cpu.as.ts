import { multiplyDirect } from "./direct.as";
import { multiplyPacked, packB } from "./packed.as";
import { Product } from "./product.as";
import { TILE_ROW_BYTES } from "./tile.as";
import { combineRows, dotRows } from "./vector.as";

export { matmul_small_f32, matmul_small_f64 } from "./direct.as";
export { matmul_tile_f32, matmul_tile_f64 } from "./tile.as";
export {
  matmul_add_four_rows_f32,
  matmul_add_four_rows_f64,
  matmul_dot_rows_f32,
  matmul_dot_rows_f64,
} from "./vector.as";

export function matmul_pack_f32(
  product: usize, batch: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  const p = changetype<Product>(product);
  packB<f32>(p, batch, columnBegin, columnEnd, 0, p.depth, p.packedB, p.depth * TILE_ROW_BYTES, begin, end);
}

export function matmul_pack_f64(
  product: usize, batch: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  const p = changetype<Product>(product);
  packB<f64>(p, batch, columnBegin, columnEnd, 0, p.depth, p.packedB, p.depth * TILE_ROW_BYTES, begin, end);
}

export function matmul_packed_f32(
  product: usize, batchBegin: usize, batchEnd: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  multiplyPacked<f32>(changetype<Product>(product), batchBegin, batchEnd, columnBegin, columnEnd, begin, end);
}

export function matmul_packed_f64(
  product: usize, batchBegin: usize, batchEnd: usize, columnBegin: usize, columnEnd: usize, begin: usize, end: usize,
): void {
  multiplyPacked<f64>(changetype<Product>(product), batchBegin, batchEnd, columnBegin, columnEnd, begin, end);
}

export function matmul_direct_f32(product: usize, begin: usize, end: usize): void {
  multiplyDirect<f32>(changetype<Product>(product), begin, end);
}

export function matmul_direct_f64(product: usize, begin: usize, end: usize): void {
  multiplyDirect<f64>(changetype<Product>(product), begin, end);
}

export function matmul_combine_f32(product: usize, blockBytes: usize, begin: usize, end: usize): void {
  combineRows<f32>(changetype<Product>(product), blockBytes, begin, end);
}

export function matmul_combine_f64(product: usize, blockBytes: usize, begin: usize, end: usize): void {
  combineRows<f64>(changetype<Product>(product), blockBytes, begin, end);
}

export function matmul_dot_f32(product: usize, begin: usize, end: usize): void {
  dotRows<f32>(changetype<Product>(product), begin, end);
}

export function matmul_dot_f64(product: usize, begin: usize, end: usize): void {
  dotRows<f64>(changetype<Product>(product), begin, end);
}
