import { InvalidInputError } from "../errors.ts";
import { twoProduct, twoSum } from "./double-double.ts";

/** Formats that programs compute in; every operation rounds to nearest, ties to even. */
export const FORMATS = ["float64", "float32", "bfloat16"] as const;
export type Format = (typeof FORMATS)[number];

/** Bits of the significand with the leading one, and the exponent of the smallest normal number. */
const SHAPE: Readonly<Record<Format, { readonly digits: number; readonly smallest: number }>> = {
  float64: { digits: 53, smallest: -1022 },
  float32: { digits: 24, smallest: -126 },
  bfloat16: { digits: 8, smallest: -126 },
};

const bits = new DataView(new ArrayBuffer(8));

/** A float64 rounded to the format. Of one operation on numbers of the format (+ − × ÷ √) this is the correctly rounded result, since float64 has more than twice their digits. */
export function roundTo(format: Format, value: number): number {
  if (format === "float64") return value;
  if (format === "float32") return Math.fround(value);
  return roundToBfloat16(value);
}

function roundToBfloat16(value: number): number {
  if (!Number.isFinite(value) || value === 0) return value;
  // In one step from float64: through float32 it would round twice.
  const quantum = ulp("bfloat16", value);
  const scaled = value / quantum;
  const floor = Math.floor(scaled);
  const rest = scaled - floor;
  const up = rest > 0.5 || (rest === 0.5 && floor % 2 !== 0);
  const rounded = (floor + Number(up)) * quantum;
  return Math.abs(rounded) >= 2 ** 128 ? Math.sign(rounded) * Number.POSITIVE_INFINITY : rounded;
}

/** Distance of neighbouring numbers of the format at |value|; at a power of two that to the next larger. */
export function ulp(format: Format, value: number): number {
  const { digits, smallest } = SHAPE[format];
  return 2 ** (Math.max(exponentOf(value), smallest) - digits + 1);
}

/** ⌊log₂|value|⌋, exact; −1023 for numbers below float64's smallest normal one. */
function exponentOf(value: number): number {
  bits.setFloat64(0, value);
  return ((bits.getUint32(0) >>> 20) & 0x7ff) - 1023;
}

/** The neighbour `steps` away, of a number of the format; zero and the ends of the range are crossed as the bits go. */
export function neighbour(format: Format, value: number, steps: number): number {
  return roundTo(format, value + steps * ulp(format, value));
}

/** a·b + c, rounded once. Over- and underflow aside, where the error of a product has no bits left. */
export function fusedMultiplyAdd(format: Format, a: number, b: number, c: number): number {
  if (![a, b, c].every(Number.isFinite)) return a * b + c;
  const [product, productError] = twoProduct(a, b);
  if (format !== "float64") {
    // The product is exact in float64. The sum is rounded to odd, so that rounding again is rounding once.
    const [sum, error] = twoSum(product, c);
    return roundTo(format, toOdd(sum, error));
  }
  // Boldo, Melquiond: Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd.
  const [lowSum, lowError] = twoSum(c, productError);
  const [highSum, highError] = twoSum(product, lowSum);
  const [rest, restError] = twoSum(lowError, highError);
  return highSum + toOdd(rest, restError);
}

/** `sum + error` rounded to odd: the neighbour with an odd last bit where it is no float64. */
function toOdd(sum: number, error: number): number {
  if (error === 0) return sum;
  bits.setFloat64(0, sum);
  const word = bits.getBigInt64(0);
  if ((word & 1n) === 1n) return sum;
  bits.setBigInt64(0, word + (error > 0 === sum > 0 ? 1n : -1n));
  return bits.getFloat64(0);
}

/** @throws InvalidInputError unless it is a format. */
export function checkFormat(argument: string, format: Format): void {
  if (!FORMATS.includes(format)) throw new InvalidInputError(argument, FORMATS.join(" or "), format);
}
