import { type Device, openDevice } from "@ansatz/tensor";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dpmSolver } from "../dpm-solver/index.ts";
import { dpmSolverV3, type ModelStatistics } from "../dpm-solver-v3/index.ts";
import { exponentialIntegrator, type RungeKuttaMethod } from "../exponential-integrator/index.ts";
import { mixtureModel, THREE_GAUSSIANS } from "../models/index.ts";
import { betaTable, linearSchedule, type NoiseSchedule } from "../noise-schedules/index.ts";
import { classicalMultistep } from "../pseudo-numerical/classical.ts";
import { pseudoNumerical } from "../pseudo-numerical/index.ts";
import { pseudoNumericalSchedule } from "../pseudo-numerical/label-convention.ts";
import { ddim, type Grid, type Solver, sample } from "../sampling/index.ts";
import golden from "./published-code.json" with { type: "json" };

interface Golden {
  readonly code: string;
  readonly settings: Readonly<Record<string, string | number | boolean>>;
  readonly result: readonly number[];
}

interface Translation {
  readonly schedule?: NoiseSchedule;
  readonly solver: Solver;
  readonly grid: Grid;
  readonly steps?: number;
  readonly evaluations?: number;
}

const CASES = golden.cases as unknown as readonly Golden[];
const schedule = linearSchedule();

describe("published code", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());

  it.each(
    CASES.map((each, index) => ({ ...each, name: `${index}: ${each.code} ${Object.values(each.settings).join(" ")}` })),
  )("is matched: $name", async ({ code, settings, result }) => {
    const translated = TRANSLATIONS[code](settings);
    // Float64 agrees to what two arrangements of the same sums round to, magnified where the noise is largest; DEIS's ρAB to its coefficients, which there are sums of 10 000 rectangles.
    // In float32 the first adaptive steps follow the rounding of two equal results, and lead to other times.
    const isRiemann = settings.method === "rho_ab";
    const precisions = settings.method === "adaptive" ? (["float64"] as const) : (["float64", "float32"] as const);
    for (const dtype of precisions) {
      const tolerance = dtype === "float64" && !isRiemann ? 1e-9 : 1e-5;
      const own = { schedule, ...translated };
      using model = mixtureModel(THREE_GAUSSIANS, { schedule: own.schedule, device, dtype });
      using noise = device.tensor(golden.noise, [2, 2], dtype);
      const { x } = await sample(model, { ...own, noise });
      using final = x;
      const values = await final.data();
      const largest = Math.max(...result.map(Math.abs));
      const worst = Math.max(...Array.from(values, (value, index) => Math.abs(value - result[index])));
      expect(worst / largest, `${dtype}: ${Array.from(values)} instead of ${result}`).toBeLessThan(tolerance);
    }
  });
});

const GRIDS: Readonly<Record<string, Grid>> = {
  logSNR: "log-snr",
  time_uniform: "time-uniform",
  time_quadratic: "time-quadratic",
};

const TRANSLATIONS: Readonly<Record<string, (settings: Golden["settings"]) => Translation>> = {
  "dpm-solver": ({ algorithm, method, order, skipType, steps, solverType }) => {
    const common = {
      order: order as 1 | 2 | 3,
      prediction: algorithm === "dpmsolver" ? "noise" : "data",
      variant: solverType === "taylor" ? "taylor" : "difference",
    } as const;
    const grid = GRIDS[skipType as string];
    if (method === "adaptive")
      return {
        solver: dpmSolver({ ...common, method: "adaptive", order: order as 2 | 3, largestGrowth: 1e9 }) as Solver,
        grid,
      };
    const solver = dpmSolver({ ...common, method: method as "singlestep" });
    return { solver, grid, evaluations: steps as number };
  },
  "dpm-solver-v3": ({ nodes, steps, order, pseudoPredictor, corrector }) => ({
    solver: dpmSolverV3({
      statistics: curves(nodes as number),
      order: order as 1 | 2 | 3,
      pseudoPredictor: pseudoPredictor as boolean,
      corrector: corrector as "none" | "full" | "pseudo",
    }) as Solver,
    grid: "log-snr",
    steps: steps as number,
  }),
  deis: ({ phase, power, steps, method, choice }) => {
    const grid = (
      {
        t: { kind: "time-power", exponent: power },
        rho: { kind: "ratio-power", exponent: power },
        log: "log-snr",
      } as Record<string, Grid>
    )[phase as string];
    const kinds = { rho_ab: "rhoAB", ipndm: "ipndm" } as const;
    const solver =
      method === "rho_rk"
        ? exponentialIntegrator({ kind: "rhoRK", method: RUNGE_KUTTA[choice as string] })
        : exponentialIntegrator({ kind: kinds[method as keyof typeof kinds], order: choice as number });
    return { solver, grid, steps: steps as number };
  },
  pndm: ({ method, steps }) => {
    const table = pseudoNumericalSchedule({ betas: betaTable("linear") });
    const solvers: Readonly<Record<string, () => Solver>> = {
      DDIM: ddim,
      "S-PNDM": () => pseudoNumerical({ method: "s-pndm" }),
      "F-PNDM": () => pseudoNumerical({ method: "f-pndm" }),
      FON: () => classicalMultistep(),
    };
    const grid = table.stepTimes(steps as number);
    return { schedule: table, solver: solvers[method as string](), grid };
  },
};

const RUNGE_KUTTA: Readonly<Record<string, RungeKuttaMethod>> = {
  "2heun": "heun2",
  "3kutta": "kutta3",
  "3ral": "ralston3",
  "3heun": "heun3",
  "3vdh": "van-der-houwen3",
  "3ssprk": "ssprk3",
  "4rk": "rk4",
};

/** Statistics in closed form, smooth and different for each dimension. Mirrored in peers/paper_samplers.py. */
function curves(intervals: number): ModelStatistics {
  const [start, end] = schedule.timeRange;
  const of = (curve: (place: number, dimension: number) => number) =>
    Array.from({ length: 2 * (intervals + 1) }, (_, index) => curve(Math.floor(index / 2) / intervals, index % 2));
  return {
    format: "ansatz-model-statistics-1",
    halfLogSnr: [schedule.halfLogSnr(start), schedule.halfLogSnr(end)],
    intervals,
    dimension: 2,
    linear: of((place, dimension) => 1 / (1 + Math.exp(10 * place - 5 + dimension))),
    scale: of((place, dimension) => 0.3 * Math.sin(3 * place + dimension) - 0.4),
    bias: of((place, dimension) => 0.2 * Math.cos(5 * place - dimension)),
  };
}
