import {
  type CaseRandom,
  type DType,
  defineKernel,
  type FloatDType,
  InvalidInputError,
  type KernelCase,
  referenceArray,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { checkFloats } from "../log-plan/log-plan.ts";
import { sparseConjugateCpu } from "./cpu.ts";
import { sparseConjugateDerivatives } from "./derivatives.ts";
import type { SparseConjugateOptions } from "./options.ts";
import { sparseConjugateReference } from "./reference.ts";
import { sparseConjugateTensorFlow } from "./tensorflow.ts";
import { sparseConjugateWebGpu } from "./webgpu.ts";

export type { Regularizer, SparseConjugateOptions } from "./options.ts";

/**
 * Conjugates of the k-sparse regularizer for the columns of transport plans, and the masses where they are attained: the largest scores α + β − c of a column by selection, fused with the projection on a simplex.
 *
 * Inputs: costs `[batches, n, m]`, the column's costs one after the other; row potentials α `[batches, m]`; columns `[batches, n]`: masses b, or potentials β.
 * Outputs: values Ω*(α + β − c) `[batches, n]`; masses `[batches, n, k]`, the largest first; the rows they belong to, int32 `[batches, n, k]`, 0 where an entry has no mass.
 * Of equal scores the one in the lower row is taken. Columns of a mass ≤ 0 are empty. NaN in a column's scores makes its value and masses NaN. Infinite numbers are not for this kernel.
 *
 * Costs are read once. Derivatives are those where the selection stays as it is, with the kink of a tie left aside.
 *
 * Source: Liu, Puigcerver, Blondel, "Sparsity-Constrained Optimal Transport" (2023), section 4 (quadratic); the entropic case is the same selection before a softmax.
 */
export const sparseConjugateKernel = defineKernel<SparseConjugateOptions>({
  name: "sparse-conjugate",
  summary: "Conjugates and gradients of the k-sparse regularizer for the columns of transport plans.",
  infer,
  cost([costs], { maximumEntries }) {
    const [batches, columns, rows] = costs.shape;
    const bytes = costs.dtype === "float32" ? 4 : 8;
    return {
      // A subtraction and a comparison for each cost, some operations for each entry that is kept.
      flops: batches * columns * (2 * rows + 6 * maximumEntries),
      bytes: batches * (bytes * (columns * (rows + maximumEntries + 2) + rows) + 4 * columns * maximumEntries),
    };
  },
  reference: sparseConjugateReference,
  cpu: sparseConjugateCpu,
  webgpu: sparseConjugateWebGpu,
  tensorflow: sparseConjugateTensorFlow,
  derivatives: sparseConjugateDerivatives,
  cases,
  randomCase(random) {
    const dtype = random.pick(["float32", "float64"] as const);
    const [batches, columns, rows] = [
      random.integer(1, 3),
      random.integer(1, 9),
      random.integer(1, random.pick([9, 300])),
    ];
    const options: SparseConjugateOptions = {
      maximumEntries: random.integer(1, rows),
      regularizer: random.pick(["quadratic", "entropic"] as const),
      regularization: random.pick([1 / 4, 1, 4]),
      columnInput: random.pick(["masses", "potentials"] as const),
    };
    return gridCase(random, dtype, [batches, columns, rows], options);
  },
  tolerance,
});

function infer(
  [costs, rowPotentials, columns]: readonly TensorSpec[],
  options: SparseConjugateOptions,
): readonly TensorSpec[] {
  const name = "sparse-conjugate";
  const { dtype, shape } = costs;
  if (shape.length !== 3)
    throw new InvalidInputError(`${name}: costs`, "shape [batches, columns, rows]", `shape [${shape}]`);
  if (dtype !== "float32" && dtype !== "float64")
    throw new InvalidInputError(`${name}: costs`, "float32 or float64", dtype);
  const [batches, count, rows] = shape;
  checkFloats(name, "row potentials", rowPotentials, dtype, [batches, rows]);
  checkFloats(name, "columns", columns, dtype, [batches, count]);
  const { maximumEntries, regularizer, regularization, columnInput } = options;
  if (!Number.isInteger(maximumEntries) || maximumEntries < 1 || maximumEntries > rows)
    throw new InvalidInputError(`${name}: maximumEntries`, `an integer from 1 to ${rows}`, maximumEntries);
  if (regularizer !== "quadratic" && regularizer !== "entropic")
    throw new InvalidInputError(`${name}: regularizer`, '"quadratic" or "entropic"', regularizer);
  if (columnInput !== "masses" && columnInput !== "potentials")
    throw new InvalidInputError(`${name}: columnInput`, '"masses" or "potentials"', columnInput);
  if (!(regularization > 0 && Number.isFinite(regularization) && Number.isFinite(1 / regularization)))
    throw new InvalidInputError(`${name}: regularization`, "a positive number", regularization);
  const kept = [batches, count, maximumEntries];
  return [
    { shape: [batches, count], dtype },
    { shape: kept, dtype },
    { shape: kept, dtype: "int32" },
  ];
}

/** Scores that are multiples of 1/16 and masses that are powers of two, so that every device selects the same entries. */
function gridCase(
  random: Pick<CaseRandom, "integer" | "pick">,
  dtype: FloatDType,
  shape: readonly [batches: number, columns: number, rows: number],
  options: SparseConjugateOptions,
): KernelCase<SparseConjugateOptions> {
  const [batches, columns, rows] = shape;
  const grid = (length: number) => Float64Array.from({ length }, () => random.integer(-32, 32) / 16);
  const own =
    options.columnInput === "masses"
      ? Float64Array.from({ length: batches * columns }, () => random.pick([0, 1 / 8, 1, 1, 8]))
      : grid(batches * columns);
  return {
    name: `${options.maximumEntries} of ${dtype} [${shape}], ${options.regularizer}, ${options.columnInput}`,
    inputs: [
      referenceArray(dtype, shape, grid(batches * columns * rows)),
      referenceArray(dtype, [batches, rows], grid(batches * rows)),
      referenceArray(dtype, [batches, columns], own),
    ],
    options,
  };
}

function cases(): readonly KernelCase<SparseConjugateOptions>[] {
  let state = 1;
  const next = () => {
    state = (state * 48271) % 2147483647;
    return state;
  };
  const random = {
    integer: (minimum: number, maximum: number) => minimum + (next() % (maximum - minimum + 1)),
    pick: <T>(values: readonly T[]) => values[next() % values.length],
  };
  const sizes = [
    [0, 3, 5, 2],
    [2, 0, 5, 2],
    [1, 1, 1, 1],
    [1, 5, 33, 1],
    [2, 3, 70, 8],
    [1, 2, 300, 270],
    [1, 1, 261, 261],
  ];
  return (["float32", "float64"] as const).flatMap((dtype) =>
    (["quadratic", "entropic"] as const).flatMap((regularizer) =>
      (["masses", "potentials"] as const).flatMap((columnInput) => {
        const made = sizes.map(([batches, columns, rows, maximumEntries]) =>
          gridCase(random, dtype, [batches, columns, rows], {
            ...{ maximumEntries, regularizer, columnInput, regularization: 1 / 2 },
          }),
        );
        const spoiled = gridCase(random, dtype, [2, 3, 40], {
          maximumEntries: 3,
          regularizer,
          columnInput,
          regularization: 1,
        });
        const [costs, rows, columns] = spoiled.inputs.map(({ data }) => data as Float64Array);
        costs[40 + 17] = Number.NaN;
        columns[2] = Number.NaN;
        rows[40 + 3] = -1e4;
        return [...made, { ...spoiled, name: `NaN among ${spoiled.name}` }];
      }),
    ),
  );
}

function tolerance(dtype: DType, [costs]: readonly TensorSpec[], options: SparseConjugateOptions): Tolerance {
  if (dtype === "int32") return { relative: 0, absolute: 0 };
  const unit = dtype === "float32" ? 2 ** -24 : 2 ** -53;
  // Scores are exact. Exponents reach (4 + 2)/γ, whose rounding is that of the exponential, a GPU's exponential may be off by 3 + 2|x| units, and sums have up to k terms of masses up to 8 or e^(6/γ).
  const exponents = options.regularizer === "entropic" ? 3 + 3 * (8 / options.regularization) : 4;
  const sums = 4 + Math.sqrt(Math.min(options.maximumEntries, costs.shape[2]));
  return { relative: 4 * (exponents + sums) * unit, absolute: 64 * sums * unit };
}
