import { jvp, type Pullback, vjp } from "../differentiation/transforms.ts";
import type { TensorTree } from "../differentiation/tree.ts";
import { InvalidInputError } from "../errors.ts";
import { stack } from "../kernels/concatenate/index.ts";
import { add, divide, multiply, subtract } from "../kernels/map/binary.ts";
import { neg } from "../kernels/map/unary.ts";
import type { Tensor } from "../tensor.ts";
import { dot, flatten, largestMagnitude, minusScaled, plusScaled, unflatten } from "./vectors.ts";

/** A step that solves a damped linear least-squares problem. */
export interface LinearStep {
  /** Where it leads. */
  readonly target: Tensor;
  /** Euclidean length. */
  readonly length: number;
  /** By how much it lowers half the square of the linearised residuals. */
  readonly decrease: number;
  /** Products with JᵀJ that it took. */
  readonly products: number;
}

export interface LinearStepOptions {
  /** Factor by which the residual of the linear system shall be reduced. */
  readonly reduction: number;
  /** Most products with JᵀJ. */
  readonly products: number;
  readonly signal: AbortSignal | undefined;
}

/** Residuals as a function of a vector, with their derivative there. Holds what the pullback needs until disposed. */
export class Linearisation implements Disposable {
  readonly x: Tensor;
  /** Jᵀ r, the gradient of half the square. */
  readonly gradient: Tensor;
  /** ½ |r|². */
  readonly value: number;
  readonly gradientNorm: number;
  /** |Jᵀ r|², for the tolerance of linear systems. */
  readonly gradientSquare: number;
  /** By how much the value is below that at the point before, from differences of residuals: more exact than the difference of values. */
  readonly decrease: number;
  readonly #residuals: (x: Tensor) => Tensor;
  readonly #linear: Pullback<Tensor, Tensor>;

  private constructor(
    residuals: (x: Tensor) => Tensor,
    x: Tensor,
    linear: Pullback<Tensor, Tensor>,
    gradient: Tensor,
    [value, gradientNorm, gradientSquare, decrease]: ArrayLike<number> & Iterable<number>,
  ) {
    this.#residuals = residuals;
    this.x = x;
    this.#linear = linear;
    this.gradient = gradient;
    this.value = value;
    this.gradientNorm = gradientNorm;
    this.gradientSquare = gradientSquare;
    this.decrease = decrease;
  }

  /** Takes over `x`. @throws as the residuals, and InvalidInputError when there are none or their dtype is another. */
  static async at(residuals: (x: Tensor) => Tensor, x: Tensor, before?: Linearisation): Promise<Linearisation> {
    let linear: Pullback<Tensor, Tensor> | undefined;
    let gradient: Tensor | undefined;
    let numbers: Tensor | undefined;
    try {
      linear = vjp(residuals, x);
      const { value: r } = linear;
      gradient = linear.pullback(r);
      numbers = summaryOf(r, gradient, before?.residual ?? r);
      return new Linearisation(residuals, x, linear, gradient, await numbers.data());
    } catch (error) {
      for (const tensor of [x, gradient, linear?.value]) tensor?.dispose();
      linear?.[Symbol.dispose]();
      throw error;
    } finally {
      numbers?.dispose();
    }
  }

  get residual(): Tensor {
    return this.#linear.value;
  }

  get isFinite(): boolean {
    return Number.isFinite(this.value) && Number.isFinite(this.gradientNorm);
  }

  /** |J g|² / |g|², the curvature of the linearised problem along the gradient. */
  async curvatureAlongGradient(): Promise<number> {
    const { gradient } = this;
    using curvature = gradient.device.scope(() => {
      const image = this.#forward(gradient);
      return divide(dot(image, image), dot(gradient, gradient));
    });
    return curvature.item();
  }

  /**
   * The step p that minimises |r + J p|² + damping |p|², by conjugate gradients; the first approximation that is good enough.
   *
   * Source: Hestenes, Stiefel, "Methods of conjugate gradients for solving linear systems" (1952), section 10 (CG of normal equations).
   */
  async dampedStep(damping: number, { reduction, products: most, signal }: LinearStepOptions): Promise<LinearStep> {
    const { device, dtype } = this.x;
    let state = device.scope(() => {
      const remainder = neg(this.gradient);
      return {
        step: device.zeros(this.x.shape, dtype),
        image: device.zeros(this.residual.shape, dtype),
        remainder,
        direction: remainder.alias(),
        square: dot(remainder, remainder),
      };
    });
    const dispose = () => {
      for (const tensor of Object.values(state)) tensor.dispose();
    };
    try {
      let products = 0;
      let square = this.gradientSquare;
      while (products < most && square > reduction ** 2 * this.gradientSquare && !signal?.aborted) {
        const next = device.scope(() => this.#conjugateStep(state, damping));
        dispose();
        state = next;
        square = await state.square.item();
        products++;
      }
      using numbers = device.scope(() =>
        stack([dot(this.gradient, state.step), dot(state.image, state.image), dot(state.step, state.step)]),
      );
      const [slope, imageSquare, lengthSquare] = await numbers.data();
      return {
        target: add(this.x, state.step),
        length: Math.sqrt(lengthSquare),
        decrease: -slope - imageSquare / 2,
        products,
      };
    } finally {
      dispose();
    }
  }

  #conjugateStep(state: ConjugateState, damping: number): ConjugateState {
    const { direction } = state;
    const image = this.#forward(direction);
    const product = add(this.#linear.pullback(image), multiply(direction, damping));
    const curvature = add(dot(image, image), multiply(dot(direction, direction), damping));
    const factor = divide(state.square, curvature);
    const remainder = minusScaled(state.remainder, factor, product);
    const square = dot(remainder, remainder);
    return {
      step: plusScaled(state.step, factor, direction),
      image: plusScaled(state.image, factor, image),
      remainder,
      direction: plusScaled(remainder, divide(square, state.square), direction),
      square,
    };
  }

  /** J times a direction. */
  #forward(direction: Tensor): Tensor {
    return jvp(this.#residuals, this.x, direction).tangent;
  }

  [Symbol.dispose](): void {
    for (const tensor of [this.x, this.gradient, this.#linear.value]) tensor.dispose();
    this.#linear[Symbol.dispose]();
  }
}

/** Where conjugate gradients are: the step, J times it, what remains of the right-hand side, and the square of that. */
interface ConjugateState {
  readonly step: Tensor;
  readonly image: Tensor;
  readonly remainder: Tensor;
  readonly direction: Tensor;
  readonly square: Tensor;
}

/** Residuals of a tree in one vector as a function of parameters in one vector. @throws InvalidInputError, when called, for residuals of another dtype, or none. */
export function flatResiduals<Parameters extends TensorTree>(
  residuals: (parameters: Parameters) => TensorTree,
  like: Parameters,
): (x: Tensor) => Tensor {
  return (x) => {
    const r = flatten(residuals(unflatten(like, x)));
    if (r.dtype !== x.dtype || r.size === 0)
      throw new InvalidInputError("gaussNewton: residuals", `${x.dtype} with elements`, `${r.dtype} [${r.shape}]`);
    return r;
  };
}

function summaryOf(r: Tensor, gradient: Tensor, before: Tensor): Tensor {
  return r.device.scope(() =>
    stack([
      multiply(dot(r, r), 0.5),
      largestMagnitude(gradient),
      dot(gradient, gradient),
      multiply(dot(subtract(before, r), add(before, r)), 0.5),
    ]),
  );
}
