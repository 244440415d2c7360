import type { TensorTree } from "../differentiation/tree.ts";
import { bytesPerElement, type DType, type TypedArray } from "../dtype.ts";
import { InvalidInputError, UnsupportedError } from "../errors.ts";
import { bfloat16Bits, float16Bits } from "./half-precision.ts";
import { METADATA_KEY } from "./header.ts";
import { byPath } from "./paths.ts";

const NAMES: Readonly<Partial<Record<DType, string>>> = {
  float32: "F32",
  float64: "F64",
  int32: "I32",
  uint32: "U32",
  bool: "BOOL",
  complex64: "C64",
};

/** Element sizes from here downwards, so that every tensor begins at a multiple of its own. */
const ALIGNMENT = 8;

export interface SafetensorsOptions {
  /** Texts by name, kept in the header. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** Rounds float32 tensors, to the nearest, ties to even, to half as many bytes. Default: as they are. */
  readonly float32As?: "float16" | "bfloat16";
}

/** As a file holds it: the format's name for the dtype, and the numbers. */
interface Stored {
  readonly dtype: string;
  readonly values: TypedArray | Uint16Array<ArrayBuffer>;
}

/**
 * A tree of tensors as the bytes of a safetensors file, which Python's `safetensors`, PyTorch and others read. Names are dotted paths: `layers.0.weights`.
 *
 * Empty arrays and objects leave nothing behind. Tensors are sorted by the size of their elements and by path, so that equal trees make equal files.
 *
 * @throws InvalidInputError for a single tensor (which has no name), names that are empty or contain a dot, an object whose names are all 0, 1, …, metadata that are no texts, an
 *   unknown `float32As`;
 *   UnsupportedError for complex128, which the format does not have (save `real` and `imag`).
 */
export async function encodeSafetensors(
  tree: TensorTree,
  { metadata = {}, float32As }: SafetensorsOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (float32As !== undefined && !(float32As in HALVES))
    throw new InvalidInputError("safetensors: float32As", Object.keys(HALVES).join(" or "), float32As);
  for (const [name, text] of Object.entries(metadata))
    if (typeof text !== "string") throw new InvalidInputError(`safetensors: metadata.${name}`, "a text", text);
  const named = [...byPath(tree)].map(([path, tensor]) => {
    const dtype = NAMES[tensor.dtype];
    if (!dtype) throw new UnsupportedError("safetensors", `dtype ${tensor.dtype}`, `${path} is of a dtype it has not`);
    if (path === METADATA_KEY) throw new InvalidInputError("safetensors: tree", "another name", path);
    return { path, dtype, tensor };
  });
  // Wide elements first: then every tensor is aligned, as readers that map the file want it.
  const read = await Promise.all(
    named.map(async (each) => ({ ...each, ...stored(each.dtype, await each.tensor.data(), float32As) })),
  );
  const widthOf = ({ dtype, tensor }: (typeof read)[number]) =>
    dtype.endsWith("F16") ? HALF_BYTES : bytesPerElement(tensor.dtype);
  const sorted = read.toSorted((a, b) => widthOf(b) - widthOf(a) || (a.path < b.path ? -1 : 1));
  let offset = 0;
  const header: [string, unknown][] = Object.keys(metadata).length > 0 ? [[METADATA_KEY, metadata]] : [];
  for (const { path, dtype, tensor, values } of sorted) {
    header.push([path, { dtype, shape: tensor.shape, data_offsets: [offset, offset + values.byteLength] }]);
    offset += values.byteLength;
  }
  const json = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)));
  const headerBytes = Math.ceil(json.length / ALIGNMENT) * ALIGNMENT;
  const bytes = new Uint8Array(ALIGNMENT + headerBytes + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, ALIGNMENT, ALIGNMENT + headerBytes);
  bytes.set(json, ALIGNMENT);
  let position = ALIGNMENT + headerBytes;
  for (const { values } of sorted) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  return bytes;
}

const HALF_BYTES = 2;

const HALVES = {
  float16: { dtype: "F16", bitsOf: float16Bits },
  bfloat16: { dtype: "BF16", bitsOf: bfloat16Bits },
} as const;

function stored(dtype: string, values: TypedArray, float32As: SafetensorsOptions["float32As"]): Stored {
  if (!float32As || !(values instanceof Float32Array) || dtype !== "F32") return { dtype, values };
  const half = HALVES[float32As];
  return { dtype: half.dtype, values: Uint16Array.from(values, half.bitsOf) };
}
