import { add, type FloatDType, multiply, sin, sum, type Tensor } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { type SparseConjugateOptions, sparseConjugateKernel } from "./index.ts";

await testKernel(sparseConjugateKernel);

const columns = caseRandom(6).array([2, 3], "float64");
// Away from 0, where a column of the semi-dual is empty.
columns.data.set(Float64Array.from(columns.data, (x) => 0.5 + Math.abs(x)));

for (const regularizer of ["quadratic", "entropic"] as const)
  for (const columnInput of ["masses", "potentials"] as const) {
    const options: SparseConjugateOptions = { maximumEntries: 3, regularizer, columnInput, regularization: 2 };
    const random = caseRandom(5);
    await testDerivatives(
      `values and masses of sparse-conjugate, ${regularizer}, ${columnInput}`,
      (...inputs: Tensor[]) => {
        const [values, masses] = sparseConjugateKernel.run(inputs, options);
        return add(multiply(values, sin(values)), sum(multiply(masses, sin(masses)), { axes: 2 }));
      },
      [random.array([2, 3, 7], "float64"), random.array([2, 7], "float64"), columns],
      // The rules are public operations, which have their own tests on the software GPU.
      { jetOrder: 2, devices: ["tensorflow"] },
    );
  }

describe("sparse-conjugate", () => {
  const specs = (shapes: readonly (readonly number[])[], dtype: FloatDType | "int32" = "float32") =>
    shapes.map((shape) => ({ shape, dtype }));
  const fitting = [
    [2, 3, 5],
    [2, 5],
    [2, 3],
  ];
  const options = { maximumEntries: 2, regularizer: "quadratic", regularization: 1, columnInput: "masses" } as const;

  it.each([
    [specs([[3, 5], [5], [3]]), {}, "costs"],
    [specs(fitting, "int32"), {}, "costs"],
    [
      specs([
        [2, 3, 5],
        [2, 4],
        [2, 3],
      ]),
      {},
      "row potentials",
    ],
    [specs([[2, 3, 5], [2, 5], [3]]), {}, "columns"],
    [specs(fitting), { maximumEntries: 6 }, "maximumEntries"],
    [specs(fitting), { maximumEntries: 0 }, "maximumEntries"],
    [specs(fitting), { regularizer: "cubic" }, "regularizer"],
    [specs(fitting), { regularization: 0 }, "regularization"],
    [specs(fitting), { columnInput: "both" }, "columnInput"],
  ])("refuses %o with %o", (inputs, wrong, argument) => {
    const given = { ...options, ...wrong } as SparseConjugateOptions;
    expect(() => sparseConjugateKernel.infer(inputs, given)).toThrow(
      expect.objectContaining({ argument: `sparse-conjugate: ${argument}` }),
    );
  });
});
