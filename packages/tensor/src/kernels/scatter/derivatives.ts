import type { Derivatives } from "../../differentiation/primitive.ts";
import { broadcastTo } from "../../movement/axes.ts";
import type { Tensor } from "../../tensor.ts";
import { gather } from "../gather/index.ts";
import { equal } from "../map/comparison.ts";
import { where } from "../map/where.ts";
import { takeAlongAxis } from "../take-along-axis/index.ts";
import type { ScatterOptions } from "./geometry.ts";
import { scatterKernel } from "./index.ts";

/** Linear in updates and x: what was added comes back by a gather; of what was set, only what stayed does, and of x only what was not replaced. */
export function scatterDerivatives({ mode }: ScatterOptions): Derivatives<ScatterOptions> {
  if (mode === "add")
    return {
      structure: "linear",
      reverse: ([cotangent], { inputs: [, indices, x], options, needed }) => [
        needed[0] ? pick(cotangent!, indices, options) : null,
        null,
        ...(x ? [cotangent!] : []),
      ],
      // Where only x has a derivative, there is nothing to add to it.
      forward: ([updates, , x], { inputs, options, outputs: [y] }) => {
        if (!updates) return [x];
        const start = x ? [updates, inputs[1], x] : [updates, inputs[1]];
        return scatterKernel.run(start, { ...options, extent: y.shape.at(options.axis)! });
      },
    };
  return {
    structure: "linear",
    reverse: ([cotangent], { inputs: [updates, indices, x], options, needed }) => [
      needed[0] ? stayed(cotangent!, indices, options) : null,
      null,
      ...(x ? [needed[2] ? scatterKernel.run([zerosLike(updates), indices, cotangent!], options)[0] : null] : []),
    ],
  };
}

function pick(cotangent: Tensor, indices: Tensor, { axis, along }: ScatterOptions): Tensor {
  return along ? takeAlongAxis(cotangent, indices, { axis }) : gather(cotangent, indices, { axis });
}

/** The cotangents of the updates that were the last at their place; of the others, zeros. */
function stayed(cotangent: Tensor, indices: Tensor, options: ScatterOptions): Tensor {
  const { axis, along } = options;
  const numbers = numbersOf(indices, along ? axis : undefined);
  const own = along ? options : { ...options, axis: 0 };
  const extent = cotangent.shape.at(axis)!;
  const last = pick(scatterKernel.run([numbers, indices], { ...own, extent })[0], indices, own);
  const isLast = equal(last, numbers);
  const inner = along ? [] : cotangent.shape.slice(axis + 1).map(() => 1);
  return where(isLast.reshape([...indices.shape, ...inner]), pick(cotangent, indices, options), 0);
}

/** The number of each index: of all, or along an axis. */
function numbersOf({ device, shape, size }: Tensor, axis?: number): Tensor {
  const count = axis === undefined ? size : shape[axis];
  const numbers = device.tensor(Int32Array.from({ length: count }, (_, k) => k));
  if (axis === undefined) return numbers.reshape(shape);
  return broadcastTo(numbers.reshape(shape.map((extent, each) => (each === axis ? extent : 1))), shape);
}

function zerosLike({ device, shape, dtype }: Tensor): Tensor {
  return device.zeros(shape, dtype);
}
