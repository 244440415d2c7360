import { checkAlike, leavesOf, type TensorTree } from "../differentiation/tree.ts";
import { DivergedError, InvalidInputError } from "../errors.ts";
import { stack } from "../kernels/concatenate/index.ts";
import type { Tensor } from "../tensor.ts";
import type { Trial } from "./line-search.ts";
import type { MinimizationStep } from "./minimization.ts";
import { dot, flatten, largestMagnitude, unflatten } from "./vectors.ts";

/** A function's value and gradient at parameters: what `valueAndGrad` makes. */
export type ValueAndGradient<Parameters extends TensorTree> = (parameters: Parameters) => {
  readonly value: Tensor;
  readonly gradient: Parameters;
};

/** Parameters in one vector, and the function there; the slope is that along the direction searched. */
export interface Point extends Trial, Disposable {
  readonly x: Tensor;
  readonly gradient: Tensor;
  /** Largest magnitude of an entry of the gradient; NaN when one is. */
  readonly gradientNorm: number;
}

export function isFinitePoint({ value, gradientNorm, slope }: Point): boolean {
  return [value, gradientNorm, slope].every(Number.isFinite);
}

/** A function of a tree as a function of a vector. */
export class Objective<Parameters extends TensorTree> {
  readonly #valueAndGradient: ValueAndGradient<Parameters>;
  readonly #like: Parameters;
  #evaluations = 0;

  constructor(valueAndGradient: ValueAndGradient<Parameters>, like: Parameters) {
    this.#valueAndGradient = valueAndGradient;
    this.#like = like;
  }

  /** Evaluates at the vector that `place` makes, which is taken over. @throws InvalidInputError when value or gradient have another form than they should. */
  async at(place: () => Tensor, stepSize: number, direction?: Tensor): Promise<Point> {
    this.#evaluations++;
    const [leaf] = leavesOf(this.#like);
    const { x, gradient, numbers } = leaf.device.scope(() => {
      const x = place();
      const result = this.#valueAndGradient(unflatten(this.#like, x));
      this.#check(result);
      const gradient = flatten(result.gradient);
      const slope = dot(gradient, direction ?? gradient);
      return { x, gradient, numbers: stack([result.value.reshape([]), largestMagnitude(gradient), slope]) };
    });
    const dispose = () => {
      x.dispose();
      gradient.dispose();
    };
    try {
      const [value, gradientNorm, slope] = await numbers.data();
      return { x, gradient, value, gradientNorm, slope, stepSize, [Symbol.dispose]: dispose };
    } catch (error) {
      dispose();
      throw error;
    } finally {
      numbers.dispose();
    }
  }

  /** What a history says about a point. */
  entryFor({ value, gradientNorm, stepSize }: Point): MinimizationStep {
    return { value, gradientNorm, stepSize, evaluations: this.#evaluations };
  }

  diverged(method: string, iteration: number, reason: string, last: Point): DivergedError<Parameters> {
    return new DivergedError(method, iteration, reason, unflatten(this.#like, last.x));
  }

  #check({ value, gradient }: ReturnType<ValueAndGradient<Parameters>>): void {
    const leaves = leavesOf(this.#like);
    if (value.size !== 1 || value.dtype !== leaves[0].dtype)
      throw new InvalidInputError(
        "valueAndGradient: value",
        `${leaves[0].dtype} of one element`,
        `${value.dtype} [${value.shape}]`,
      );
    checkAlike("valueAndGradient: gradient", leavesOf(gradient, "gradient"), leaves);
  }
}

/** Of the points tried along a line, those that the search may end with: the latest, and the lowest that is below the start. */
export class TriedPoints implements Disposable {
  readonly #start: number;
  #latest: Point | undefined;
  #lowest: Point | undefined;
  #isBroken = false;

  constructor(startValue: number) {
    this.#start = startValue;
  }

  /** Whether there was a point where value or gradient are not finite. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  add(point: Point): Point {
    this.#keep(point, this.#lowest);
    if (!isFinitePoint(point)) this.#isBroken = true;
    else if (point.value < (this.#lowest?.value ?? this.#start)) this.#keep(point, point);
    return point;
  }

  /** Hands a point over. */
  take(which: "latest" | "lowest"): Point | undefined {
    const taken = which === "latest" ? this.#latest : this.#lowest;
    const [latest, lowest] = [this.#latest, this.#lowest].map((point) => (point === taken ? undefined : point));
    this.#latest = latest;
    this.#lowest = lowest;
    return taken;
  }

  [Symbol.dispose](): void {
    this.#keep(undefined, undefined);
  }

  #keep(latest: Point | undefined, lowest: Point | undefined): void {
    for (const point of new Set([this.#latest, this.#lowest]))
      if (point !== latest && point !== lowest) point?.[Symbol.dispose]();
    this.#latest = latest;
    this.#lowest = lowest;
  }
}
