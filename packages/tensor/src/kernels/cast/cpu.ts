import { cpuModule } from "#kernels/cast";
import { bytesPerElement, type DType } from "../../dtype.ts";
import type { CpuImplementation } from "../../kernel.ts";
import type { CastOptions } from "./options.ts";

/** Elements worth a thread: about 40 µs of memory traffic. */
const GRAIN = 1 << 17;

const SUFFIX: Readonly<Record<DType, string>> = {
  float32: "f32",
  float64: "f64",
  int32: "i32",
  uint32: "u32",
  bool: "u8",
  complex64: "c64",
  complex128: "c128",
};

export const castCpu: CpuImplementation<CastOptions> = {
  module: cpuModule,
  run({ inputs: [x], outputs: [y], parallel }) {
    const addresses = [x.pointer, y.pointer];
    if (haveSameBits(x.dtype, y.dtype)) {
      const bytes = bytesPerElement(x.dtype);
      parallel("cast_copy", addresses, x.size * bytes, GRAIN * bytes);
    } else parallel(`cast_${suffixOf(x.dtype, y.dtype)}_${suffixOf(y.dtype, x.dtype)}`, addresses, x.size, GRAIN);
  },
};

function haveSameBits(from: DType, to: DType): boolean {
  const isWord = (dtype: DType) => dtype === "int32" || dtype === "uint32";
  return from === to || (isWord(from) && isWord(to));
}

/** uint32 is taken as int32 where the other dtype is bool: the conversion is the same. */
function suffixOf(dtype: DType, other: DType): string {
  return dtype === "uint32" && other === "bool" ? SUFFIX.int32 : SUFFIX[dtype];
}
