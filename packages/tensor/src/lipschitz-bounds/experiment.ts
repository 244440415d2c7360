import { atLeast, atMost, defineExperiment, type Expectation } from "@ansatz/lab";
import { z } from "zod";
import type { Device } from "../device/device.ts";
import { type LabelledImages, loadDigits } from "../digits/images.ts";
import { split } from "../random/key.ts";
import { ARCHITECTURES } from "./experiment/architecture.ts";
import { certify, reportCertification } from "./experiment/certification.ts";
import { referenceTable, searchFurther, tightnessAgainstWidth } from "./experiment/comparisons.ts";
import { reportDerivatives, reportImages, reportMonotonicity } from "./experiment/pictures.ts";
import { scoresOf, shrink, trainedNetwork } from "./experiment/trained-network.ts";
import type { Network } from "./network.ts";
import type { SessionOptions } from "./network-session.ts";

const parameters = z.object({
  edge: z
    .enum(["7", "14", "28"])
    .default("14")
    .describe("Edge length in pixels that the digits are scaled to: inputs of the network are its square"),
  architecture: z
    .enum(ARCHITECTURES)
    .default("dense")
    .describe("Dense layers alone, after a convolution and a max-pooling, or with shortcuts around the hidden ones"),
  width: z.int().min(4).max(512).default(64).describe("Neurons of each hidden layer"),
  hiddenLayers: z.int().min(1).max(5).default(2).describe("Hidden layers"),
  activation: z.enum(["relu", "tanh", "sigmoid"]).default("relu").describe("Function between the layers"),
  epochs: z.int().min(1).max(50).default(5).describe("How often training goes through its images"),
  trainingImages: z.int().min(100).max(8000).default(4000).describe("Images that an epoch of training draws"),
  images: z.int().min(1).max(50).default(5).describe("Test images about which constants are certified"),
  samples: z.int().min(10).max(100_000).default(500).describe("Points of the lower bound about each image"),
  largestWidth: z
    .int()
    .min(8)
    .max(512)
    .default(128)
    .describe("Widest network that tightness is measured for; from 8 on, doubling"),
  domainLimit: z
    .int()
    .min(0)
    .max(200_000)
    .default(500)
    .describe("Domains that branch and bound may look at (networks of ReLUs)"),
});

type Parameters = z.output<typeof parameters>;

/** Radius of the comparison over widths, of the branch and bound and of the pictures. */
const RADIUS = 0.01;

