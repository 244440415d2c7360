import {
  type CaseRandom,
  defineKernel,
  InvalidInputError,
  jvp,
  type Kernel,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type Tensor,
  type TensorSpec,
  vjp,
} from "@ansatz/tensor";
import { mixtureScoreCpu } from "./cpu.ts";
import { mixtureInOperations } from "./operations.ts";
import { componentFactors, type MixtureScoreOptions } from "./options.ts";
import { mixtureScoreTensorFlow } from "./tensorflow.ts";
import { mixtureScoreWebGpu } from "./webgpu.ts";

export type { MixtureScoreOptions } from "./options.ts";

/**
 * The exact denoiser of a mixture of isotropic Gaussians: with V_k = α²v_k + σ², d_k = x − αμ_k and r = softmax(ln w_k − |d_k|²/(2V_k) − (D/2) ln(2πV_k)), the score is
 * −Σ r_k d_k/V_k and the mean of the data Σ r_k (μ_k + α v_k d_k/V_k). The posterior weights r are never stored: a running maximum and sums for a few rows at a time.
 *
 * Inputs: states `[B, D]`, means `[K, D]`. Outputs: the prediction `[B, D]`; ln p `[B]`.
 *
 * Distances are sums of squared differences, not differences of products: those would lose the digits that matter where V is small beside |x|².
 */
export const mixtureScoreKernel: Kernel<MixtureScoreOptions> = defineKernel<MixtureScoreOptions>({
  name: "mixture-score",
  summary: "Score or mean of data, noise or velocity, and the density, of noisy samples of a Gaussian mixture.",
  infer([x, means], { weights, variances, alpha, sigma }) {
    if (x.dtype !== "float32" && x.dtype !== "float64")
      throw new InvalidInputError("mixture-score: x", "float32 or float64", x.dtype);
    if (x.shape.length !== 2 || x.shape[1] < 1)
      throw new InvalidInputError("mixture-score: x", "shape [B, D]", x.shape);
    if (means.dtype !== x.dtype || means.shape.length !== 2 || means.shape[0] < 1 || means.shape[1] !== x.shape[1])
      throw new InvalidInputError(
        "mixture-score: means",
        `${x.dtype} [K, ${x.shape[1]}], K at least 1`,
        `${means.dtype} [${means.shape}]`,
      );
    for (const [name, values] of Object.entries({ weights, variances }))
      if (values.length !== means.shape[0])
        throw new InvalidInputError(`mixture-score: ${name}`, `${means.shape[0]} numbers`, values.length);
    if (!(Number.isFinite(alpha) && Number.isFinite(sigma)))
      throw new InvalidInputError("mixture-score: alpha, sigma", "finite numbers", [alpha, sigma]);
    for (let k = 0; k < weights.length; k++)
      if (!(weights[k] > 0 && alpha * alpha * variances[k] + sigma * sigma > 0))
        throw new InvalidInputError(
          `mixture-score: component ${k}`,
          "a positive weight and a positive variance of the noisy data",
          { weight: weights[k], variance: variances[k], alpha, sigma },
        );
    return [
      { shape: x.shape, dtype: x.dtype },
      { shape: [x.shape[0]], dtype: x.dtype },
    ];
  },
  cost([x, means]) {
    const [rows, dimensions] = x.shape;
    const [components] = means.shape;
    return {
      // Difference, square and sum; weight times mean; a few operations per weight.
      flops: rows * components * (5 * dimensions + 8),
      bytes: (2 * rows * dimensions + rows + components * dimensions) * (x.dtype === "float32" ? 4 : 8),
    };
  },
  reference,
  cpu: mixtureScoreCpu,
  webgpu: mixtureScoreWebGpu,
  tensorflow: mixtureScoreTensorFlow,
  batch({ inputs: [x, means], batched, count, options, run }) {
    if (batched[1]) return undefined;
    const [, rows, dimensions] = x.shape;
    const [prediction, logDensity] = run([x.reshape([count * rows, dimensions]), means], options);
    return [prediction.reshape(x.shape), logDensity.reshape([count, rows])];
  },
  derivatives: {
    structure: "nonlinear",
    reverse(cotangents, { inputs, outputs, options }) {
      using again = vjp(mixtureInOperations(options), [...inputs]);
      return again.pullback(cotangents.map((cotangent, output) => cotangent ?? zerosLike(outputs[output])));
    },
    forward: (tangents, { inputs, options }) =>
      jvp(
        mixtureInOperations(options),
        [...inputs],
        tangents.map((tangent, input) => tangent ?? zerosLike(inputs[input])),
      ).tangent,
  },
  cases,
  randomCase,
  // Logarithms of the weights are below 500 in size in the cases, and off by a few units of their last place; so are, relatively, the weights. Predictions are
  // weighted means of the components' own, which are below 4 (|x|, |μ|) times their factors.
  tolerance(dtype, inputs, options) {
    const epsilon = dtype === "float32" ? 2 ** -23 : 2 ** -52;
    const { ofState, ofMean } = componentFactors(options, inputs[0].shape[1]);
    const largest = ofState.reduce((most, each, k) => Math.max(most, Math.abs(each) + Math.abs(ofMean[k])), 0);
    return { relative: 16 * epsilon, absolute: 500 * epsilon * (1 + 4 * largest) };
  },
});

