import { add, multiply, sin, sum, type Tensor } from "@ansatz/tensor";
import { caseRandom, testDerivatives, testKernel } from "@ansatz/tensor/testing";
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
      // The rules are operations; one of each kind is enough on a software GPU.
      { jetOrder: 2, devices: regularizer === "quadratic" && columnInput === "masses" ? ["webgpu", "tensorflow"] : [] },
    );
  }
