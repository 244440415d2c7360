import { defineBenchmark } from "@ansatz/lab";
import { key } from "@ansatz/tensor";
import { multiMarginalBridge } from "./index.ts";
import { LOTKA_VOLTERRA, populationSnapshots } from "./population-data.ts";
import { lotkaVolterra } from "./reference-family.ts";

interface OuterIterationCase {
  readonly name: string;
  readonly particles: number;
  readonly stepSize: number;
  readonly solver?: "transition-kernel" | "proportional-fitting";
}

/** Outer iterations on the paper's Lotka–Volterra data. */
export const multiMarginalBridgeBenchmark = defineBenchmark<OuterIterationCase>({
  id: "ot/multi-marginal-bridge",
  title: "An outer iteration of multi-marginal Schrödinger bridges",
  summary:
    "Five Lotka–Volterra snapshots: four couplings, a trajectory through every point of every snapshot, and a fit.",
  isolates: "one outer iteration from parameters that already fit, as all but the first are",
  cases: [
    { particles: 50, stepSize: 0.1 },
    { particles: 50, stepSize: 0.05 },
    { particles: 200, stepSize: 0.1 },
    { particles: 50, stepSize: 0.2, solver: "proportional-fitting" as const },
  ].map((each) => ({
    ...each,
    name: `${each.particles} individuals per snapshot, Δ = ${each.stepSize}${"solver" in each ? ", proportional fitting, 6 sweeps" : ""}`,
  })),
  devices: ["cpu"],
  async setup({ case: { particles, stepSize, solver = "transition-kernel" }, device }) {
    const reference = lotkaVolterra();
    const { parameters, diffusion, start } = LOTKA_VOLTERRA;
    const times = [0, 2, 4, 6, 8];
    const snapshots = await populationSnapshots({
      reference,
      parameters,
      diffusion,
      start,
      times,
      count: particles,
      key: key(0),
    });
    const iterate = () =>
      multiMarginalBridge(
        { snapshots, times, diffusion, reference },
        {
          device,
          stepSize,
          solver,
          proportionalFitting: { sweeps: 6 },
          outerIterations: 1,
          initialParameters: parameters,
        },
      );
    let last: Awaited<ReturnType<typeof iterate>> | undefined;
    return {
      async run() {
        last = await iterate();
      },
      async validate() {
        const { parameters: found } = last ?? (await iterate());
        for (const [p, value] of parameters.entries())
          if (!(Math.abs(found[p] / value - 1) < 0.15)) throw new Error(`parameters ${found} instead of ${parameters}`);
      },
      cost: { flops: 0, bytes: 0 },
      dtype: "float64",
      dispose() {},
    };
  },
});
