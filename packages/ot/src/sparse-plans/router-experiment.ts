import { atLeast, atMost, defineExperiment, type Expectation, type Report } from "@ansatz/lab";
import { split } from "@ansatz/tensor";
import { balancedSubset, DIGIT_CLASSES, loadDigits } from "@ansatz/tensor/digits";
import { disposeTree } from "@ansatz/tensor/optimisers";
import { z } from "zod";
import {
  type MixtureOptions,
  type MixtureTest,
  ROUTERS,
  type RouterName,
  testMixture,
  trainMixture,
} from "./experiment/mixture.ts";

const parameters = z.object({
  experts: z.int().min(2).max(64).default(8).describe("Experts, each a small network"),
  capacityFactor: z
    .number()
    .min(1)
    .max(8)
    .default(1)
    .describe("Capacity of an expert as a multiple of an equal share of the images"),
  width: z.int().min(1).max(256).default(32).describe("Hidden units of an expert"),
  batch: z.int().min(16).max(1024).default(256).describe("Images routed together"),
  epochs: z.int().min(1).max(100).default(6).describe("How often every training image is seen"),
  learningRate: z
    .number()
    .positive()
    .max(1)
    .default(0.01)
    .describe("Adam's step size at the start; it falls along a cosine"),
  trainingImages: z.int().min(256).max(8000).default(8000).describe("Training images to use, of all digits alike"),
});

export default defineExperiment({
  id: "ot/sparse-router",
  title: "Experts that share the work: routing handwritten digits by sparse transport",
  summary:
    "A mixture of small experts learns digits. Routing by k-sparse transport fills every expert to its capacity and no further, and leaves no image out; softmax routers overload some experts and drop images, experts that choose leave out what none wants.",
  paper: {
    title: "Sparsity-Constrained Optimal Transport",
    section: "the experiment on mixtures of experts, on handwritten digits",
  },
  parameters,
  metrics: {
    accuracy: { label: "digits recognised, sparse transport", better: "higher" },
    coverage: { label: "images that an expert takes, sparse transport", better: "higher" },
    loadImbalance: { label: "fullest expert over the mean, sparse transport", better: "lower" },
    expertChoiceAccuracy: { label: "digits recognised, expert choice" },
    expertChoiceCoverage: { label: "images that an expert takes, expert choice" },
    topOneAccuracy: { label: "digits recognised, softmax top-1" },
    topOneCoverage: { label: "images that an expert takes, softmax top-1" },
    topTwoAccuracy: { label: "digits recognised, softmax top-2" },
    topTwoCoverage: { label: "images that an expert takes, softmax top-2" },
    lead: { label: "digits recognised, sparse transport over the best other router", better: "higher" },
    seconds: { label: "time for all routers", unit: "s", better: "lower" },
  },
  async run({ parameters, device, key, signal, report }) {
    const { training, test } = await loadDigits();
    const used = balancedSubset(training, parameters.trainingImages);
    const results = new Map<RouterName, MixtureTest>();
    const start = performance.now();
    for (const [index, router] of ROUTERS.entries()) {
      const options: MixtureOptions = {
        ...parameters,
        router,
        // All routers start from the same weights and see the same images in the same order.
        key: split(key)[0],
        signal,
        onStep(step, total, loss) {
          report.point(`loss, ${router}`, step, loss);
          report.progress(index * total + step, ROUTERS.length * total, `${router}: loss ${loss.toFixed(3)}`);
        },
      };
      const trained = await trainMixture(device, used, options);
      const result = await testMixture(device, trained, test, options);
      disposeTree(trained);
      results.set(router, result);
      reportSpecialisation(report, router, result, parameters.experts);
    }
    reportTable(report, results);
    const [sparse, choice, first, second] = ROUTERS.map((router) => results.get(router)!);
    const metrics = {
      ...{ accuracy: sparse.accuracy, coverage: sparse.coverage, loadImbalance: sparse.loadImbalance },
      ...{ expertChoiceAccuracy: choice.accuracy, expertChoiceCoverage: choice.coverage },
      ...{ topOneAccuracy: first.accuracy, topOneCoverage: first.coverage },
      ...{ topTwoAccuracy: second.accuracy, topTwoCoverage: second.coverage },
      lead: sparse.accuracy - Math.max(choice.accuracy, first.accuracy, second.accuracy),
      seconds: (performance.now() - start) / 1000,
    };
    const expectations: Expectation[] = [
      atLeast("coverage", 0.97, "that all tokens are routed is what the transport problem asks; 50 steps reach 98 %"),
      atMost("loadImbalance", 1.1, "no expert has more than its capacity, a full share"),
    ];
    const isWhole = parameters.trainingImages === 8000 && parameters.epochs >= 6 && parameters.capacityFactor === 1;
    if (isWhole && !signal.aborted) {
      expectations.push(atLeast("accuracy", 0.9, "what small networks on single pixels are known to reach"));
      expectations.push(atLeast("lead", 0, "paper: better than the routers compared at the same capacity"));
    }
    return { metrics, expectations };
  },
});

function reportSpecialisation(
  report: Report,
  router: RouterName,
  { specialisation }: MixtureTest,
  experts: number,
): void {
  report.heatmap(`experts and digits, ${router}`, {
    ...{ rows: experts, columns: DIGIT_CLASSES, values: specialisation },
    ...{ rowLabel: "expert", columnLabel: "digit" },
    caption: "test images that each expert takes: rows that sum alike are balanced, bright spots are specialists",
  });
}

function reportTable(report: Report, results: ReadonlyMap<RouterName, MixtureTest>): void {
  report.table(
    "routers",
    [
      { name: "router" },
      { name: "digits recognised" },
      { name: "images taken" },
      { name: "fullest expert over the mean" },
      { name: "largest load" },
    ],
    Array.from(results, ([router, { accuracy, coverage, loadImbalance, largestLoad }]) => [
      ...[router, accuracy, coverage, loadImbalance, largestLoad],
    ]),
  );
}
