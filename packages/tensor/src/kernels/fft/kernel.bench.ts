import type { Array as JaxArray } from "@jax-js/jax";
import { complexDType, type FloatDType, isComplex } from "../../dtype.ts";
import type { ReferenceArray } from "../../kernel.ts";
import {
  benchmarkKernel,
  type ExpectedElement,
  type KernelBenchmarkCase,
  type KernelPeer,
} from "../../kernel-benchmark.ts";
import { installedVersion } from "../../peers/installed-version.ts";
import { type JaxJs, loadJaxJs } from "../../peers/jax-js.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { fftKernel } from "./index.ts";
import { CompensatedSum } from "./reference.ts";
import { UnitRoots } from "./roots.ts";
import { type FftOptions, halfLength } from "./transform.ts";

/** Entries that are checked: all, by the defining sums, would take far longer than the benchmark. */
const CHECKED_ENTRIES = 12;

type ComplexPair = ReturnType<JaxJs["numpy"]["fft"]["fft"]>;

/** jax-js keeps real and imaginary parts in two arrays. */
const jaxJs: KernelPeer<FftOptions> = {
  name: "jax-js, wasm",
  devices: ["cpu"],
  version: () => installedVersion("@jax-js/jax"),
  async setup({ options: { kind, axes } }, [x]) {
    const jax = await loadJaxJs();
    const { numpy } = jax;
    const components = isComplex(x.dtype) ? 2 : 1;
    const dtype = x.dtype === "float64" || x.dtype === "complex128" ? "float64" : "float32";
    const parts = Array.from({ length: components }, (_, part) => {
      const values = x.data.filter((_, index) => index % components === part);
      const host = dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
      return numpy.array(host as Float32Array<ArrayBuffer>, { dtype: numpy[dtype] }).reshape([...x.shape]);
    });
    await jax.blockUntilReady(parts);
    let result: ComplexPair | undefined;
    const disposeResult = () => {
      result?.real.dispose();
      result?.imag.dispose();
    };
    return {
      async run() {
        disposeResult();
        const operands: JaxArray[] = parts.map((part) => part.ref);
        result =
          kind === "real"
            ? numpy.fft.rfftn(operands[0], [...axes])
            : numpy.fft.fftn({ real: operands[0], imag: operands[1] }, [...axes]);
        await jax.blockUntilReady([result.real, result.imag]);
      },
      async outputs() {
        const re = (await result!.real.ref.data()) as ArrayLike<number>;
        const im = (await result!.imag.ref.data()) as ArrayLike<number>;
        return [Float64Array.from({ length: 2 * re.length }, (_, index) => (index % 2 ? im : re)[index >> 1])];
      },
      dispose() {
        disposeResult();
        for (const part of parts) part.dispose();
      },
    };
  },
};

export const fftBenchmark = benchmarkKernel(fftKernel, {
  cases: [
    fftCase("complex", "float32", [20, 64, 64], [1, 2]),
    fftCase("complex", "float64", [20, 64, 64], [1, 2]),
    ...[1 << 10, 1000, 1009, 1 << 16, 1 << 20].map((length) => fftCase("complex", "float32", [length], [0])),
    fftCase("complex", "float64", [1 << 16], [0]),
    fftCase("complex", "float32", [256, 1024], [1]),
    fftCase("complex", "float32", [256, 1024], [0]),
    fftCase("real", "float32", [64, 64, 64], [0, 1, 2]),
    fftCase("real", "float64", [64, 64, 64], [0, 1, 2]),
    fftCase("real", "float32", [1 << 20], [0]),
  ],
  peers: [jaxJs],
  expected: expectedElements,
});

function fftCase(
  kind: "complex" | "real",
  part: FloatDType,
  shape: Shape,
  axes: readonly number[],
): KernelBenchmarkCase<FftOptions> {
  const dtype = kind === "real" ? part : complexDType(part);
  return {
    name: `${kind === "real" ? "rfft" : "fft"} [${shape.join(", ")}] over ${axes.join(", ")} ${dtype}`,
    inputs: [{ shape, dtype }],
    options: { kind, inverse: false, axes, length: shape[axes[axes.length - 1]], pairWeight: 1, scale: 1 },
  };
}

/** Entries spread over the whole result, the last one included, as their defining sums. */
function expectedElements(
  { options }: KernelBenchmarkCase<FftOptions>,
  [x]: readonly ReferenceArray[],
): ExpectedElement[] {
  const { kind, axes } = options;
  const last = axes[axes.length - 1];
  const shape = kind === "real" ? x.shape.with(last, halfLength(x.shape[last])) : x.shape;
  const size = sizeOf(shape);
  const roots = x.shape.map((extent) => rootsOf(extent));
  return Array.from({ length: CHECKED_ENTRIES }, (_, sample) => {
    const index = Math.floor(((sample + 1) * size) / CHECKED_ENTRIES) - 1;
    const [re, im] = entry(x, indicesOf(index, shape), axes, roots);
    return [
      { index: 2 * index, value: re },
      { index: 2 * index + 1, value: im },
    ];
  }).flat();
}

function rootsOf(n: number): Float64Array {
  const table = new Float64Array(2 * n);
  const roots = new UnitRoots(n);
  for (let k = 0; k < n; k++) roots.store(k, table, 2 * k);
  return table;
}

function indicesOf(index: number, shape: Shape): number[] {
  let rest = index;
  return shape
    .toReversed()
    .map((extent) => {
      const own = rest % extent;
      rest = Math.floor(rest / extent);
      return own;
    })
    .reverse();
}

/** Σ_j x_j ω^(j · k) over the transformed axes, axis by axis from the first. */
function entry(
  x: ReferenceArray,
  indices: readonly number[],
  axes: readonly number[],
  roots: readonly Float64Array[],
): [number, number] {
  const components = isComplex(x.dtype) ? 2 : 1;
  const sum = (axis: number, offset: number): [number, number] => {
    if (axis === x.shape.length) return [x.data[components * offset], components === 2 ? x.data[2 * offset + 1] : 0];
    const extent = x.shape[axis];
    if (!axes.includes(axis)) return sum(axis + 1, offset * extent + indices[axis]);
    const re = new CompensatedSum();
    const im = new CompensatedSum();
    for (let j = 0; j < extent; j++) {
      const [a, b] = sum(axis + 1, offset * extent + j);
      const root = 2 * ((j * indices[axis]) % extent);
      re.add(a * roots[axis][root]);
      re.add(-b * roots[axis][root + 1]);
      im.add(a * roots[axis][root + 1]);
      im.add(b * roots[axis][root]);
    }
    return [re.value, im.value];
  };
  return sum(0, 0);
}
