import { atLeast, atMost, defineExperiment, type Expectation } from "@ansatz/lab";
import { z } from "zod";
import referenceDigits from "../kernels/log-bessel/reference-digits.json" with { type: "json" };
import { split } from "../random/key.ts";
import { fitFeatures, fitSynthetic } from "./distribution-fits.ts";
import {
  countNonFinite,
  logarithmicGrid,
  nanosecondsPerElement,
  referenceError,
  reportExpressions,
  reportPairs,
  reportSimpson,
  reportSingle,
  reportWronskian,
} from "./error-maps.ts";

const parameters = z.object({
  resolution: z.int().min(8).max(400).default(96).describe("Points along each edge of the maps"),
  samples: z.int().min(10).max(5000).default(500).describe("Samples of each von Mises–Fisher distribution"),
  trainingImages: z
    .int()
    .min(100)
    .max(8000)
    .default(4000)
    .describe("About how many digits train the network whose features are fitted"),
  epochs: z.int().min(1).max(20).default(3).describe("How often the network sees every digit"),
});

export default defineExperiment({
  id: "tensor/log-bessel",
  title: "Logarithms of Bessel functions where the functions overflow",
  summary:
    "log I and log K of any order and argument from six expansions and two fallbacks, each where it is exact; with them, von Mises–Fisher distributions are fitted in up to 32768 dimensions, and to the features of a network.",
  paper: {
    title: "Accurate Computation of the Logarithm of Modified Bessel Functions on GPUs",
    section: "accuracy and time, and the fit of von Mises–Fisher distributions to image features",
  },
  parameters,
  metrics: {
    referenceError: { label: "worst error on 44 reference digits, relative to max(1, |value|)", better: "lower" },
    wronskianError: { label: "worst error of the Wronskian", better: "lower" },
    medianWronskianError: { label: "median error of the Wronskian", better: "lower" },
    unguardedError: { label: "worst error of the Wronskian by the paper's table as it is", better: "lower" },
    simpsonError: { label: "worst error of the paper's quadrature of K", better: "lower" },
    singleError: { label: "worst error in float32, relative to max(1, |value|)", better: "lower" },
    pairError: { label: "worst error in pairs of float32", better: "lower" },
    nonFinite: { label: "values that are not finite, orders 10⁻³ … 10⁸, arguments 10⁻⁸ … 10⁸", better: "lower" },
    nanosecondsLogI: { label: "time for log I, orders and arguments in [0, 300]", unit: "ns", better: "lower" },
    nanosecondsLogK: { label: "time for log K, orders and arguments in [0, 300]", unit: "ns", better: "lower" },
    fitResidual: { label: "largest |A(κ) − R| of fits in 2048, 8192 and 32768 dimensions", better: "lower" },
    fitSteps: { label: "most Newton steps of a fit", better: "lower" },
    concentrationDeviation: { label: "largest deviation of a fitted concentration from the true one" },
    fitSeconds: { label: "time to draw and fit all samples", unit: "s", better: "lower" },
    featureAccuracy: { label: "share of test digits told by the likeliest distribution", better: "higher" },
  },
  async run({ parameters: { resolution, samples, trainingImages, epochs }, device, key, signal, report }) {
    const [forSamples, forNetwork] = split(key);
    const dtype = device.defaultFloat;
    const hasFloat64 = device.description.dtypes.includes("float64");
    const map = logarithmicGrid(resolution, [-2, 4], [-2, 5]);
    reportExpressions(report, map);

    const [guarded, unguarded] = hasFloat64
      ? [
          await reportWronskian(report, "error of the Wronskian", device, map, true),
          await reportWronskian(report, "error of the Wronskian by the paper's table as it is", device, map, false),
        ]
      : [null, null];
    const single = [await reportSingle(report, device, map, "logI"), await reportSingle(report, device, map, "logK")];
    const pairs = [await reportPairs(report, device, map, "logI"), await reportPairs(report, device, map, "logK")];
    const simpson = reportSimpson(report, Math.min(resolution, 48));

    const fits = await fitSynthetic(report, device, forSamples, samples, signal);
    const features = signal.aborted
      ? null
      : await fitFeatures(report, device, { key: forNetwork, images: trainingImages, epochs, signal });
    const metrics = {
      referenceError: hasFloat64 ? await referenceError(device, referenceDigits.rows) : null,
      wronskianError: guarded?.worst ?? null,
      medianWronskianError: guarded?.median ?? null,
      unguardedError: unguarded?.worst ?? null,
      simpsonError: simpson.worst,
      singleError: Math.max(...single.map(({ worst }) => worst)),
      pairError: Math.max(...pairs.map(({ worst }) => worst)),
      nonFinite: await countNonFinite(device, dtype, logarithmicGrid(resolution, [-3, 8], [-8, 8])),
      nanosecondsLogI: await nanosecondsPerElement(device, dtype, "logI"),
      nanosecondsLogK: await nanosecondsPerElement(device, dtype, "logK"),
      fitResidual: fits.residual,
      fitSteps: fits.steps,
      concentrationDeviation: fits.deviation,
      fitSeconds: fits.seconds,
      featureAccuracy: features?.accuracy ?? null,
    };
    const expectations: Expectation[] = [
      atMost("singleError", 5e-7, "four units in the last place of float32"),
      atMost("pairError", 1e-13, "46 bits, on a device without float64"),
      atMost("nonFinite", 0, "no overflow or underflow anywhere, where SciPy's are infinite or zero"),
      atMost("simpsonError", 1e-8, "the quadrature of the paper's fallback, as we find it"),
    ];
    if (hasFloat64)
      expectations.push(
        atMost("referenceError", 2e-14, "paper: relative errors of the order of the machine precision"),
        atMost("wronskianError", 1e-14, "the same for all four values of the Wronskian together"),
      );
    if (device.kind === "cpu")
      expectations.push(
        atMost("nanosecondsLogI", 60, "SciPy takes 450 ns on this processor's kind"),
        atMost("nanosecondsLogK", 60, "SciPy takes 360 ns on this processor's kind"),
      );
    if (!signal.aborted)
      expectations.push(
        atMost("fitResidual", 1e-12, "the maximum of the likelihood, to rounding"),
        atMost("fitSteps", 4, "two or three steps of Newton's method, and one that sees it"),
        atMost("fitSeconds", 60, "three fits in a minute, drawing the samples included"),
      );
    if (trainingImages >= 4000 && epochs >= 3 && !signal.aborted)
      expectations.push(
        atLeast("featureAccuracy", 0.8, "one round distribution for each digit; by chance it would be a tenth"),
      );
    return { metrics, expectations };
  },
});
