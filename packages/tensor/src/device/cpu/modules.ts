import type { CpuModule } from "./call.ts";

/** Which build of a package's kernels the engine can run. */
export type SimdFlavour = "relaxed SIMD" | "SIMD";

/** A module whose only function is `i8x16.relaxed_swizzle` of two constants: validates only where the engine has relaxed SIMD. */
// biome-ignore format: bytes
const RELAXED_SIMD_PROBE = new Uint8Array([
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 15, 1, 13, 0,
  65, 1, 253, 15, 65, 2, 253, 15, 253, 128, 2, 11,
]);

export function simdFlavour(): SimdFlavour {
  return WebAssembly.validate(RELAXED_SIMD_PROBE) ? "relaxed SIMD" : "SIMD";
}

/** Compiles a package's kernels for this engine; `shared` says what kind of memory they will be linked with. */
export function compileModule(module: CpuModule, flavour: SimdFlavour, shared: boolean): WebAssembly.Module {
  const text = flavour === "relaxed SIMD" ? module.relaxedSimd : module.simd;
  const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return new WebAssembly.Module(shared ? bytes : importUnsharedMemory(bytes));
}

const IMPORT_SECTION = 2;
const MEMORY_IMPORT = 2;
const SHARED_FLAG = 2;

/**
 * Clears the "shared" flag of the imported memory, so that one build serves both kinds: the kernels contain no atomic waits,
 * and everything else they use is valid on unshared memory.
 */
function importUnsharedMemory(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  let position = 8;
  const readLength = (): number => {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[position++];
      result |= (byte & 0x7f) << shift;
      if (byte < 0x80) return result;
    }
  };
  const skipName = () => {
    const length = readLength();
    position += length;
  };
  while (position < bytes.length) {
    const section = bytes[position++];
    const end = readLength() + position;
    if (section === IMPORT_SECTION) {
      readLength();
      skipName();
      skipName();
      if (bytes[position++] !== MEMORY_IMPORT) throw new Error("the memory must be the only import of a kernel module");
      bytes[position] &= ~SHARED_FLAG;
      return bytes;
    }
    position = end;
  }
  throw new Error("a kernel module must import its memory");
}
