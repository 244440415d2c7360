import { type Evaluation, evaluate, type Kind, SMALL, smallK } from "./expressions.ts";
import type { BesselFunction } from "./options.ts";
import { expressionOf } from "./regions.ts";

/** One value in plain float64: what the kernel is defined as. NaN outside of the domain. */
export function hostBessel(name: BesselFunction, order: number, x: number, guards = true): number {
  const kind: Kind = name.endsWith("I") ? "I" : "K";
  const evaluation = evaluationOf(kind, canonicalOrder(name, order), x, guards);
  return name.startsWith("log") ? evaluation.logarithm : evaluation.ratio;
}

/** K is even in its order; I is where that is an integer, and has no real values elsewhere. */
function canonicalOrder(name: BesselFunction, order: number): number {
  if (name === "logK") return Math.abs(order);
  return name === "logI" && Number.isInteger(order) ? Math.abs(order) : order;
}

/** Between these nothing overflows on the way. */
const SMALLEST = 1e-150;
const LARGEST = 1e150;

function evaluationOf(kind: Kind, v: number, x: number, guards: boolean): Evaluation {
  const isI = kind === "I";
  if (!(v >= 0 && x >= 0) || (v === x && v === Number.POSITIVE_INFINITY))
    return { logarithm: Number.NaN, ratio: Number.NaN };
  const infinite = (isPositive: boolean) => (isPositive ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY);
  if (x === Number.POSITIVE_INFINITY) return { logarithm: infinite(isI), ratio: 1 };
  if (v === Number.POSITIVE_INFINITY) return { logarithm: infinite(!isI), ratio: isI ? 0 : infinite(true) };
  if (x === 0) return { logarithm: isI && v === 0 ? 0 : infinite(!isI), ratio: isI ? 0 : infinite(true) };
  if (Math.max(v, x) > LARGEST) return huge(isI, v, x);
  if (x < SMALLEST) return isI ? evaluate("I", "fallback", v, x) : smallK(v, x);
  const expression = expressionOf(v, x, guards);
  if (!isI && expression === "fallback" && x < SMALL) return smallK(v, x);
  return evaluate(kind, expression, v, x);
}

/** Where only the leading term w − v asinh(v / x) counts. */
function huge(isI: boolean, v: number, x: number): Evaluation {
  // Exact, and squares do not overflow.
  const scale = 2 ** -600;
  const w = Math.hypot(v * scale, x * scale);
  const far = v * scale + w;
  const main = w - v * scale * (Math.log(far) - Math.log(scale) - Math.log(x));
  if (isI) return { logarithm: main / scale, ratio: (x * scale) / far };
  return { logarithm: -main / scale, ratio: far / (x * scale) };
}
