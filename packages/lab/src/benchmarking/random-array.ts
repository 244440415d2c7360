import { isComplex, type KernelBenchmarkInput, type ReferenceArray, sizeOf } from "@ansatz/tensor";

/**
 * Data for a benchmark: the same for the same seed. Not the keyed streams of `@ansatz/tensor`, because it is made once per case on the host,
 * where tens of millions of numbers must not take longer than the benchmark.
 */
export function randomArray(
  { shape, dtype, range, scale = 1, below = 2 }: KernelBenchmarkInput,
  seed: number,
): ReferenceArray {
  const uniform = mulberry32(seed);
  const size = sizeOf(shape);
  switch (dtype) {
    case "float32":
    case "float64":
    case "complex64":
    case "complex128": {
      const data = new Float64Array(isComplex(dtype) ? 2 * size : size);
      const round = dtype === "float32" || dtype === "complex64" ? Math.fround : (value: number) => value;
      if (range) {
        const [from, to] = range;
        return { shape, dtype, data: data.map(() => round(from + (to - from) * uniform())) };
      }
      for (let index = 0; index < data.length; index += 2) {
        // Box–Muller gives two; the last one of an odd size falls off the end of the array.
        const radius = scale * Math.sqrt(-2 * Math.log(1 - uniform()));
        const angle = 2 * Math.PI * uniform();
        data[index] = round(radius * Math.cos(angle));
        data[index + 1] = round(radius * Math.sin(angle));
      }
      return { shape, dtype, data };
    }
    case "int32":
      return { shape, dtype, data: Int32Array.from({ length: size }, () => Math.floor(uniform() * below)) };
    case "uint32":
      return { shape, dtype, data: Uint32Array.from({ length: size }, () => Math.floor(uniform() * below)) };
    case "bool":
      return { shape, dtype, data: Uint8Array.from({ length: size }, () => Number(uniform() < 0.5)) };
  }
}

/** Uniform numbers in [0, 1) from 32 bits of state. Source: Tommy Ettinger's Mulberry32 (public domain). */
function mulberry32(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
