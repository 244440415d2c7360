import type { Array as JaxArray } from "@jax-js/jax";
import { type ReferenceArray, referenceArray } from "../../kernel.ts";
import {
  benchmarkKernel,
  type ExpectedElement,
  type KernelBenchmarkCase,
  type KernelPeer,
} from "../../kernel-benchmark.ts";
import { type JaxJs, jaxJsPeer } from "../../peers/jax-js.ts";
import { loadTfJs, tfjsWasmPeer } from "../../peers/tfjs-wasm.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { type ConvolutionKernelOptions, type ConvolutionProduct, convolutionGeometry } from "./geometry.ts";
import { convolutionKernel } from "./index.ts";

type BenchmarkCase = KernelBenchmarkCase<ConvolutionKernelOptions>;

const IMAGES = { x: [8, 64, 32, 32], filter: [64, 64, 3, 3], padding: 1 };
const DEPTHWISE = { x: [8, 64, 32, 32], filter: [64, 1, 3, 3], padding: 1, groups: 64 };
const STRIDED = { x: [8, 64, 32, 32], filter: [64, 64, 3, 3], padding: 1, stride: 2 };
const VOLUME = { x: [1, 8, 32, 32, 32], filter: [8, 8, 3, 3, 3], padding: 1 };

export const convolutionBenchmark = benchmarkKernel(convolutionKernel, {
  cases: [
    ...products("8×64×32×32, 3×3, 64→64", IMAGES),
    ...products("the same, depthwise", DEPTHWISE),
    ...products("the same, stride 2", STRIDED),
    ...products("8×32×32×32, 3×3×3, 8→8", VOLUME),
  ],
  peers: [jaxJsPeer(inJaxJs), tfjsWasm()],
  expected: expectedElements,
});

interface Setting {
  readonly x: Shape;
  readonly filter: Shape;
  readonly padding: number;
  readonly stride?: number;
  readonly groups?: number;
}

function products(name: string, { x, filter, padding, stride = 1, groups = 1 }: Setting): BenchmarkCase[] {
  const perAxis = <T>(value: T): T[] => new Array<T>(x.length - 2).fill(value);
  const common = {
    stride: perAxis(stride),
    padding: perAxis([padding, padding] as const),
    dilation: perAxis(1),
    groups,
  };
  const of = (shape: Shape) => ({ shape, dtype: "float32" as const });
  const { shape } = convolutionGeometry([of(x), of(filter)], { ...common, product: "forward" });
  const one = (product: ConvolutionProduct, inputs: Shape[], extents?: Shape): BenchmarkCase => ({
    name: `${name}, ${{ forward: "forward", inputGradient: "input gradient", filterGradient: "filter gradient" }[product]}`,
    inputs: inputs.map(of),
    options: { ...common, product, ...(extents && { extents }) },
  });
  return [
    one("forward", [x, filter]),
    one("inputGradient", [shape, filter], x.slice(2)),
    one("filterGradient", [x, shape], filter.slice(2)),
  ];
}

/** Not compiled by `jit`, which makes the forward product ten times slower. */
function inJaxJs({ lax, numpy, grad }: JaxJs, [a, b]: JaxArray[], options: ConvolutionKernelOptions): JaxArray {
  const { product, stride, padding, dilation, groups, extents = [] } = options;
  const settings = { rhsDilation: [...dilation], featureGroupCount: groups };
  const pairs = padding.map(([before, after]) => [before, after] as [number, number]);
  const forward = (x: JaxArray, filter: JaxArray) => lax.convGeneralDilated(x, filter, [...stride], pairs, settings);
  if (product === "forward") return forward(a, b);
  // The gradient of Σ cotangent · convolution, at zero since it is the same everywhere.
  const [shape, work] =
    product === "inputGradient"
      ? [[a.shape[0], b.shape[1] * groups, ...extents], (x: JaxArray) => numpy.multiply(forward(x, b), a)]
      : [[b.shape[1], a.shape[1] / groups, ...extents], (filter: JaxArray) => numpy.multiply(forward(a, filter), b)];
  return grad((at: JaxArray) => numpy.sum(work(at)))(numpy.zeros(shape)) as JaxArray;
}

