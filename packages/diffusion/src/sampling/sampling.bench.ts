import { type BenchmarkPeer, defineBenchmark, type Workload } from "@ansatz/lab";
import { type Device, key, normal, openDevice, type Shape, type Tensor } from "@ansatz/tensor";
import { dpmSolver } from "../dpm-solver/index.ts";
import { linearSchedule } from "../noise-schedules/index.ts";
import { sample } from "./index.ts";

interface SamplingCase {
  readonly name: string;
  readonly shape: Shape;
}

const STEPS = 20;
const schedule = linearSchedule();
const solver = dpmSolver({ method: "multistep", lowerOrderFinal: false });

/** Twenty steps with a network that costs nothing: what a sampler adds to the network's time. */
export const samplingBenchmark = defineBenchmark<SamplingCase>({
  id: "diffusion/sampling",
  title: "Sampling with a network that does nothing",
  summary: `${STEPS} steps of DPM-Solver++(2M), where the predicted noise is the state itself: the sampler's own time.`,
  isolates: "a whole call of sample, its checks and coefficients included; the network answers with its input",
  cases: [
    { name: "1×4: overhead of 20 steps", shape: [1, 4] },
    { name: "1×4×64×64", shape: [1, 4, 64, 64] },
    { name: "64×4×64×64", shape: [64, 4, 64, 64] },
  ],
  devices: ["cpu", "webgpu", "tensorflow"],
  peers: [unchecked()],
  setup: async ({ case: { shape }, device }) => workload(device, shape, true),
});

/** Without looking at every answer of the network whether it is finite. */
function unchecked(): BenchmarkPeer<SamplingCase> {
  return {
    name: "checkFinite: false",
    devices: ["cpu"],
    version: async () => "of this package",
    async setup({ shape }) {
      const device = await openDevice("cpu");
      const { dispose, ...rest } = workload(device, shape, false);
      return {
        ...rest,
        async dispose() {
          await dispose();
          await device.dispose();
        },
      };
    },
  };
}

function workload(device: Device, shape: Shape, checkFinite: boolean): Workload {
  const noise = normal(key(0), shape, { device, dtype: "float32" });
  const options = { schedule, solver, steps: STEPS, noise, checkFinite };
  const run = () => sample((x: Tensor) => x, options);
  const elements = noise.size;
  return {
    async run() {
      const { x } = await run();
      x.dispose();
      await device.synchronize();
    },
    async validate() {
      const { x, evaluations } = await run();
      using final = x;
      if (evaluations !== STEPS) throw new Error(`${evaluations} evaluations instead of ${STEPS}`);
      const values = await final.data();
      if (!values.every(Number.isFinite)) throw new Error("the result is not finite");
    },
    // Two tensors of history and the state are read, the state is written.
    cost: { flops: STEPS * 5 * elements, bytes: STEPS * 4 * 4 * elements },
    dtype: "float32",
    dispose: () => noise.dispose(),
  };
}
