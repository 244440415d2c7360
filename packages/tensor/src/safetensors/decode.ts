import type { Device } from "../device/device.ts";
import { rebuild, type TensorTree } from "../differentiation/tree.ts";
import { type DType, hostView } from "../dtype.ts";
import { InvalidInputError, UnsupportedError } from "../errors.ts";
import { sameShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { bfloat16Values, float16Value } from "./half-precision.ts";
import { readHeader, type SafetensorsEntry } from "./header.ts";
import { byPath, fromPaths } from "./paths.ts";

/** Dtypes whose bytes are those of a host array. */
const SAME: Readonly<Record<string, DType>> = {
  F32: "float32",
  F64: "float64",
  I32: "int32",
  U32: "uint32",
  BOOL: "bool",
  C64: "complex64",
};

/**
 * The tensors of a safetensors file as a tree on a device: `layers.0.weights` becomes `tree.layers[0].weights` (branches named 0, 1, … are arrays).
 *
 * F16 and BF16 become float32; U8, I8, U16, I16 and, where all values fit, I64 and U64 become int32; all without loss. The file may come from anyone: its header is checked against the bytes that are there
 * before anything is allocated, and neither overlapping nor hidden bytes are accepted.
 *
 * @throws InvalidInputError naming what is wrong with the file, or the tensor that does not fit int32; UnsupportedError when the device cannot hold a dtype.
 */
export function decodeSafetensors(bytes: Uint8Array, device: Device): TensorTree {
  const { entries, body } = readHeader(bytes);
  return device.scope(() =>
    fromPaths(
      entries.map((entry) => [entry.name, entry]),
      (entry) => tensorOf(device, entry, new Uint8Array(body.subarray(entry.begin, entry.end))),
    ),
  );
}

/**
 * The tensors of a file in the form of a tree like the one that was saved: parameters or a state just initialised. Its device gets them; what is empty in it stays empty.
 *
 * @throws InvalidInputError when names, shapes or dtypes differ, and as `decodeSafetensors`.
 */
export function restoreSafetensors<Tree extends TensorTree>(bytes: Uint8Array, like: Tree): Tree {
  const { entries, body } = readHeader(bytes);
  const wanted = byPath(like);
  const found = new Map(entries.map((entry) => [entry.name, entry]));
  const differing = [
    ...[...wanted.keys()].filter((path) => !found.has(path)).map((path) => `no ${path}`),
    ...[...found.keys()].filter((path) => !wanted.has(path)).map((path) => `${path} as well`),
  ];
  if (differing.length > 0)
    throw new InvalidInputError(
      "restoreSafetensors: bytes",
      `${wanted.size} tensors by the names of the tree`,
      differing,
    );
  for (const [path, { dtype, shape }] of wanted) {
    const entry = found.get(path)!;
    if (dtypeRead(entry.dtype) !== dtype || !sameShape(entry.shape, shape))
      throw new InvalidInputError(
        `restoreSafetensors: ${path}`,
        `${dtype} of shape [${shape}], as in the tree`,
        `${entry.dtype} of shape [${entry.shape}]`,
      );
  }
  const [first] = wanted.values();
  if (!first) return like;
  return first.device.scope(() =>
    rebuild(
      like,
      [...wanted.keys()].map((path) => {
        const entry = found.get(path)!;
        return tensorOf(first.device, entry, new Uint8Array(body.subarray(entry.begin, entry.end)));
      }),
    ),
  );
}

/** The texts that were saved with the tensors. @throws InvalidInputError as `decodeSafetensors`. */
export function safetensorsMetadata(bytes: Uint8Array): Readonly<Record<string, string>> {
  return readHeader(bytes).metadata;
}

/** @param bytes a copy (not `slice`, which is a view where the bytes are Node's Buffer), so that it is aligned. Hosts that JavaScript runs on are little-endian, as is the format. */
function tensorOf(device: Device, entry: SafetensorsEntry, { buffer }: Uint8Array<ArrayBuffer>): Tensor {
  const { name, dtype, shape } = entry;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const same = SAME[dtype];
  if (same) {
    if (!device.description.dtypes.includes(same))
      throw new UnsupportedError(device.kind, `dtype ${same}`, `${name} is of this dtype; it can be read on cpu`);
    return device.tensor(hostView(same, buffer, 0, size), shape, same);
  }
  if (dtype === "F16") return device.tensor(Float32Array.from(new Uint16Array(buffer), float16Value), shape);
  if (dtype === "BF16") return device.tensor(bfloat16Values(new Uint16Array(buffer)), shape);
  return device.tensor(integersOf(name, dtype, buffer), shape);
}

/** The dtype that a tensor of a file becomes. */
function dtypeRead(dtype: string): DType {
  return SAME[dtype] ?? (dtype.endsWith("F16") ? "float32" : "int32");
}

const NARROW = { U8: Uint8Array, I8: Int8Array, U16: Uint16Array, I16: Int16Array } as const;

function integersOf(name: string, dtype: string, buffer: ArrayBuffer): Int32Array<ArrayBuffer> {
  if (dtype in NARROW) return Int32Array.from(new NARROW[dtype as keyof typeof NARROW](buffer));
  const wide = dtype === "I64" ? new BigInt64Array(buffer) : new BigUint64Array(buffer);
  const narrowed = new Int32Array(wide.length);
  for (const [index, value] of wide.entries()) {
    narrowed[index] = Number(BigInt.asIntN(32, value));
    if (BigInt(narrowed[index]) !== value)
      throw new InvalidInputError(`safetensors: ${name}[${index}]`, "a value that int32 holds", `${value}`);
  }
  return narrowed;
}
