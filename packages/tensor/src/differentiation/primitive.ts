import { InvalidInputError, UnsupportedError } from "../errors.ts";
import type { Tensor } from "../tensor.ts";

/** What a derivative rule may look at. All tensors belong to the level below the trace, so rules written in operations can themselves be differentiated. */
export interface RuleContext<Options> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly options: Options;
}

/** A value per tensor; null stands for zero (or for "not differentiable", as integers are). */
export type MaybeTensors = readonly (Tensor | null)[];

export interface ReverseContext<Options> extends RuleContext<Options> {
  /** Which inputs want a cotangent; the others may be answered with null. */
  readonly needed: readonly boolean[];
}

/**
 * How a primitive differentiates. Rules are written in operations, never in loops, so that derivatives nest to any order.
 *
 * What follows from a primitive's structure is not written again: forward and Taylor mode of `linear` and `bilinear` ones, every mode of `elementwise` ones.
 */
export type Derivatives<Options> =
  | {
      /** Linear in all its float inputs together: reshape, sum, gather, concatenate, FFT. */
      readonly structure: "linear";
      reverse(cotangents: MaybeTensors, context: ReverseContext<Options>): MaybeTensors;
      /** The primitive at other values of its float inputs, null being zero; only where that is cheaper than filling in zeros. */
      forward?(tangents: MaybeTensors, context: RuleContext<Options>): MaybeTensors;
    }
  | {
      /** One output, linear in each of the first two inputs (further ones are not differentiated): multiply, matmul, convolution. */
      readonly structure: "bilinear";
      reverse(cotangents: MaybeTensors, context: ReverseContext<Options>): MaybeTensors;
    }
  | {
      /** One float input, one output, each element by itself. The derivative is enough for every mode. */
      readonly structure: "elementwise";
      /** f′ at the input, in operations of input and output; null where it is zero everywhere (floor, sign). */
      derivative(input: Tensor, output: Tensor, options: Options): Tensor | number | null;
    }
  | {
      readonly structure: "nonlinear";
      /** Cotangents of the inputs from those of the outputs. */
      reverse(cotangents: MaybeTensors, context: ReverseContext<Options>): MaybeTensors;
      /** Tangents of the outputs from those of the inputs. */
      forward(tangents: MaybeTensors, context: RuleContext<Options>): MaybeTensors;
      /**
       * Taylor coefficients 1 … order of every output from those of the inputs (`series[input][k]`, the 0-th being the input; null is zero).
       * Without it, Taylor mode nests forward mode, which costs 2^order instead of order².
       */
      taylor?(series: readonly MaybeTensors[], order: number, context: RuleContext<Options>): readonly MaybeTensors[];
    };

/** Rules that hold for all options, or depend on them; or the reason why there are none. */
export type Rules<Options> = Derivatives<Options> | string | ((options: Options) => Derivatives<Options> | string);

/** Anything that turns tensors into tensors and knows its derivatives: kernels, reshape, custom rules. */
export interface Primitive<Options> {
  readonly name: string;
  /** Computes the outputs; inputs are not traced at the level that asks. */
  evaluate(inputs: readonly Tensor[], options: Options): readonly Tensor[];
  /**
   * Does many examples at once (`vmap`): outputs have a first axis of `count` examples. Undefined, or without it, examples run one by one.
   */
  batch?(context: BatchContext<Options>): readonly Tensor[] | undefined;
  /** Rules, or why there are none. Integer and boolean outputs need none: they are constants to every trace. */
  readonly derivatives: Rules<Options>;
}

/** A call for `count` examples. */
export interface BatchContext<Options> {
  /** Those that differ between examples have them along an additional first axis. */
  readonly inputs: readonly Tensor[];
  readonly batched: readonly boolean[];
  readonly count: number;
  readonly options: Options;
  /** The primitive itself. */
  run(inputs: readonly Tensor[], options: Options): readonly Tensor[];
}

/** One active transformation (a gradient being taken, a tangent being pushed). */
export interface Trace {
  /** Traces opened later have higher levels and see a value first. */
  readonly level: number;
  /** False once the transformation has returned. */
  readonly active: boolean;
  run<Options>(primitive: Primitive<Options>, inputs: readonly Tensor[], options: Options): readonly Tensor[];
}

/** Ties tensors to a trace: one link per traced value, shared by its handles. */
export class TraceLink {
  readonly trace: Trace;
  /** The same value one level down. */
  readonly primal: Tensor;
  readonly #owned: readonly Tensor[];
  #handles = 0;

  /** @param owned tensors that live as long as any handle of the value does; they are taken out of their scopes. */
  constructor(trace: Trace, primal: Tensor, owned: readonly Tensor[] = []) {
    this.trace = trace;
    this.primal = primal;
    this.#owned = owned;
    for (const tensor of owned) tensor.device.releaseFromScopes(tensor);
  }

  /** Whether the tensor's storage is not what its shape says, so that it cannot be read. */
  get hidesValues(): boolean {
    return false;
  }

  retain(): void {
    this.#handles++;
  }

  release(): void {
    if (--this.#handles === 0) for (const tensor of this.#owned) tensor.dispose();
  }
}

/** Runs a primitive under the innermost trace that any input belongs to, or plainly. */
export function apply<Options>(
  primitive: Primitive<Options>,
  inputs: readonly Tensor[],
  options: Options,
): readonly Tensor[] {
  let trace: Trace | undefined;
  for (const { link } of inputs) if (link && (!trace || link.trace.level > trace.level)) trace = link.trace;
  if (!trace) return primitive.evaluate(inputs, options);
  if (!trace.active)
    throw new InvalidInputError(
      `${primitive.name}: inputs`,
      "values of a transformation that is still running",
      "a value that escaped from grad, jvp or jet: return it, or read its data, instead",
    );
  return trace.run(primitive, inputs, options);
}

/** The rules of a primitive. @throws UnsupportedError where it has none, with the declared reason. */
export function rulesOf<Options>({ name, derivatives }: Primitive<Options>, options: Options): Derivatives<Options> {
  const rules = typeof derivatives === "function" ? derivatives(options) : derivatives;
  if (typeof rules === "string") throw new UnsupportedError("every device", `differentiating ${name}`, rules);
  return rules;
}

let levels = 0;

/** A level above all others in use. */
export function nextLevel(): number {
  return ++levels;
}

/** The value of a tensor as seen below `trace`, and its link if it belongs to it. */
export function below(trace: Trace, tensor: Tensor): Tensor {
  return tensor.link?.trace === trace ? tensor.link.primal : tensor;
}
