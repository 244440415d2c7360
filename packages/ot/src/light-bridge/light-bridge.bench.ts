import { defineBenchmark } from "@ansatz/lab";
import { type FloatDType, key } from "@ansatz/tensor";
import { lightBridge } from "./index.ts";
import { gaussianPoints } from "./known-bridges.ts";

interface TrainingCase {
  readonly name: string;
  readonly components: number;
  readonly dimension: number;
  readonly covariance: "diagonal" | "full";
  readonly dtype: FloatDType;
}

const BATCH = 128;

/** Steps per call: enough that opening the host's device and the first mini-batch do not count. */
const STEPS = 256;

const SIZES = [
  { components: 50, dimension: 2, covariance: "diagonal" },
  { components: 50, dimension: 64, covariance: "diagonal" },
  { components: 500, dimension: 2, covariance: "diagonal" },
  { components: 50, dimension: 16, covariance: "full" },
] as const;

/** Training steps. Its peer is peers/torch_light_bridge.py, the same loss in PyTorch. */
export const lightBridgeBenchmark = defineBenchmark<TrainingCase>({
  id: "ot/light-bridge",
  title: "Training a light Schrödinger bridge",
  summary: `${STEPS} steps of Adam on batches of ${BATCH}: K components in D dimensions, ε = 1.`,
  isolates: "mini-batches, both halves of the loss with their gradients on the device, Adam on the host",
  cases: SIZES.flatMap((size) =>
    (["float32", "float64"] as const).map((dtype) => ({
      name: `K = ${size.components}, D = ${size.dimension}, ${size.covariance}, ${dtype}`,
      ...size,
      dtype,
    })),
  ),
  devices: ["cpu", "webgpu", "tensorflow"],
  async setup({ case: { components, dimension, covariance, dtype }, device }) {
    if (!device.description.dtypes.includes(dtype)) device.zeros([1], dtype);
    const source = await gaussianPoints(key(0), 10_000, dimension);
    const target = await gaussianPoints(key(1), 10_000, dimension);
    const train = () =>
      lightBridge(
        { source, target, regularization: 1 },
        { components, covariance, steps: STEPS, batchSize: BATCH, device, dtype },
      );
    let last: Awaited<ReturnType<typeof train>> | undefined;
    return {
      async run() {
        last = await train();
      },
      async validate() {
        const { state, history } = last ?? (await train());
        if (state.step !== STEPS || !(history.at(-1)!.loss < history[0].loss))
          throw new Error(`the loss went from ${history[0].loss} to ${history.at(-1)?.loss} in ${state.step} steps`);
      },
      // Per pair of a point and a component and side: an exponential, the quadratic and the moments.
      cost: {
        flops: STEPS * 2 * BATCH * components * (3 + (covariance === "full" ? 4 * dimension ** 2 : 8 * dimension)),
        bytes: 0,
      },
      dtype,
      dispose() {},
    };
  },
});
