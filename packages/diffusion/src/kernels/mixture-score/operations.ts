import { add, divide, logSumExp, matmul, multiply, softmax, square, subtract, sum, type Tensor } from "@ansatz/tensor";
import { componentFactors, type MixtureScoreOptions } from "./options.ts";

/** The kernel in operations that differentiate; holds a number for every pair of a state and a component. */
export function mixtureInOperations(options: MixtureScoreOptions): (inputs: Tensor[]) => Tensor[] {
  return ([x, means]) => {
    const { alpha } = options;
    const { bias, halfPrecision, ofState, ofMean, shift } = componentFactors(options, x.shape[1]);
    const row = (values: Float64Array<ArrayBuffer>) => x.device.tensor(values, [1, values.length], x.dtype);
    // The middle of the means is moved to 0: distances stay, and the products whose difference they are become smaller.
    const centre = divide(sum(means, { axes: 0, keepDimensions: true }), means.shape[0]);
    const from = subtract(x, multiply(centre, alpha));
    const to = multiply(subtract(means, centre), alpha);
    const norms = add(
      sum(square(from), { axes: 1, keepDimensions: true }),
      sum(square(to), { axes: 1, keepDimensions: true }).reshape([1, -1]),
    );
    const distances = subtract(norms, multiply(matmul(from, to, { transposeB: true }), 2));
    const logarithms = subtract(row(bias), multiply(distances, row(halfPrecision)));
    const shares = softmax(logarithms, { axis: 1 });
    const prediction = add(
      multiply(sum(multiply(shares, row(ofState)), { axes: 1, keepDimensions: true }), x),
      matmul(multiply(shares, row(ofMean)), means),
    );
    return [prediction, add(logSumExp(logarithms, { axes: 1 }), shift)];
  };
}
