/** The sum of two float64, the second at most half a unit in the last place of the first: about 106 bits. */
export type DoubleDouble = readonly [high: number, low: number];

/** a + b without error. */
export function twoSum(a: number, b: number): DoubleDouble {
  const sum = a + b;
  const virtual = sum - a;
  return [sum, a - (sum - virtual) + (b - virtual)];
}

/** a + b without error where |a| ≥ |b|. */
function quickTwoSum(a: number, b: number): DoubleDouble {
  const sum = a + b;
  return [sum, b - (sum - a)];
}

const SPLITTER = 2 ** 27 + 1;

/** a · b without error, unless it over- or underflows. */
export function twoProduct(a: number, b: number): DoubleDouble {
  const product = a * b;
  const [aHigh, aLow] = halves(a);
  const [bHigh, bLow] = halves(b);
  return [product, aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow];
}

function halves(a: number): DoubleDouble {
  const scaled = SPLITTER * a;
  const high = scaled - (scaled - a);
  return [high, a - high];
}

export function add([aHigh, aLow]: DoubleDouble, [bHigh, bLow]: DoubleDouble): DoubleDouble {
  const [sum, error] = twoSum(aHigh, bHigh);
  const [lowSum, lowError] = twoSum(aLow, bLow);
  const [high, low] = quickTwoSum(sum, error + lowSum);
  return quickTwoSum(high, low + lowError);
}

export function negate([high, low]: DoubleDouble): DoubleDouble {
  return [-high, -low];
}

export function subtract(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  return add(a, negate(b));
}

export function multiply([aHigh, aLow]: DoubleDouble, [bHigh, bLow]: DoubleDouble): DoubleDouble {
  const [product, error] = twoProduct(aHigh, bHigh);
  return quickTwoSum(product, error + (aHigh * bLow + aLow * bHigh));
}

export function divide(a: DoubleDouble, b: DoubleDouble): DoubleDouble {
  const first = a[0] / b[0];
  if (!Number.isFinite(first)) return [first, 0];
  const rest = subtract(a, multiply(b, [first, 0]));
  const second = rest[0] / b[0];
  const third = subtract(rest, multiply(b, [second, 0]))[0] / b[0];
  const [high, low] = quickTwoSum(first, second);
  return add([high, low], [third, 0]);
}

export function sqrt(a: DoubleDouble): DoubleDouble {
  const first = Math.sqrt(a[0]);
  if (!(first > 0) || !Number.isFinite(first)) return [first, 0];
  const rest = subtract(a, twoProduct(first, first));
  return quickTwoSum(first, rest[0] / (2 * first));
}

export function toNumber([high, low]: DoubleDouble): number {
  return high + low;
}

export function magnitude(a: DoubleDouble): DoubleDouble {
  return a[0] < 0 ? negate(a) : a;
}

/** The number that a decimal text names, such as `"0.30102999566398119521373889472449"`, to all bits of a double-double. */
export function parseDoubleDouble(text: string): DoubleDouble {
  const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)!;
  const scale = 10n ** BigInt(fraction.length);
  const digits = BigInt(whole + fraction);
  const high = Number(`${whole}.${fraction || "0"}`);
  // 2^120 times the rest, an integer as `high` has no bits below 2^-120 for numbers of ordinary size.
  const SHIFT = 120;
  const rest = (digits << BigInt(SHIFT)) / scale - BigInt(high * 2 ** 60) * 2n ** 60n;
  const low = Number(rest) * 2 ** -SHIFT;
  return sign ? [-high, -low] : [high, low];
}
