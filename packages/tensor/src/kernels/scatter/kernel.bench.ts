import { benchmarkKernel, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { tfjsWasmPeer } from "../../peers/tfjs-wasm.ts";
import { type ScatterOptions, scatterKernel } from "./index.ts";

const tfjs = tfjsWasmPeer<ScatterOptions>((tf, [updates, indices], { extent = 0 }) => {
  const targets = tf.reshape(indices, [-1, 1]) as import("@tensorflow/tfjs-core").Tensor2D;
  return tf.scatterND(targets, updates, [extent, ...updates.shape.slice(1)]);
});

/** jax-js has no scatter; TensorFlow.js adds to zeros only. */
export const scatterBenchmark = benchmarkKernel(scatterKernel, {
  cases: [
    sums("segmentSum, a graph network's edges to nodes", 15_000, 1000, 128),
    sums("segmentSum of numbers", 1 << 20, 1 << 12, 1),
    sums("gather's gradient, a table of embeddings", 4096, 50_000, 64),
    scattering("scatterAdd", "add"),
    scattering("scatter", "set"),
  ],
  peers: [
    {
      ...tfjs,
      async setup(each, inputs) {
        if (each.inputs.length > 2) throw new Error("TensorFlow.js is compared where the result starts as zeros");
        return tfjs.setup(each, inputs);
      },
      // Running totals of a few hundred terms, in the dtype itself as here, in another order.
      tolerance: { relative: 1e-5, absolute: 1e-3 },
    },
  ],
});

function sums(name: string, rows: number, extent: number, width: number): KernelBenchmarkCase<ScatterOptions> {
  const tail = width === 1 ? [] : [width];
  return {
    name: `${name}: [${[rows, ...tail].join(", ")}] to ${extent} float32`,
    inputs: [
      { shape: [rows, ...tail], dtype: "float32" },
      { shape: [rows], dtype: "int32", below: extent },
    ],
    options: { axis: 0, mode: "add", along: false, extent },
  };
}

function scattering(name: string, mode: "add" | "set"): KernelBenchmarkCase<ScatterOptions> {
  return {
    name: `${name} [10000, 64] into [20000, 64] float32`,
    inputs: [
      { shape: [10_000, 64], dtype: "float32" },
      { shape: [10_000], dtype: "int32", below: 20_000 },
      { shape: [20_000, 64], dtype: "float32" },
    ],
    options: { axis: 0, mode, along: false },
  };
}
