import { InvalidInputError } from "../errors.ts";
import { stack } from "../kernels/concatenate/index.ts";
import { gather } from "../kernels/gather/index.ts";
import { broadcastTo } from "../movement/axes.ts";
import { Tensor } from "../tensor.ts";
import { apply, type BatchContext, nextLevel, type Primitive, type Trace, TraceLink } from "./primitive.ts";
import { leavesOf, rebuild, type TensorTree } from "./tree.ts";

class BatchLink extends TraceLink {
  /** All examples, along the first axis. */
  readonly examples: Tensor;

  constructor(trace: BatchTrace, examples: Tensor) {
    super(trace, examples, [examples]);
    this.examples = examples;
  }

  override get hidesValues(): boolean {
    return true;
  }
}

/** One computation written for one example, run for many: values that differ between examples carry them all along a first axis that the function does not see. */
class BatchTrace implements Trace, Disposable {
  readonly level = nextLevel();
  readonly count: number;
  active = true;

  constructor(count: number) {
    this.count = count;
  }

  /** What the function sees of a tensor of examples. */
  example(examples: Tensor): Tensor {
    const { device, shape, dtype, storage } = examples;
    return new Tensor(device, shape.slice(1), dtype, storage, new BatchLink(this, examples.alias()));
  }

  /** All examples of a value; undefined when they have it in common. */
  examplesOf({ link }: Tensor): Tensor | undefined {
    return link?.trace === this ? (link as BatchLink).examples : undefined;
  }

  run<Options>(primitive: Primitive<Options>, inputs: readonly Tensor[], options: Options): readonly Tensor[] {
    const given = inputs.map((input) => this.examplesOf(input));
    const context: BatchContext<Options> = {
      inputs: inputs.map((input, index) => given[index] ?? input),
      batched: given.map((each) => each !== undefined),
      count: this.count,
      options,
      run: (own, ownOptions) => apply(primitive, own, ownOptions),
    };
    const outputs = primitive.batch?.(context) ?? oneByOne(primitive, context);
    return outputs.map((output) => this.example(output));
  }

  [Symbol.dispose](): void {
    this.active = false;
  }
}

/** Runs a primitive for each example by itself. */
function oneByOne<Options>(
  primitive: Primitive<Options>,
  { inputs, batched, count, options }: BatchContext<Options>,
): readonly Tensor[] {
  const { device } = inputs[0];
  const results = Array.from({ length: count }, (_, example) => {
    const index = device.tensor(Int32Array.of(example), []);
    const own = inputs.map((input, position) => (batched[position] ? gather(input, index) : input));
    return apply(primitive, own, options);
  });
  return results[0].map((_, output) => stack(results.map((each) => each[output])));
}

/**
 * Maps a function of one example over the first axis of every tensor in its first argument; further arguments are the same for all examples.
 * The function runs once: each of its operations does all examples at a time. The few that cannot (see the table in the README) run them one by one.
 *
 * @param f takes and returns trees of tensors, in operations; it may take gradients inside, and be differentiated from outside.
 * @returns a function whose results have the examples along a new first axis.
 * @throws InvalidInputError when the tensors of the first argument have no first axis, or different extents there, or there is no example.
 */
export function vmap<X extends TensorTree, Rest extends readonly unknown[], Y extends TensorTree>(
  f: (x: X, ...rest: Rest) => Y,
): (x: X, ...rest: Rest) => Y {
  return (x, ...rest) => {
    const leaves = leavesOf(x, "x");
    const count = leaves[0]?.shape[0];
    for (const { shape } of leaves)
      if (shape.length === 0 || shape[0] !== count)
        throw new InvalidInputError(
          "vmap: x",
          "tensors with the same number of examples along their first axes",
          leaves.map((leaf) => leaf.shape),
        );
    if (!count) throw new InvalidInputError("vmap: x", "at least one example", leaves.length === 0 ? "no tensors" : 0);
    return leaves[0].device.scope(() => {
      using trace = new BatchTrace(count);
      const examples = leaves.map((leaf) => trace.example(leaf));
      const result = f(rebuild(x, examples), ...rest);
      const outputs = leavesOf(result).map(
        (output) => trace.examplesOf(output)?.alias() ?? broadcastTo(output, [count, ...output.shape]),
      );
      return rebuild(result, outputs);
    });
  };
}
