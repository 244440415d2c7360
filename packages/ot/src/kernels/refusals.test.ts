import { type Device, InvalidInputError, openDevice, type Tensor } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { networkSimplexKernel } from "./network-simplex/index.ts";
import { newtonDirectionKernel } from "./newton-direction/index.ts";
import { planMarginalsKernel } from "./plan-marginals/index.ts";
import { planThresholdKernel } from "./plan-threshold/index.ts";
import { pointCloudSweepKernel } from "./point-cloud-sweep/index.ts";
import { halfSweepKernel } from "./sinkhorn-half-sweep/index.ts";
import { sparsifyKernel } from "./sparsify-plan/index.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu", { threads: 1 });
});
afterAll(() => device.dispose());

function refuses(run: () => unknown, argument: string): void {
  device.scope(() => expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument })));
}

const floats = (shape: number[], dtype: "float32" | "float64" = "float64") => device.zeros(shape, dtype);
const integers = (shape: number[]) => device.zeros(shape, "int32");

describe.each([
  ["plan-marginals", (inputs: Tensor[], regularization: number) => planMarginalsKernel.run(inputs, { regularization })],
  [
    "plan-threshold",
    (inputs: Tensor[], regularization: number) => planThresholdKernel.run(inputs, { regularization, count: 1 }),
  ],
  [
    "sinkhorn-half-sweep",
    (inputs: Tensor[], regularization: number) =>
      halfSweepKernel.run([...inputs, floats([5])], { regularization, axis: "rows", grid: 1 }),
  ],
  [
    "sparsify-plan",
    (inputs: Tensor[], regularization: number) =>
      sparsifyKernel.run([...inputs, floats([1]), integers([1])], { regularization, capacity: 1 }),
  ],
] as const)("%s", (name, run) => {
  it("refuses costs that are no matrix of floats, potentials that do not fit, and ε that is not positive", () => {
    refuses(() => run([floats([6]), floats([1, 5])], 1), `${name}: cost`);
    refuses(() => run([floats([0, 3]), floats([1, 3])], 1), `${name}: cost`);
    refuses(() => run([integers([2, 3]), floats([1, 5])], 1), `${name}: cost`);
    refuses(() => run([floats([2, 3]), floats([1, 4])], 1), `${name}: potentials`);
    refuses(() => run([floats([2, 3]), floats([2, 5])], 1), `${name}: potentials`);
    refuses(() => run([floats([2, 3]), floats([1, 5], "float32")], 1), `${name}: potentials`);
    // float32 potentials have two parts.
    refuses(() => run([floats([2, 3], "float32"), floats([1, 5], "float32")], 1), `${name}: potentials`);
    for (const regularization of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      refuses(() => run([floats([2, 3]), floats([1, 5])], regularization), `${name}: regularization`);
  });
});

describe("the other inputs", () => {
  it("must fit too", () => {
    const plan = () => [floats([2, 3]), floats([1, 5])];
    const sweep = { regularization: 1, axis: "rows", grid: 1 } as const;
    refuses(() => halfSweepKernel.run([...plan(), floats([4])], sweep), "sinkhorn-half-sweep: logMarginals");
    for (const count of [0, 7, 1.5])
      refuses(() => planThresholdKernel.run(plan(), { regularization: 1, count }), "plan-threshold: count");
    const sparsify = (threshold: Tensor, ties: Tensor, capacity: number) => () =>
      sparsifyKernel.run([...plan(), threshold, ties], { regularization: 1, capacity });
    refuses(() => sparsify(floats([2]), integers([1]), 1)(), "sparsify-plan: threshold");
    refuses(() => sparsify(floats([1]), floats([1]), 1)(), "sparsify-plan: ties");
    refuses(() => sparsify(floats([1]), integers([1]), 7)(), "sparsify-plan: capacity");
  });

  it("of newton-direction are checked against each other", () => {
    const good = () => [floats([5]), floats([5]), integers([7]), integers([2, 4]), floats([2, 4])];
    const options = { rows: 2, shift: 0, tolerance: 0, maximumIterations: 1 };
    const names = ["sums", "gradient", "offsets", "indices", "values"];
    for (const [index, name] of names.entries())
      refuses(
        () => {
          const inputs = good();
          inputs[index] = floats([3]);
          return newtonDirectionKernel.run(inputs, options);
        },
        `newton-direction: ${name === "sums" ? "gradient" : name}`,
      );
    refuses(() => newtonDirectionKernel.run(good(), { ...options, rows: 5 }), "newton-direction: rows");
    refuses(
      () => newtonDirectionKernel.run(good(), { ...options, maximumIterations: -1 }),
      "newton-direction: maximumIterations",
    );
    refuses(() => newtonDirectionKernel.run([integers([5]), ...good().slice(1)], options), "newton-direction: sums");
  });
});

describe("network-simplex", () => {
  const run = (inputs: Tensor[], options: object) =>
    networkSimplexKernel.run(inputs, { maximumPivots: 1, firstRow: 0, blockRows: 1, ...options });

  it("refuses costs that are no float64 matrix, trees that do not fit, and counts that are none", () => {
    const tree = () => [integers([5]), floats([5])];
    refuses(() => run([floats([2, 3], "float32"), ...tree()], {}), "network-simplex: cost");
    refuses(() => run([floats([0, 3]), ...tree()], {}), "network-simplex: cost");
    refuses(() => run([floats([2, 3]), integers([4]), floats([5])], {}), "network-simplex: parents");
    refuses(() => run([floats([2, 3]), integers([5]), floats([4])], {}), "network-simplex: flows");
    for (const options of [{ maximumPivots: -1 }, { firstRow: 2 }, { blockRows: 0 }])
      refuses(() => run([floats([2, 3]), ...tree()], options), `network-simplex: ${Object.keys(options)[0]}`);
  });
});

describe("point-cloud-sweep", () => {
  const run = (shapes: number[][], options: object = {}) =>
    pointCloudSweepKernel.run(
      shapes.map((shape) => floats(shape)),
      { metric: "l1", regularization: 1, grid: 1, ...options },
    );
  const FITTING = [[4, 2], [2, 3], [1, 4], [1, 3], [4]];
  const NAMES = ["x", "y", "own potentials", "other potentials", "logMarginals"];

  it("refuses points, potentials and marginals that do not fit together, unknown metrics, and ε that is not positive", () => {
    for (const [index, name] of NAMES.entries())
      refuses(() => run(FITTING.map((shape, each) => (each === index ? [7] : shape))), `point-cloud-sweep: ${name}`);
    refuses(() => run(FITTING, { metric: "cosine" }), "point-cloud-sweep: metric");
    refuses(() => run(FITTING, { regularization: 0 }), "point-cloud-sweep: regularization");
  });
});
