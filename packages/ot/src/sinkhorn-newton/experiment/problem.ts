import { InvalidInputError, type Key, openDevice, split, uniform } from "@ansatz/tensor";
import type { HostMatrix } from "../../cost-matrix.ts";
import { densityProblem } from "../../densities/index.ts";
import { type GreyImage, imageProblem, type PixelMetric } from "../../images/index.ts";
import { loadDigit, resample } from "./digits.ts";

/** The parameters that say what to solve. */
export interface ProblemParameters {
  readonly problem: "digits" | "random" | "densities";
  readonly points: number;
  readonly pixels: number;
  readonly sourceDigit: number;
  readonly targetDigit: number;
  readonly sourceIndex: number;
  readonly targetIndex: number;
  readonly cost: PixelMetric;
  readonly inverseRegularization: number;
}

/** A transport problem, and what is needed to show it. */
export interface ExperimentProblem {
  readonly costMatrix: HostMatrix;
  readonly rowMarginal: Float64Array;
  readonly columnMarginal: Float64Array;
  readonly regularization: number;
  /** Rows, and columns. */
  readonly size: number;
  /** What a cost of 1 stands for. */
  readonly costScale: number;
  /** p where the costs are distances to the power p. */
  readonly order?: number;
  /** The unregularised distance, where it is known. */
  readonly exactDistance?: number;
  readonly images?: readonly [source: GreyImage, target: GreyImage];
  readonly densities?: readonly [source: Float64Array, target: Float64Array];
}

export async function buildProblem(parameters: ProblemParameters, key: Key): Promise<ExperimentProblem> {
  const regularization = 1 / parameters.inverseRegularization;
  if (!Number.isFinite(regularization))
    throw new InvalidInputError(
      "parameters.inverseRegularization",
      "a number with a finite inverse",
      parameters.inverseRegularization,
    );
  switch (parameters.problem) {
    case "digits":
      return { ...(await digitsProblem(parameters)), regularization };
    case "random":
      return { ...(await randomProblem(parameters.points, key)), regularization };
    case "densities":
      return { ...densitiesProblem(parameters), regularization };
  }
}

type Unregularized = Omit<ExperimentProblem, "regularization">;

async function digitsProblem(parameters: ProblemParameters): Promise<Unregularized> {
  const { pixels, cost } = parameters;
  const [source, target] = await Promise.all([
    loadDigit(parameters.sourceDigit, parameters.sourceIndex),
    loadDigit(parameters.targetDigit, parameters.targetIndex),
  ]);
  const images = [resample(source, pixels), resample(target, pixels)] as const;
  const problem = imageProblem(images[0], images[1], { metric: cost });
  return { ...problem, size: pixels ** 2, order: cost === "l1" ? 1 : 2, images };
}

/** Costs uniform on (0, 1), the same on every device; masses all alike. */
async function randomProblem(points: number, key: Key): Promise<Unregularized> {
  await using host = await openDevice("cpu", { threads: 1 });
  const [costKey] = split(key);
  using costs = uniform(costKey, [points, points], { device: host });
  const marginal = new Float64Array(points).fill(1 / points);
  const costMatrix = { data: await costs.data(), shape: [points, points] };
  return { costMatrix, rowMarginal: marginal, columnMarginal: marginal, size: points, costScale: 1 };
}

/** N(0.3, 0.05²) to N(0.6, 0.1²), on the midpoints of equal cells of [0, 1]. */
function densitiesProblem({ points, cost }: ProblemParameters): Unregularized {
  const order = cost === "l1" ? 1 : 2;
  const midpoints = Float64Array.from({ length: points }, (_, index) => (index + 0.5) / points);
  const gaussian = (mean: number, deviation: number) => (point: number) =>
    Math.exp(-0.5 * ((point - mean) / deviation) ** 2) / deviation;
  const problem = densityProblem({ points: midpoints, source: gaussian(0.3, 0.05), target: gaussian(0.6, 0.1), order });
  return {
    ...problem,
    size: points,
    order,
    // W₂² = (difference of means)² + (difference of deviations)². W₁ of these two exceeds the difference of means by a tail of 10⁻⁵.
    exactDistance: order === 2 ? Math.sqrt(0.3 ** 2 + 0.05 ** 2) : 0.3,
    densities: [problem.rowMarginal, problem.columnMarginal],
  };
}
