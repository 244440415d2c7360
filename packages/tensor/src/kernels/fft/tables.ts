import type { FloatDType } from "../../dtype.ts";
import { BoundedCache } from "./cache.ts";
import { chirpOf } from "./chirp.ts";
import { UnitRoots } from "./roots.ts";

/** Bytes of tables of long lines that are kept for the next call. */
const CACHE_BYTES = 2 ** 26;

type Table = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

const tables = new BoundedCache<Table>(CACHE_BYTES);

function cached(name: string, dtype: FloatDType, make: () => Float64Array<ArrayBuffer>): Table {
  return tables.get(`${name} ${dtype}`, () => (dtype === "float32" ? Float32Array.from(make()) : make()));
}

/** A gain, then ω_length^k for k = 1 … length / 4. */
export function halfTable(length: number, gain: number): Float64Array<ArrayBuffer> {
  const count = Math.floor(length / 4) + 1;
  const table = new Float64Array(2 * count);
  const roots = new UnitRoots(length);
  for (let k = 1; k < count; k++) roots.store(k, table, 2 * k);
  table[0] = gain;
  return table;
}

export function cachedHalfTable(length: number, gain: number, dtype: FloatDType): Table {
  return cached(`half ${length} ${gain}`, dtype, () => halfTable(length, gain));
}

/**
 * Factors ω_(rows · columns)^(k b) of a four-step transform for k < rows and b < columns, in two tables whose products they are: rows of ω^(k b) for k < inner,
 * then rows of ω^(k inner b) for k < rows / inner. Long ones would not fit in a cache otherwise.
 */
export function turnTable(rows: number, columns: number, inner: number, dtype: FloatDType): Table {
  return cached(`turns ${rows} ${columns} ${inner}`, dtype, () => {
    const outer = Math.ceil(rows / inner);
    const table = new Float64Array(2 * (inner + outer) * columns);
    const roots = new UnitRoots(rows * columns);
    let index = 0;
    for (let k = 0; k < inner; k++) for (let b = 0; b < columns; b++, index += 2) roots.store(k * b, table, index);
    for (let k = 0; k < outer; k++)
      for (let b = 0; b < columns; b++, index += 2) roots.store(k * inner * b, table, index);
    return table;
  });
}

export function chirpFactors(n: number, dtype: FloatDType): Table {
  return cached(`chirp ${n}`, dtype, () => chirpOf(n).factors);
}

export function chirpSpectrum(n: number, dtype: FloatDType): Table {
  return cached(`spectrum ${n}`, dtype, () => chirpOf(n).spectrum);
}
