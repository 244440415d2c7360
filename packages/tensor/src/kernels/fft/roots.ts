/** Bits after the binary point of the fixed-point numbers that sines and cosines are computed in. */
const FRACTION_BITS = 160n;

/** ⌊2^160 π / 4⌋. */
const QUARTER_PI = 0xc90fdaa22168c234c4c6628b80dc1cd129024e08n;

/** A table of numbers as unevaluated sums of two float64, about 106 bits of each. */
interface PairTable {
  readonly cosHigh: Float64Array;
  readonly cosLow: Float64Array;
  readonly sinHigh: Float64Array;
  readonly sinLow: Float64Array;
}

/**
 * The n-th roots of unity: `store(k, target, index)` writes the real and imaginary parts of exp(−2πi k / n), 0 ≤ k < n, to target[index], target[index + 1].
 * They are correctly rounded (but for one in about 10¹⁵): products of two of 2 √n precomputed factors, each known to twice float64's precision, after reduction to an eighth of a turn in integers.
 */
export class UnitRoots {
  readonly #n: number;
  readonly #step: number;
  readonly #coarse: PairTable;
  readonly #fine: PairTable;

  constructor(n: number) {
    this.#n = n;
    // Angles are counted in eighths of 1 / n of a turn, so that mirroring at an eighth of a turn stays within the integers.
    this.#step = Math.ceil(Math.sqrt(n + 1));
    this.#coarse = pairTable(Math.floor(n / this.#step) + 1, this.#step, n);
    this.#fine = pairTable(this.#step, 1, n);
  }

  store(k: number, target: Float64Array | Float32Array, index: number): void {
    const n = this.#n;
    const turned = 8 * k;
    const isLower = turned > 4 * n;
    const half = isLower ? 8 * n - turned : turned;
    const isLeft = half > 2 * n;
    const quarter = isLeft ? 4 * n - half : half;
    const isSteep = quarter > n;
    const angle = isSteep ? 2 * n - quarter : quarter;
    const a = Math.floor(angle / this.#step);
    const b = angle - a * this.#step;
    const coarse = this.#coarse;
    const fine = this.#fine;
    const cosine = sumOfProducts(
      coarse.cosHigh[a],
      coarse.cosLow[a],
      fine.cosHigh[b],
      fine.cosLow[b],
      -coarse.sinHigh[a],
      -coarse.sinLow[a],
      fine.sinHigh[b],
      fine.sinLow[b],
    );
    const sine = sumOfProducts(
      coarse.sinHigh[a],
      coarse.sinLow[a],
      fine.cosHigh[b],
      fine.cosLow[b],
      coarse.cosHigh[a],
      coarse.cosLow[a],
      fine.sinHigh[b],
      fine.sinLow[b],
    );
    const x = isSteep ? sine : cosine;
    const y = isSteep ? cosine : sine;
    target[index] = isLeft ? -x : x;
    target[index + 1] = isLower ? y : -y;
  }
}

/** Cosines and sines of (k · step / n) · π / 4 for k < count. */
function pairTable(count: number, step: number, n: number): PairTable {
  const [cosHigh, cosLow, sinHigh, sinLow] = Array.from({ length: 4 }, () => new Float64Array(count));
  for (let k = 0; k < count; k++) {
    const { cosine, sine } = cosineAndSine((QUARTER_PI * BigInt(k * step)) / BigInt(n));
    cosHigh[k] = toNumber(cosine);
    cosLow[k] = toNumber(cosine - toFixed(cosHigh[k]));
    sinHigh[k] = toNumber(sine);
    sinLow[k] = toNumber(sine - toFixed(sinHigh[k]));
  }
  return { cosHigh, cosLow, sinHigh, sinLow };
}

/** By their power series, in fixed point; the angle is at most a little more than an eighth of a turn. */
function cosineAndSine(angle: bigint): { readonly cosine: bigint; readonly sine: bigint } {
  let term = 1n << FRACTION_BITS;
  const sums = [term, 0n];
  for (let power = 1n; term !== 0n; power++) {
    term = ((term * angle) >> FRACTION_BITS) / power;
    const isNegative = (power & 2n) !== 0n;
    sums[Number(power & 1n)] += isNegative ? -term : term;
  }
  return { cosine: sums[0], sine: sums[1] };
}

const SCALE = 2 ** Number(FRACTION_BITS);

function toNumber(fixed: bigint): number {
  return Number(fixed) / SCALE;
}

function toFixed(value: number): bigint {
  return BigInt(value * SCALE);
}

/** The float64 nearest to (a + a′)(b + b′) + (c + c′)(d + d′), where primes mark what lies below half an ulp. */
function sumOfProducts(
  a: number,
  aLow: number,
  b: number,
  bLow: number,
  c: number,
  cLow: number,
  d: number,
  dLow: number,
): number {
  const first = a * b;
  const second = c * d;
  const sum = first + second;
  const lost = sum - first;
  const rounding = first - (sum - lost) + (second - lost);
  const low = productError(a, b, first) + productError(c, d, second) + (a * bLow + aLow * b) + (c * dLow + cLow * d);
  return sum + (rounding + low);
}

/** a · b − product, exactly. Source: T. J. Dekker, "A floating-point technique for extending the available precision" (1971). */
function productError(a: number, b: number, product: number): number {
  const aSplit = 134217729 * a;
  const aHigh = aSplit - (aSplit - a);
  const aLow = a - aHigh;
  const bSplit = 134217729 * b;
  const bHigh = bSplit - (bSplit - b);
  const bLow = b - bHigh;
  return aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow;
}