export default defineExperiment({
  id: "tensor/lipschitz-bounds",
  title: "How fast can a network's scores change? Certified local Lipschitz constants",
  summary:
    "Trains a network on handwritten digits and bounds how much its scores can change when every pixel moves a little: by linear bound propagation through the chain rule, beside RecurJac, intervals and the product of norms. Branch and bound tightens the bounds, and pixels are found that can only raise a score.",
  paper: {
    title: "Efficiently Computing Local Lipschitz Constants of Neural Networks via Bound Propagation",
    authors: ["Zhouxing Shi", "Yihan Wang", "Huan Zhang", "J. Zico Kolter", "Cho-Jui Hsieh"],
    year: 2022,
    section: "experiments, on a small scale",
  },
  parameters,
  metrics: {
    accuracy: { label: "share of test digits recognised", better: "higher" },
    constant: { label: `certified constant within ${RADIUS}, mean` },
    tightness: { label: `certified over sampled constant within ${RADIUS}`, unit: "×", better: "lower" },
    recurjacRatio: { label: `RecurJac's constant over ours within ${RADIUS}`, unit: "×", better: "higher" },
    certifiedShare: { label: `share of images whose class is certified within ${RADIUS}`, better: "higher" },
    violations: { label: "bounds below a sample, or out of order", better: "lower" },
    tableDeviation: { label: "largest relative deviation from the reference constants", better: "lower" },
    tableRatio: { label: "RecurJac's constant over ours, reference networks 4 and 5", unit: "×", better: "higher" },
    branchAndBoundGain: { label: "bound after branch and bound over the one before", better: "lower" },
    monotonePixels: {
      label: "share of pixels that are proved to only raise or only lower the score",
      better: "higher",
    },
    seconds: { label: "time of all bounds", unit: "s", better: "lower" },
  },
  async run({ parameters, device, key, signal, report }) {
    const edge = Number(parameters.edge);
    const data = await loadDigits();
    const [training, test] = [shrink(data.training, edge), shrink(data.test, edge)];
    const [forTraining, forWidths, forSamples] = split(key, 3);
    const hidden = new Array<number>(parameters.hiddenLayers).fill(parameters.width);
    const network = await trainedNetwork(device, training, {
      architecture: parameters.architecture,
      ...{ edge, hidden, activation: parameters.activation, epochs: parameters.epochs, key: forTraining, signal },
      images: parameters.trainingImages,
      onStep(step, total, loss) {
        report.point("training loss", step, loss);
        report.progress(step, total, `loss ${loss.toFixed(3)}`);
      },
    });
    const session = { device, samples: parameters.samples, key: forSamples, signal };
    const images = Array.from({ length: parameters.images }, (_, index) =>
      imageAt(test, Math.floor(((index + 0.5) * test.count) / parameters.images), edge),
    );
    reportImages(report, images, edge);

    const start = performance.now();
    const certification = await certify(network, images, session, report);
    reportCertification(report, certification);
    const [image] = images;
    const [scores] = await scoresOf(network, image, session);
    const digit = scores.indexOf(Math.max(...scores));
    const isSplit = parameters.activation === "relu" && parameters.domainLimit > 0;
    const domainLimit = isSplit ? parameters.domainLimit : 0;
    await reportDerivatives(report, network, image, { device, signal, digit, edge, radius: RADIUS });
    const { counts } = await reportMonotonicity(report, network, image, {
      device,
      signal,
      digit,
      edge,
      domainLimit: Math.min(domainLimit, 20),
    });
    const gain = isSplit
      ? await searchFurther(network, image, { ...session, domainLimit, radius: RADIUS }, report)
      : null;
    const table = await referenceTable(device, report);
    const seconds = (performance.now() - start) / 1000;
    const { activation, epochs, hiddenLayers: layers, largestWidth, samples } = parameters;
    const trained = {
      architecture: parameters.architecture,
      activation,
      epochs,
      images: parameters.trainingImages,
      edge,
      key: forWidths,
      signal,
    };
    await tightnessAgainstWidth(
      device,
      training,
      image,
      { ...trained, layers, largestWidth, samples, radius: RADIUS },
      report,
    );

    const at = certification.radii.find(({ radius }) => radius === RADIUS);
    const decided = counts["non-decreasing"] + counts["non-increasing"];
    const metrics = {
      accuracy: await accuracyOf(network, test, session),
      constant: at?.constants.linear ?? null,
      tightness: at ? at.constants.linear / at.sampled : null,
      recurjacRatio: at ? at.constants.recurjac / at.constants.linear : null,
      certifiedShare: at?.certified ?? null,
      violations: certification.violations,
      tableDeviation: table.deviation,
      tableRatio: table.ratio,
      branchAndBoundGain: gain,
      monotonePixels: decided / edge ** 2,
      seconds,
    };
    return { metrics, expectations: expectationsOf(parameters, device) };
  },
});

function imageAt({ pixels }: LabelledImages, index: number, edge: number): number[] {
  return [...pixels.subarray(index * edge ** 2, (index + 1) * edge ** 2)];
}

async function accuracyOf(network: Network, test: LabelledImages, session: SessionOptions): Promise<number> {
  const scores = await scoresOf(network, test.pixels, session);
  const right = scores.filter((own, image) => own.indexOf(Math.max(...own)) === test.labels[image]);
  return right.length / test.count;
}

function expectationsOf({ activation }: Parameters, device: Device): Expectation[] {
  const expectations = [
    atMost("violations", 0, "bounds hold, and are ordered: sampled ≤ linear ≤ RecurJac ≤ interval ≤ global"),
    // What float32 adds for its rounding.
    atMost("tableDeviation", device.defaultFloat === "float64" ? 1e-6 : 1e-2, "float64 prototype of the method"),
    atLeast(
      "tableRatio",
      device.defaultFloat === "float64" ? 4 : 3.9,
      "paper: far tighter than RecurJac on larger networks",
    ),
  ];
  // Where nothing is split the same bound is computed in another order.
  const nothing = 1 + 1e-12;
  if (activation === "relu") expectations.push(atMost("branchAndBoundGain", nothing, "branch and bound only tightens"));
  return expectations;
}
