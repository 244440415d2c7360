// Bits are moved as integers, so that NaN keeps its payload.
override operation: u32; // 0 real, 1 imag, 2 conj, 3 complex

const WORKGROUP_SIZE = 256u;
const SIGN = 0x80000000u;

@group(0) @binding(0) var<storage, read> first: array<u32>;
@group(0) @binding(1) var<storage, read> second: array<u32>;
@group(0) @binding(2) var<storage, read_write> output: array<u32>;
@group(0) @binding(3) var<uniform> size: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let element = id.x + id.y * groups.x * WORKGROUP_SIZE;
  if (element >= size) {
    return;
  }
  if (operation < 2u) {
    output[element] = first[2u * element + operation];
  } else if (operation == 2u) {
    output[2u * element] = first[2u * element];
    output[2u * element + 1u] = first[2u * element + 1u] ^ SIGN;
  } else {
    output[2u * element] = first[element];
    output[2u * element + 1u] = second[element];
  }
}
