import { InvalidInputError } from "../errors.ts";

/** Where a tensor lies in a file: `begin` and `end` count bytes from the end of the header. */
export interface SafetensorsEntry {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** What the header of a file says, checked. */
export interface SafetensorsHeader {
  readonly entries: readonly SafetensorsEntry[];
  readonly metadata: Readonly<Record<string, string>>;
  /** The numbers of all tensors, one after the other. */
  readonly body: Uint8Array;
}

/** Bytes per element of the dtypes that are read. */
const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  U8: 1,
  I8: 1,
  U16: 2,
  I16: 2,
  F16: 2,
  BF16: 2,
  U32: 4,
  I32: 4,
  F32: 4,
  U64: 8,
  I64: 8,
  F64: 8,
  C64: 8,
};

export const METADATA_KEY = "__metadata__";

/** As in the format's own reader. */
const LARGEST_HEADER = 100_000_000;
const LENGTH_BYTES = 8;

/**
 * Reads and checks the header of a file from anyone: nothing it says is believed before it fits the bytes that are there.
 *
 * @throws InvalidInputError naming what is wrong.
 */
export function readHeader(bytes: Uint8Array): SafetensorsHeader {
  if (!(bytes instanceof Uint8Array)) throw new InvalidInputError("safetensors: bytes", "a Uint8Array", bytes);
  if (bytes.length < LENGTH_BYTES)
    throw new InvalidInputError("safetensors: bytes", `at least ${LENGTH_BYTES} bytes`, bytes.length);
  const stated = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const available = Math.min(bytes.length - LENGTH_BYTES, LARGEST_HEADER);
  if (stated > BigInt(available))
    throw new InvalidInputError("safetensors: header length", `at most ${available} bytes`, `${stated}`);
  const start = LENGTH_BYTES + Number(stated);
  const header = parse(bytes.subarray(LENGTH_BYTES, start));
  const body = bytes.subarray(start);
  const { [METADATA_KEY]: metadata = {}, ...tensors } = header;
  const entries = Object.entries(tensors).map(([name, value]) => entryOf(name, value));
  checkPlaces(entries, body.length);
  return { entries, metadata: metadataOf(metadata), body };
}

function parse(bytes: Uint8Array): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw new InvalidInputError("safetensors: header", "JSON in UTF-8", String(error));
  }
  if (!isObject(header)) throw new InvalidInputError("safetensors: header", "a JSON object", header);
  return header;
}

function entryOf(name: string, value: unknown): SafetensorsEntry {
  const argument = `safetensors: header[${JSON.stringify(name)}]`;
  if (!isObject(value)) throw new InvalidInputError(argument, "an object", value);
  const { dtype, shape, data_offsets: offsets, ...others } = value;
  if (Object.keys(others).length > 0)
    throw new InvalidInputError(argument, "dtype, shape and data_offsets only", Object.keys(others));
  if (typeof dtype !== "string" || !Object.hasOwn(ELEMENT_BYTES, dtype))
    throw new InvalidInputError(`${argument}.dtype`, `one of ${Object.keys(ELEMENT_BYTES).join(", ")}`, dtype);
  if (!isIndices(shape)) throw new InvalidInputError(`${argument}.shape`, "an array of integers ≥ 0", shape);
  if (!isIndices(offsets) || offsets.length !== 2)
    throw new InvalidInputError(`${argument}.data_offsets`, "two integers ≥ 0", offsets);
  const [begin, end] = offsets;
  const bytes = shape.reduce((size, extent) => size * extent, ELEMENT_BYTES[dtype]);
  if (end - begin !== bytes)
    throw new InvalidInputError(
      `${argument}.data_offsets`,
      `${bytes} bytes, for ${dtype} of shape [${shape}]`,
      `${end - begin}`,
    );
  return { name, dtype, shape, begin, end };
}

/** Tensors must lie end to end and fill the file: no byte is read twice, none is hidden. */
function checkPlaces(entries: readonly SafetensorsEntry[], length: number): void {
  let reached = 0;
  for (const { name, begin, end } of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== reached)
      throw new InvalidInputError(
        `safetensors: header[${JSON.stringify(name)}].data_offsets`,
        `to begin at ${reached}, where the tensor before it ends`,
        begin,
      );
    reached = end;
  }
  if (reached !== length)
    throw new InvalidInputError("safetensors: bytes", `${reached} bytes after the header, as it says`, length);
}

function metadataOf(metadata: unknown): Readonly<Record<string, string>> {
  if (!isObject(metadata) || !Object.values(metadata).every((value) => typeof value === "string"))
    throw new InvalidInputError(`safetensors: header.${METADATA_KEY}`, "an object of texts", metadata);
  return metadata as Record<string, string>;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function isIndices(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isSafeInteger(each) && each >= 0);
}
