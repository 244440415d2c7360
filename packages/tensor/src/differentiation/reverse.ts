import { isDifferentiable } from "../dtype.ts";
import { add } from "../kernels/map/binary.ts";
import type { Tensor } from "../tensor.ts";
import { timesSlope } from "./fused-rules.ts";
import {
  apply,
  below,
  type MaybeTensors,
  nextLevel,
  type Primitive,
  type ReverseContext,
  rulesOf,
  type Trace,
  TraceLink,
} from "./primitive.ts";

/** One recorded call, or a variable (no primitive). */
interface Node {
  readonly primitive: Primitive<unknown> | null;
  readonly options: unknown;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Where each input came from; null for constants. */
  readonly parents: readonly (TapeLink | null)[];
}

/** Cotangents of the outputs of each node, as far as a walk back has gathered them. Every one is a handle of its own, so each is freed as soon as it has been used. */
type Gathered = Map<Node, (Tensor | null)[]>;

class TapeLink extends TraceLink {
  readonly node: Node;
  readonly output: number;

  constructor(tape: Tape, node: Node, output: number) {
    super(tape, node.outputs[output]);
    this.node = node;
    this.output = output;
  }
}

/**
 * Reverse mode: records every call that depends on its variables, then walks back. Values it needs later are its own handles,
 * so user code may dispose whatever it made.
 */
export class Tape implements Trace, Disposable {
  readonly level = nextLevel();
  active = true;
  readonly #nodes: Node[] = [];
  readonly #owned: Tensor[] = [];

  /** A variable of this tape with the given value. */
  variable(value: Tensor): Tensor {
    const node: Node = {
      primitive: null,
      options: null,
      inputs: [],
      outputs: [this.#own(value.alias())],
      parents: [],
    };
    this.#nodes.push(node);
    return this.#wrap(node, 0);
  }

  run<Options>(primitive: Primitive<Options>, inputs: readonly Tensor[], options: Options): readonly Tensor[] {
    const primals = inputs.map((input) => below(this, input));
    const outputs = apply(primitive, primals, options);
    if (!outputs.some(({ dtype }) => isDifferentiable(dtype))) return outputs;
    rulesOf(primitive, options);
    const parents = inputs.map(({ link }) => (link?.trace === this ? (link as TapeLink) : null));
    const node: Node = {
      primitive: primitive as Primitive<unknown>,
      options,
      inputs: primals.map((primal, index) => (parents[index] ? primal : this.#own(primal.alias()))),
      outputs: outputs.map((output) => this.#own(output)),
      parents,
    };
    this.#nodes.push(node);
    return outputs.map((output, index) => (isDifferentiable(output.dtype) ? this.#wrap(node, index) : output.alias()));
  }

  /** Cotangents of `variables` from those of `outputs`; null where no output depends on a variable. Can be called again. */
  pullback(outputs: readonly Tensor[], cotangents: readonly Tensor[], variables: readonly Tensor[]): (Tensor | null)[] {
    const gathered: Gathered = new Map();
    for (const [index, { link }] of outputs.entries())
      if (link?.trace === this) accumulate(gathered, link as TapeLink, cotangents[index].alias());
    for (let position = this.#nodes.length - 1; position >= 0; position--) passBack(gathered, this.#nodes[position]);
    return variables.map(({ link }) => gathered.get((link as TapeLink).node)?.[0] ?? null);
  }

  [Symbol.dispose](): void {
    this.active = false;
    for (const tensor of this.#owned) tensor.dispose();
    this.#nodes.length = 0;
  }

  #own(tensor: Tensor): Tensor {
    tensor.device.releaseFromScopes(tensor);
    this.#owned.push(tensor);
    return tensor;
  }

  #wrap(node: Node, output: number): Tensor {
    return node.outputs[output].alias(new TapeLink(this, node, output));
  }
}

/** Hands the cotangents of a recorded call on to its parents. */
function passBack(gathered: Gathered, node: Node): void {
  const { primitive, inputs, outputs, options, parents } = node;
  const cotangents = gathered.get(node);
  if (!primitive || !cotangents) return;
  gathered.delete(node);
  const context = { inputs, outputs, options, needed: parents.map((parent) => parent !== null) };
  const results = outputs[0].device.scope(() =>
    pullBack(primitive, cotangents, context).map((result, index) => (parents[index] && result ? result.alias() : null)),
  );
  for (const cotangent of cotangents) cotangent?.dispose();
  for (const [index, parent] of parents.entries()) {
    const result = results[index];
    if (parent && result) accumulate(gathered, parent, result);
  }
}

function accumulate(gathered: Gathered, { node, output }: TapeLink, cotangent: Tensor): void {
  const cotangents = gathered.get(node) ?? node.outputs.map(() => null);
  gathered.set(node, cotangents);
  const before = cotangents[output];
  cotangents[output] = before === null ? cotangent : add(before, cotangent);
  if (before === null) return;
  before.dispose();
  cotangent.dispose();
}

/** Cotangents of the inputs, by the primitive's own rule or by its structure. */
function pullBack<Options>(
  primitive: Primitive<Options>,
  cotangents: MaybeTensors,
  context: ReverseContext<Options>,
): MaybeTensors {
  const rules = rulesOf(primitive, context.options);
  if (rules.structure !== "elementwise") return rules.reverse(cotangents, context);
  return [timesSlope(cotangents[0]!, primitive, context, "adjoint")];
}