/** TensorFlow.js has channels last: operands are brought to that order before, and the result back afterwards. */
function tfjsWasm(): KernelPeer<ConvolutionKernelOptions> {
  const peer = tfjsWasmPeer<ConvolutionKernelOptions>(
    (tf, [a, b], { product, stride, padding, groups, extents = [] }) => {
      const [strides, [[pad]]] = [stride as [number, number], padding];
      if (product === "forward" && groups === 1) return tf.conv2d(a as never, b as never, strides, pad);
      if (product === "forward") return tf.depthwiseConv2d(a as never, b as never, strides, pad);
      const shape = [a.shape[0], extents[0], extents[1], b.shape[2]] as [number, number, number, number];
      return tf.conv2dTranspose(a as never, b as never, shape, strides, pad);
    },
  );
  return {
    ...peer,
    async setup(benchmarkCase, inputs) {
      const { product, groups } = benchmarkCase.options;
      const isImage = inputs[0].shape.length === 4;
      if (!isImage || product === "filterGradient" || (product === "inputGradient" && groups > 1))
        throw new Error("TensorFlow.js on WebAssembly has no such kernel");
      const tf = await loadTfJs();
      const reordered = (array: ReferenceArray, order: number[]): ReferenceArray => {
        const data = tf.tidy(() =>
          tf.transpose(tf.tensor(Float32Array.from(array.data), [...array.shape]), order).dataSync(),
        );
        return { ...array, shape: order.map((axis) => array.shape[axis]), data: Float64Array.from(data) };
      };
      const filterOrder = groups === 1 ? [2, 3, 1, 0] : [2, 3, 0, 1];
      const operands = [reordered(inputs[0], [0, 2, 3, 1]), reordered(inputs[1], filterOrder)];
      const workload = await peer.setup(benchmarkCase, operands);
      const { shape } = convolutionGeometry(inputs, benchmarkCase.options);
      const channelsLast = [shape[0], shape[2], shape[3], shape[1]];
      return {
        ...workload,
        async outputs() {
          const [values] = await workload.outputs();
          const array = { dtype: "float32", shape: channelsLast, data: Float64Array.from(values) } as const;
          return [reordered(array, [0, 3, 1, 2]).data];
        },
      };
    },
  };
}

/** The first, a middle and the last plane of the result, by the reference on what goes into them. */
function expectedElements({ options }: BenchmarkCase, inputs: readonly ReferenceArray[]): ExpectedElement[] {
  const [rows, columns, ...extents] = convolutionGeometry(inputs, options).shape;
  const size = sizeOf(extents);
  return [0, Math.floor((rows * columns) / 2), rows * columns - 1].flatMap((plane) => {
    const place = [Math.floor(plane / columns), plane % columns] as const;
    const [{ data }] = convolutionKernel.reference(operandsOf(place, inputs, options), { ...options, groups: 1 });
    return Array.from(data, (value, index) => ({ index: plane * size + index, value }));
  });
}

function operandsOf(
  [row, column]: readonly [number, number],
  inputs: readonly ReferenceArray[],
  options: ConvolutionKernelOptions,
): ReferenceArray[] {
  const { batches, outputs, channels } = convolutionGeometry(inputs, options).geometry;
  const [a, b] = inputs;
  switch (options.product) {
    case "forward": {
      const group = Math.floor(column / outputs);
      return [part(a, [row, 1], [group * channels, channels]), part(b, [column, 1], [0, channels])];
    }
    case "inputGradient": {
      const group = Math.floor(column / channels);
      const filters = [group * outputs, outputs] as const;
      return [part(a, [row, 1], filters), part(b, filters, [column % channels, 1])];
    }
    case "filterGradient": {
      const group = Math.floor(row / outputs);
      return [part(a, [0, batches], [group * channels + column, 1]), part(b, [0, batches], [row, 1])];
    }
  }
}

type Range = readonly [first: number, count: number];

/** Some of the rows and columns of an array of planes. */
function part({ dtype, shape, data }: ReferenceArray, [row, rows]: Range, [column, columns]: Range): ReferenceArray {
  const size = sizeOf(shape.slice(2));
  const picked = Array.from({ length: rows }, (_, index) => {
    const start = ((row + index) * shape[1] + column) * size;
    return Array.from(data.subarray(start, start + columns * size));
  });
  return referenceArray(dtype, [rows, columns, ...shape.slice(2)], picked.flat());
}