function zerosLike({ device, shape, dtype }: Tensor): Tensor {
  return device.zeros(shape, dtype);
}

function reference([x, means]: readonly ReferenceArray[], options: MixtureScoreOptions): readonly ReferenceArray[] {
  const { alpha, weights } = options;
  const [rows, dimensions] = x.shape;
  const { bias, halfPrecision, ofState, ofMean, shift } = componentFactors(options, dimensions);
  const prediction = new Float64Array(rows * dimensions);
  const logDensity = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const own = x.data.subarray(row * dimensions, (row + 1) * dimensions);
    const logarithms = weights.map((_, k) => {
      let distance = 0;
      for (let d = 0; d < dimensions; d++) distance += (own[d] - alpha * means.data[k * dimensions + d]) ** 2;
      return bias[k] - distance * halfPrecision[k];
    });
    const largest = Math.max(...logarithms);
    const total = logarithms.reduce((sum, each) => sum + Math.exp(each - largest), 0);
    logDensity[row] = largest + Math.log(total) + shift;
    for (const [k, logarithm] of logarithms.entries()) {
      const share = Math.exp(logarithm - largest) / total;
      for (let d = 0; d < dimensions; d++)
        prediction[row * dimensions + d] += share * (ofState[k] * own[d] + ofMean[k] * means.data[k * dimensions + d]);
    }
  }
  return [referenceArray(x.dtype, [rows, dimensions], prediction), referenceArray(x.dtype, [rows], logDensity)];
}

const PREDICTIONS = ["noise", "data", "velocity", "score"] as const;

interface CaseSizes {
  readonly rows: number;
  readonly components: number;
  readonly dimensions: number;
}

function caseOf(
  dtype: TensorSpec["dtype"],
  { rows, components, dimensions }: CaseSizes,
  options: Pick<MixtureScoreOptions, "alpha" | "sigma" | "prediction">,
): KernelCase<MixtureScoreOptions> {
  const values = (size: number, phase: number) =>
    Float64Array.from({ length: size }, (_, index) => Math.fround(1.5 * Math.sin(index * index + phase)));
  const raw = Array.from({ length: components }, (_, k) => 1 + (k % 3));
  const sum = raw.reduce((a, b) => a + b);
  return {
    name: `${dtype} ${rows} states, ${components} components, ${dimensions} dimensions, ${options.prediction} at α = ${options.alpha}`,
    inputs: [
      referenceArray(dtype, [rows, dimensions], values(rows * dimensions, 0)),
      referenceArray(dtype, [components, dimensions], values(components * dimensions, 1)),
    ],
    options: {
      ...options,
      weights: raw.map((each) => each / sum),
      variances: Array.from({ length: components }, (_, k) => (k % 4) / 8),
    },
  };
}

function cases(): KernelCase<MixtureScoreOptions>[] {
  const sizes: readonly CaseSizes[] = [
    { rows: 0, components: 2, dimensions: 3 },
    { rows: 1, components: 1, dimensions: 1 },
    { rows: 2, components: 3, dimensions: 2 },
    { rows: 33, components: 65, dimensions: 17 },
    { rows: 70, components: 129, dimensions: 64 },
    { rows: 5, components: 200, dimensions: 7 },
  ];
  return (["float32", "float64"] as const).flatMap((dtype) => [
    ...sizes.map((size, index) =>
      caseOf(dtype, size, { alpha: 0.8, sigma: 0.6, prediction: PREDICTIONS[index % PREDICTIONS.length] }),
    ),
    ...PREDICTIONS.map((prediction) =>
      caseOf(dtype, { rows: 9, components: 5, dimensions: 4 }, { alpha: 0.0066, sigma: 0.99998, prediction }),
    ),
    caseOf(dtype, { rows: 9, components: 20, dimensions: 3 }, { alpha: 1, sigma: 0.3, prediction: "data" }),
    notFinite(dtype),
  ]);
}

/** What is not finite spoils its own row only. */
function notFinite(dtype: TensorSpec["dtype"]): KernelCase<MixtureScoreOptions> {
  const each = caseOf(
    dtype,
    { rows: 5, components: 3, dimensions: 2 },
    { alpha: 0.8, sigma: 0.6, prediction: "noise" },
  );
  const [x, means] = each.inputs;
  const data = Float64Array.from(x.data);
  data[2] = Number.NaN;
  return { ...each, name: `${dtype}, a state that is not a number`, inputs: [{ ...x, data }, means] };
}

function randomCase(random: CaseRandom): KernelCase<MixtureScoreOptions> {
  const dtype = random.pick(["float32", "float64"] as const);
  const sizes = { rows: random.integer(1, 50), components: random.integer(1, 90), dimensions: random.integer(1, 40) };
  const angle = random.integer(1, 14) / 10;
  return caseOf(dtype, sizes, {
    alpha: Math.cos(angle),
    sigma: Math.sin(angle) + 0.2,
    prediction: random.pick(PREDICTIONS),
  });
}
