import { defineBenchmark, type Workload } from "@ansatz/lab";
import { type Device, key, type Tensor } from "@ansatz/tensor";
import { disposeTree } from "@ansatz/tensor/optimisers";
import { exponentialSum } from "../kernels/vandermonde/index.ts";
import { hippoTransferFunction } from "./hippo.ts";
import { normalDiagonalisation, perturbThenDiagonalise } from "./index.ts";
import { readoutOfModes } from "./modal-form.ts";
import { s4Layer } from "./s4-layer.ts";
import { s5Layer } from "./s5-layer.ts";
import type { SequenceMode } from "./sequence-layer.ts";

interface StateSpaceCase {
  readonly name: string;
  readonly work: "layer" | "diagonal kernel" | "low-rank kernel";
  readonly layer?: "s4" | "s5";
  readonly mode?: SequenceMode;
}

const STATES = 64;
const CHANNELS = 32;
const LENGTH = 1024;
const BATCH = 4;

/** Whole layers in both modes, and what a convolution kernel costs: of diagonal systems, and of S4's diagonal plus low rank. `python peers/torch_state_space.py` times PyTorch and NumPy. */
export const stateSpaceBenchmark = defineBenchmark<StateSpaceCase>({
  id: "linalg/state-space",
  title: "State-space layers by convolution and by scan",
  summary: `Layers of ${CHANNELS} channels and ${STATES} states over ${BATCH} sequences of ${LENGTH} samples, and the kernels of their convolutions.`,
  isolates:
    "layers from parameters to outputs; kernels from poles to samples, of the low-rank ones the spectrum alone, without the inverse transform",
  cases: [
    { name: "S4 by convolution", work: "layer", layer: "s4", mode: "convolution" },
    { name: "S4 by scan", work: "layer", layer: "s4", mode: "scan" },
    { name: "S5 by convolution", work: "layer", layer: "s5", mode: "convolution" },
    { name: "S5 by scan", work: "layer", layer: "s5", mode: "scan" },
    { name: "kernels of diagonal systems", work: "diagonal kernel" },
    { name: "spectra of diagonal plus low rank, plain loop", work: "low-rank kernel" },
  ],
  devices: ["cpu"],
  async setup({ case: { work, layer, mode }, device }) {
    if (work === "layer") return layerWork(device, layer!, mode!);
    return work === "diagonal kernel" ? diagonalKernels(device) : lowRankSpectra(device);
  },
});

async function layerWork(device: Device, kind: "s4" | "s5", mode: SequenceMode): Promise<Workload> {
  const system = await perturbThenDiagonalise(STATES);
  const layer = kind === "s4" ? s4Layer(CHANNELS, system) : s5Layer(CHANNELS, system);
  // biome-ignore lint/suspicious/noExplicitAny: parameters of either layer
  const run = layer as { init(...args: any[]): any; apply(...args: any[]): Tensor };
  const parameters = run.init(key(1), { device });
  const values = Float32Array.from({ length: BATCH * LENGTH * CHANNELS }, (_, k) => Math.sin(k * k));
  const x = device.tensor(values, [BATCH, LENGTH, CHANNELS]);
  let y = run.apply(parameters, x, mode);
  const modes = system.modes * (kind === "s4" ? CHANNELS : 1);
  return {
    run() {
      y.dispose();
      y = run.apply(parameters, x, mode);
    },
    async validate() {
      using other = run.apply(parameters, x, mode === "scan" ? "convolution" : "scan");
      const [mine, theirs] = [Array.from(await y.data()), Array.from(await other.data())];
      const size = theirs.reduce((top, value) => Math.max(top, Math.abs(value)), 0);
      if (!mine.every((value, k) => Math.abs(value - theirs[k]) <= 1e-4 * size))
        throw new Error("convolution and scan differ");
    },
    // A recurrence for each mode and sample, and reading and writing the sequences.
    cost: { flops: 8 * BATCH * LENGTH * modes, bytes: 8 * BATCH * LENGTH * CHANNELS },
    dispose() {
      for (const each of [x, y]) each.dispose();
      disposeTree(parameters);
    },
  };
}

const STEP = 1e-2;

