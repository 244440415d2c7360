// Where v η = w − v log q, q = (v + w) / x, crosses 0, at q = 3.31905…, rounding of w and of v log q is all that would be left of the digits. There they are computed with what they lose, log q from that
// of a number close by: log q = log c + 2 artanh s, s = (q − c) / (q + c).

const CENTER = 3.319;
/** log c in two parts. */
const LOG_CENTER = [1.1996635327378375, -7.792784670650068e-19] as const;
const LARGEST = 0.035;
const ARTANH = [1 / 3, 1 / 5, 1 / 7, 1 / 9, 1 / 11, 1 / 13];

/** What the product a · b loses by rounding (Dekker's halves of a significand). */
function lostByProduct(a: number, b: number): number {
  const [aHigh, bHigh] = [upperHalf(a), upperHalf(b)];
  const [aLow, bLow] = [a - aHigh, b - bHigh];
  return aLow * bLow - (a * b - aHigh * bHigh - aLow * bHigh - aHigh * bLow);
}

function upperHalf(a: number): number {
  const scaled = a * 134217729;
  return scaled - (scaled - a);
}

/** w − v log((v + w) / x) with w = √(v² + x²), exact to 2⁻⁶⁰ of v near its zero, and elsewhere to rounding of its terms, none of which is much larger. */
export function leadingDifference(v: number, x: number, w: number): number {
  const far = w + v;
  const q = far / x;
  const denominator = q + CENTER;
  const s = (q - CENTER) / denominator;
  if (!(Math.abs(s) <= LARGEST)) return w - v * Math.log(q);
  // All differences of neighbours are exact.
  const lostBySquares = lostByProduct(v, v) + lostByProduct(x, x) - lostByProduct(w, w);
  const restOfW = (v * v - w * w + x * x + lostBySquares) / (2 * w);
  const restOfQ = far - q * x - lostByProduct(q, x) + (v - (far - w)) + restOfW;
  const restOfDenominator = CENTER - (denominator - q);
  const product = s * denominator;
  const restOfS = (q - CENTER - product - lostByProduct(s, denominator) - s * restOfDenominator) / denominator;
  const tail = s ** 3 * ARTANH.reduceRight((sum, coefficient) => sum * s ** 2 + coefficient, 0);
  const logarithm = LOG_CENTER[0] + 2 * s;
  const restOfSum = 2 * s - (logarithm - LOG_CENTER[0]);
  const rest = restOfSum + LOG_CENTER[1] + 2 * (tail + restOfS) + restOfQ / (q * x);
  return w - v * logarithm + (restOfW - lostByProduct(v, logarithm) - v * rest);
}
