import { atLeast, atMost, defineExperiment, type Expectation, type Report } from "@ansatz/lab";
import { z } from "zod";
import { disposeTree } from "../optimisers/optimiser.ts";
import { balancedSubset, DIGIT_CLASSES, DIGIT_EDGE, type LabelledImages, loadDigits } from "./images.ts";
import { classify, train } from "./training.ts";

const parameters = z.object({
  epochs: z.int().min(1).max(100).default(5).describe("How often every training image is seen"),
  batch: z.int().min(1).max(1000).default(50).describe("Images per step"),
  learningRate: z
    .number()
    .positive()
    .max(1)
    .default(0.004)
    .describe("Adam's step size at the start; it falls along a cosine"),
  trainingImages: z.int().min(100).max(8000).default(8000).describe("Training images to use, of all digits alike"),
});

/** Misclassified digits that are shown, in rows of so many. */
const SHOWN_PER_ROW = 8;
const MOST_SHOWN = 40;

export default defineExperiment({
  id: "tensor/digits",
  title: "A convolutional network learns handwritten digits",
  summary:
    "Two layers of 3 × 3 filters with poolings and a dense one, trained by Adam on real digits, run the same program on every device: forward, reverse mode, optimiser.",
  paper: {
    title: "Gradient-Based Learning Applied to Document Recognition",
    authors: ["Yann LeCun", "Léon Bottou", "Yoshua Bengio", "Patrick Haffner"],
    year: 1998,
    section: "the method, on a tenth of its data",
  },
  parameters,
  metrics: {
    accuracy: { label: "share of test digits recognised", better: "higher" },
    finalLoss: { label: "cross-entropy, mean of the last 20 steps", better: "lower" },
    seconds: { label: "training time", unit: "s", better: "lower" },
    millisecondsPerStep: { label: "time per step", unit: "ms", better: "lower" },
  },
  async run({ parameters: { epochs, batch, learningRate, trainingImages }, device, key, signal, report }) {
    const { training, test } = await loadDigits();
    const used = balancedSubset(training, trainingImages);
    const losses: number[] = [];
    const start = performance.now();
    const trained = await train(device, used, {
      ...{ key, epochs, batch, learningRate, signal },
      onStep(step, total, loss) {
        losses.push(loss);
        report.point("loss", step, loss);
        report.progress(step, total, `loss ${loss.toFixed(3)}`);
      },
    });
    const seconds = (performance.now() - start) / 1000;
    const found = await classify(device, trained, test);
    disposeTree(trained);
    const wrong = Array.from(found.keys()).filter((index) => found[index] !== test.labels[index]);
    reportConfusion(report, found, test);
    reportWrong(report, found, test, wrong);
    const recent = losses.slice(-20);
    const metrics = {
      accuracy: 1 - wrong.length / test.count,
      finalLoss: recent.reduce((total, loss) => total + loss, 0) / recent.length,
      seconds,
      millisecondsPerStep: (1000 * seconds) / losses.length,
    };
    const expectations: Expectation[] = [];
    if (trainingImages === 8000 && epochs >= 5 && !signal.aborted) {
      expectations.push(
        atLeast("accuracy", 0.97, "what two small convolutional layers are known to reach on ten thousand digits"),
      );
      if (device.kind === "cpu")
        expectations.push(atMost("seconds", 60, "five passes over 8000 images in a minute on a processor"));
    }
    return { metrics, expectations };
  },
});

function reportConfusion(report: Report, found: Int32Array, { labels }: LabelledImages): void {
  const values = new Float64Array(DIGIT_CLASSES ** 2);
  for (const [index, label] of labels.entries()) values[label * DIGIT_CLASSES + found[index]]++;
  report.heatmap("confusion", {
    ...{
      rows: DIGIT_CLASSES,
      columns: DIGIT_CLASSES,
      values,
      rowLabel: "what it is",
      columnLabel: "what it was taken for",
    },
    scale: "log",
    caption: "test digits; what lies off the diagonal was mistaken",
  });
  const right = Array.from({ length: DIGIT_CLASSES }, (_, digit) => {
    const total = labels.reduce((sum, label) => sum + Number(label === digit), 0);
    return [digit, total, values[digit * DIGIT_CLASSES + digit] / total];
  });
  report.table("digits", [{ name: "digit" }, { name: "test images" }, { name: "share recognised" }], right);
}

function reportWrong(
  report: Report,
  found: Int32Array,
  { pixels, labels }: LabelledImages,
  wrong: readonly number[],
): void {
  const shown = wrong.slice(0, MOST_SHOWN);
  if (shown.length === 0) return;
  const rows = Math.ceil(shown.length / SHOWN_PER_ROW);
  const width = SHOWN_PER_ROW * DIGIT_EDGE;
  const image = new Float32Array(rows * DIGIT_EDGE * width);
  for (const [position, index] of shown.entries())
    for (let row = 0; row < DIGIT_EDGE; row++) {
      const line = pixels.subarray(
        index * DIGIT_EDGE ** 2 + row * DIGIT_EDGE,
        index * DIGIT_EDGE ** 2 + (row + 1) * DIGIT_EDGE,
      );
      image.set(
        line,
        (Math.floor(position / SHOWN_PER_ROW) * DIGIT_EDGE + row) * width + (position % SHOWN_PER_ROW) * DIGIT_EDGE,
      );
    }
  const mistakes = shown.map((index) => `${labels[index]} for ${found[index]}`).join(", ");
  report.image("mistaken digits", {
    ...{ width, height: rows * DIGIT_EDGE, channels: 1, pixels: image },
    caption: `in rows, what they are and what they were taken for: ${mistakes}`,
  });
}
