import { divide, multiply, subtract } from "../kernels/map/binary.ts";
import { neg } from "../kernels/map/unary.ts";
import type { Tensor } from "../tensor.ts";
import { dot, minusScaled, plusScaled } from "./vectors.ts";

/** A step and the change of the gradient along it; `inverseCurvature` is 1 / (step · change). */
interface Pair {
  readonly step: Tensor;
  readonly change: Tensor;
  readonly inverseCurvature: Tensor;
}

/**
 * The inverse of a Hessian, approximated from the last steps and changes of the gradient.
 *
 * Source: Nocedal, Wright, "Numerical Optimization" (2006), algorithm 7.4 (two-loop recursion) with the scaling (7.20).
 */
export class LimitedMemoryInverse implements Disposable {
  readonly #capacity: number;
  readonly #pairs: Pair[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get isEmpty(): boolean {
    return this.#pairs.length === 0;
  }

  /** Takes over a step, the change of the gradient along it, and their scalar product, > 0. */
  remember(step: Tensor, change: Tensor, curvature: number): void {
    this.#pairs.push({ step, change, inverseCurvature: step.device.full([], 1 / curvature, step.dtype) });
    if (this.#pairs.length > this.#capacity) disposePair(this.#pairs.shift()!);
  }

  /** Minus the inverse times a gradient; minus the gradient while nothing is remembered. */
  directionFor(gradient: Tensor): Tensor {
    return gradient.device.scope(() => {
      const newest = this.#pairs.at(-1);
      if (!newest) return neg(gradient);
      let direction = gradient;
      const factors = new Map<Pair, Tensor>();
      for (const pair of this.#pairs.toReversed()) {
        const factor = multiply(pair.inverseCurvature, dot(pair.step, direction));
        factors.set(pair, factor);
        direction = minusScaled(direction, factor, pair.change);
      }
      const scale = divide(1, multiply(newest.inverseCurvature, dot(newest.change, newest.change)));
      direction = multiply(direction, scale);
      for (const pair of this.#pairs) {
        const own = multiply(pair.inverseCurvature, dot(pair.change, direction));
        direction = plusScaled(direction, subtract(factors.get(pair)!, own), pair.step);
      }
      return neg(direction);
    });
  }

  clear(): void {
    for (const pair of this.#pairs.splice(0)) disposePair(pair);
  }

  [Symbol.dispose](): void {
    this.clear();
  }
}

function disposePair({ step, change, inverseCurvature }: Pair): void {
  step.dispose();
  change.dispose();
  inverseCurvature.dispose();
}