async function diagonalKernels(device: Device): Promise<Workload> {
  const { modes, poles, input } = await perturbThenDiagonalise(STATES);
  const repeated = (values: Float64Array) =>
    device.tensor(
      Float64Array.from({ length: CHANNELS * values.length }, (_, k) => values[k % values.length]),
      [CHANNELS, modes],
      "complex128",
    );
  const exponents = repeated(poles.map((part) => STEP * part));
  const weights = repeated(input);
  let y = exponentialSum(exponents, weights, LENGTH);
  return {
    run() {
      y.dispose();
      y = exponentialSum(exponents, weights, LENGTH);
    },
    async validate() {
      const first = input.reduce((sum, part, k) => sum + (k % 2 ? 0 : part), 0);
      if (!(Math.abs((await y.data())[0] - first) <= 1e-12 * Math.abs(first)))
        throw new Error("the first sample is wrong");
    },
    cost: { flops: 8 * CHANNELS * modes * LENGTH, bytes: 8 * CHANNELS * (4 * modes + LENGTH) },
    dtype: "float64",
    dispose() {
      for (const each of [exponents, weights, y]) each.dispose();
    },
  };
}

/** S4's kernel: G of HiPPO at the frequencies of the transform, from the eigenvalues of its normal part and Woodbury's formula. */
async function lowRankSpectra(_: Device): Promise<Workload> {
  const system = await normalDiagonalisation(STATES);
  const { modes, poles, input } = system;
  const readout = Float64Array.from({ length: STATES }, (_, j) => Math.cos(j) / STATES);
  const c = readoutOfModes(system, readout);
  // b in the modes, and its conjugate: p = b / √2, and the input is b itself.
  const b = input.map((part) => 2 * part);
  const count = LENGTH / 2;
  const frequencies = Float64Array.from({ length: count }, (_, k) => (2 / STEP) * Math.tan((Math.PI * k) / LENGTH));
  const spectrum = new Float64Array(2 * count);
  return {
    run() {
      for (let channel = 0; channel < CHANNELS; channel++) cauchySpectrum(modes, poles, b, c, frequencies, spectrum);
    },
    async validate() {
      const exact = hippoTransferFunction(readout, frequencies);
      if (!exact.every((part, k) => Math.abs(part - spectrum[k]) <= 1e-8))
        throw new Error("not HiPPO's transfer function");
    },
    cost: { flops: 20 * CHANNELS * modes * count, bytes: 16 * CHANNELS * count },
    dtype: "float64",
    dispose() {},
  };
}

/** C (g − A)⁻¹ b for A = Λ − ½ b b*: u / (1 + w) with the Cauchy sums u = C R b and w = ½ b* R b, R = (g − Λ)⁻¹. */
function cauchySpectrum(
  modes: number,
  poles: Float64Array,
  b: Float64Array,
  c: Float64Array,
  frequencies: Float64Array,
  spectrum: Float64Array,
): void {
  for (let at = 0; at < frequencies.length; at++) {
    const frequency = frequencies[at];
    let uRe = 0;
    let uIm = 0;
    let wRe = 0;
    let wIm = 0;
    for (let k = 0; k < 2 * modes; k += 2) {
      const re = c[k] * b[k] - c[k + 1] * b[k + 1];
      const im = c[k] * b[k + 1] + c[k + 1] * b[k];
      const weight = (b[k] ** 2 + b[k + 1] ** 2) / 2;
      for (let sign = 1; sign >= -1; sign -= 2) {
        const gap = frequency - sign * poles[k + 1];
        const scale = 1 / (poles[k] ** 2 + gap ** 2);
        const rRe = -poles[k] * scale;
        const rIm = -gap * scale;
        uRe += re * rRe - sign * im * rIm;
        uIm += re * rIm + sign * im * rRe;
        wRe += weight * rRe;
        wIm += weight * rIm;
      }
    }
    const scale = 1 / ((1 + wRe) ** 2 + wIm ** 2);
    spectrum[2 * at] = (uRe * (1 + wRe) + uIm * wIm) * scale;
    spectrum[2 * at + 1] = (uIm * (1 + wRe) - uRe * wIm) * scale;
  }
}
