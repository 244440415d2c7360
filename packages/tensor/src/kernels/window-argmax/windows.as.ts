/** The windows of a pooling, numbers that `windowWords` of index.ts writes; extents and strides in elements. */
@unmanaged
export class Windows {
  input: u32;
  result: u32;
  inputDepth: i32;
  inputHeight: i32;
  inputWidth: i32;
  windowDepth: i32;
  windowHeight: i32;
  windowWidth: i32;
  depth: i32;
  height: i32;
  width: i32;
  strideDepth: i32;
  strideHeight: i32;
  strideWidth: i32;
  beforeDepth: i32;
  beforeHeight: i32;
  beforeWidth: i32;
}

/** A vector of elements, `stride` apart. May read up to the last element's distance beyond. */
// @ts-ignore: decorator
@inline
export function strided<T extends number>(address: usize, stride: i32): v128 {
  if (stride == 1) return v128.load(address);
  const step = <usize>stride * sizeof<T>();
  if (sizeof<T>() == 8) {
    if (stride == 2) return v128.shuffle<f64>(v128.load(address), v128.load(address, 16), 0, 2);
    return v128.load64_lane(address + step, v128.load64_zero(address), 1);
  }
  if (stride == 2) return v128.shuffle<f32>(v128.load(address), v128.load(address, 16), 0, 2, 4, 6);
  let values = v128.load32_zero(address);
  values = v128.load32_lane(address + step, values, 1);
  values = v128.load32_lane(address + 2 * step, values, 2);
  return v128.load32_lane(address + 3 * step, values, 3);
}
