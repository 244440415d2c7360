import {
  add,
  bytesPerElement,
  concatenate,
  conj,
  defineKernel,
  InvalidInputError,
  isComplex,
  type Kernel,
  type KernelCase,
  multiply,
  type ReferenceArray,
  referenceArray,
  type Shape,
  sizeOf,
  slice,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { diagonalScanCpu } from "./cpu.ts";
import type { DiagonalScanOptions } from "./options.ts";
import { diagonalScanWebGpu } from "./webgpu.ts";

export type { DiagonalScanOptions } from "./options.ts";

/** Diagonal linear recurrences, see `diagonalScan`. Inputs: factors [states], terms [..., length, states]. */
export const diagonalScanKernel: Kernel<DiagonalScanOptions> = defineKernel<DiagonalScanOptions>({
  name: "diagonal-scan",
  summary: "States of diagonal complex linear recurrences after every sample.",
  infer([a, b]) {
    if (!isComplex(b.dtype)) throw new InvalidInputError("diagonalScan: terms", "complex64 or complex128", b.dtype);
    if (b.shape.length < 2)
      throw new InvalidInputError("diagonalScan: terms", "[..., length, states]", `shape [${b.shape}]`);
    const states = b.shape[b.shape.length - 1];
    if (a.dtype !== b.dtype) throw new InvalidInputError("diagonalScan: factors", `dtype ${b.dtype}`, a.dtype);
    if (a.shape.length !== 1 || a.shape[0] !== states)
      throw new InvalidInputError("diagonalScan: factors", `shape [${states}]`, `shape [${a.shape}]`);
    return [b];
  },
  // A product and a sum of complex numbers for each state and sample; every term is read, every state written.
  cost: ([a, b]) => ({
    flops: 8 * sizeOf(b.shape),
    bytes: (2 * sizeOf(b.shape) + sizeOf(a.shape)) * bytesPerElement(b.dtype),
  }),
  reference: ([a, b], options) => [reference(a, b, options)],
  cpu: diagonalScanCpu,
  webgpu: diagonalScanWebGpu,
  tensorflow: "the tensorflow device holds no complex numbers",
  // Examples with factors of their own run one by one.
  batch: ({ inputs, batched, options, run }) => (batched[0] ? undefined : run(inputs, options)),
  derivatives: {
    structure: "nonlinear",
    reverse([cotangent], { inputs: [a], outputs: [x], needed, options }) {
      const ofTerms = diagonalScanKernel.run([conj(a), cotangent!], { reverse: !options.reverse })[0];
      const axes = x.shape.slice(0, -1).map((_, axis) => axis);
      return [needed[0] ? sum(multiply(ofTerms, conj(delayed(x, options))), { axes }) : null, ofTerms];
    },
    forward([da, db], { inputs: [a], outputs: [x], options }) {
      const ofFactors = da && multiply(da, delayed(x, options));
      const terms = ofFactors && db ? add(ofFactors, db) : (ofFactors ?? db);
      return [terms && diagonalScanKernel.run([a, terms], options)[0]];
    },
  },
  cases,
  randomCase(random) {
    const states = random.integer(1, 11);
    const shape = [...(random.integer(0, 1) ? [random.integer(1, 3)] : []), random.integer(1, 90), states];
    const dtype = random.pick(["complex64", "complex128"] as const);
    const factors = random.array([states], dtype);
    const round = dtype === "complex64" ? Math.fround : (x: number) => x;
    // Within the unit circle, as those of stable systems.
    const shrunk = factors.data.map((part) => round(part / (1 + Math.abs(part)) / Math.SQRT2));
    return {
      name: `${dtype} [${shape}]`,
      inputs: [referenceArray(dtype, [states], shrunk), random.array(shape, dtype)],
      options: { reverse: random.integer(0, 1) === 1 },
    };
  },
  tolerance(dtype, [, { shape }]) {
    const u = dtype === "complex64" ? 2 ** -24 : 2 ** -53;
    const length = shape[shape.length - 2];
    // A step errs by 4 u of a state, which is a sum of `length` terms of size 1 and disordered at most, and so are the errors; factors of chunks, powers by squaring, by length u more.
    return { relative: 4 * u, absolute: 8 * u * (length + 1) };
  },
});

export interface DiagonalScanSettings extends Partial<DiagonalScanOptions> {
  /** x before the first sample in the order of the scan, [..., states]. Default: zeros. */
  readonly initial?: Tensor;
}

/**
 * Diagonal linear recurrence x_k = a ⊙ x_(k−1) + b_k over complex numbers: the states of a discretised linear system with diagonal A after every sample of its input.
 *
 * O(length · states); sequences in parallel, and long ones in chunks: each from zeros, then the states between chunks, then each again. Memory bound. Differentiable in factors and terms to any order.
 * Source: Blelloch, "Prefix Sums and Their Applications" (1990), section 1.4; Smith, Warrington, Linderman, "Simplified State Space Layers for Sequence Modeling" (2023), section 2.2.
 *
 * @param factors a, complex64 or complex128 [states]; |a| ≤ 1 unless the states may grow.
 * @param terms b, of the same dtype, [..., length, states].
 * @param options.reverse from the last sample to the first: x_k = a ⊙ x_(k+1) + b_k. Default: false.
 * @returns x, of the shape of `terms`.
 * @throws InvalidInputError when shapes or dtypes do not fit; UnsupportedError on tensorflow.
 */
export function diagonalScan(factors: Tensor, terms: Tensor, options: DiagonalScanSettings = {}): Tensor {
  const { reverse = false, initial } = options;
  if (!initial) return diagonalScanKernel.run([factors, terms], { reverse })[0];
  if (initial.shape.join() !== [...terms.shape.slice(0, -2), ...terms.shape.slice(-1)].join())
    throw new InvalidInputError("diagonalScan: options.initial", "[..., states], as terms have", `[${initial.shape}]`);
  return terms.device.scope(() => {
    const length = terms.shape[terms.rank - 2];
    if (length === 0) return terms.alias();
    const [at, others]: [number, [number, number]] = reverse ? [length - 1, [0, length - 1]] : [0, [1, length]];
    const rows = (range: [number, number]) => slice(terms, [...terms.shape.slice(0, -2).map(() => null), range]);
    const entering = multiply(factors, initial).reshape([...initial.shape.slice(0, -1), 1, ...initial.shape.slice(-1)]);
    const first = add(rows([at, at + 1]), entering);
    const parts = reverse ? [rows(others), first] : [first, rows(others)];
    return diagonalScanKernel.run([factors, concatenate(parts, { axis: -2 })], { reverse })[0];
  });
}

/** x_(k−1) in the order of the scan, zero before the first. */
function delayed(x: Tensor, { reverse }: DiagonalScanOptions): Tensor {
  const length = x.shape[x.rank - 2];
  if (length === 0) return x;
  const before = x.shape.slice(0, -2);
  const kept = slice(x, [...before.map(() => null), reverse ? [1, length] : [0, length - 1]]);
  const zeros = x.device.zeros([...before, 1, x.shape[x.rank - 1]], x.dtype);
  return concatenate(reverse ? [kept, zeros] : [zeros, kept], { axis: -2 });
}

function reference(a: ReferenceArray, b: ReferenceArray, { reverse }: DiagonalScanOptions): ReferenceArray {
  const [length, states] = b.shape.slice(-2);
  const x = new Float64Array(b.data.length);
  const examples = sizeOf(b.shape.slice(0, -2));
  for (let example = 0; example < examples; example++)
    for (let state = 0; state < states; state++) {
      const [aRe, aIm] = [a.data[2 * state], a.data[2 * state + 1]];
      let [re, im] = [0, 0];
      for (let k = 0; k < length; k++) {
        const place = 2 * ((example * length + (reverse ? length - 1 - k : k)) * states + state);
        [re, im] = [aRe * re - aIm * im + b.data[place], aRe * im + aIm * re + b.data[place + 1]];
        x[place] = re;
        x[place + 1] = im;
      }
    }
  return referenceArray(b.dtype, b.shape, x);
}

function cases(): readonly KernelCase<DiagonalScanOptions>[] {
  return (["complex64", "complex128"] as const).flatMap((dtype) => {
    const round = dtype === "complex64" ? Math.fround : (x: number) => x;
    const numbers = (count: number) => Float64Array.from({ length: 2 * count }, (_, k) => round(Math.sin(0.7 * k * k)));
    const of = (shape: Shape, reverse: boolean, fill = numbers(sizeOf(shape))): KernelCase<DiagonalScanOptions> => {
      const states = shape[shape.length - 1];
      const factors = Array.from({ length: states }, (_, k) => {
        const size = 1 - 0.5 / (1 + k);
        return [round(size * Math.cos(k + 1)), round(size * Math.sin(k + 1))];
      });
      return {
        name: `${dtype} [${shape}]${reverse ? ", reverse" : ""}`,
        inputs: [referenceArray(dtype, [states], factors.flat()), referenceArray(dtype, shape, fill)],
        options: { reverse },
      };
    };
    const special = numbers(12);
    special[4] = Number.NaN;
    special[9] = Number.POSITIVE_INFINITY;
    return [false, true].flatMap((reverse) => [
      ...[
        [0, 3],
        [3, 0],
        [0, 2, 3],
        [1, 1],
        [7, 4],
        [2, 5, 8],
        [100, 3],
        [3, 40, 17],
        [1000, 9],
        [2, 30, 65],
        [20, 301],
      ].map((shape) => of(shape, reverse)),
      // Cut into segments for threads, the last of them short.
      of([5001, 3], reverse),
      of([4, 3], reverse, special),
    ]);
  });
}
