import { filterDots, filterTiles, packCotangent } from "./filter-gradient.as";
import { layOut } from "./layout.as";
import { Layout, Product } from "./product.as";
import { packFilters, sumWindows } from "./window-sums.as";

// Convolutions as matrix products that never form the matrix of windows: the source is laid out once with its padding, so that every element of a window is at a
// fixed distance from the window's start, and a register tile finds its operands by a table of distances ("The Indirect Convolution Algorithm", Dukhan, 2019).

export {
  convolution_filter_dots_f32,
  convolution_filter_dots_f64,
  convolution_filter_tile_f32,
  convolution_filter_tile_f64,
} from "./filter-gradient.as";
export {
  convolution_single_f32,
  convolution_single_f64,
  convolution_tile_f32,
  convolution_tile_f64,
} from "./window-sums.as";

export function convolution_lay_out_f32(layout: usize, begin: i32, end: i32): void {
  layOut<f32>(changetype<Layout>(layout), begin, end);
}

export function convolution_lay_out_f64(layout: usize, begin: i32, end: i32): void {
  layOut<f64>(changetype<Layout>(layout), begin, end);
}

export function convolution_pack_filters_f32(product: usize, begin: i32, end: i32): void {
  packFilters<f32>(changetype<Product>(product), begin, end);
}

export function convolution_pack_filters_f64(product: usize, begin: i32, end: i32): void {
  packFilters<f64>(changetype<Product>(product), begin, end);
}

export function convolution_sums_f32(product: usize, begin: i32, end: i32): void {
  sumWindows<f32>(changetype<Product>(product), begin, end);
}

export function convolution_sums_f64(product: usize, begin: i32, end: i32): void {
  sumWindows<f64>(changetype<Product>(product), begin, end);
}

export function convolution_pack_cotangent_f32(product: usize, begin: i32, end: i32): void {
  packCotangent<f32>(changetype<Product>(product), begin, end);
}

export function convolution_pack_cotangent_f64(product: usize, begin: i32, end: i32): void {
  packCotangent<f64>(changetype<Product>(product), begin, end);
}

export function convolution_filter_f32(product: usize, tiles: usize, begin: i32, end: i32): void {
  filterTiles<f32>(changetype<Product>(product), tiles, begin, end);
}

export function convolution_filter_f64(product: usize, tiles: usize, begin: i32, end: i32): void {
  filterTiles<f64>(changetype<Product>(product), tiles, begin, end);
}

export function convolution_dots_f32(product: usize, begin: i32, end: i32): void {
  filterDots<f32>(changetype<Product>(product), begin, end);
}

export function convolution_dots_f64(product: usize, begin: i32, end: i32): void {
  filterDots<f64>(changetype<Product>(product), begin, end);
}
