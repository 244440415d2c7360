/**
 * Objective and gradient evaluations of sparsity-constrained transport per second, here and in POT on the same data, with their ratio, as JSON lines:
 * `node --conditions=ansatz-source peers/sparse-evaluations.ts [python]`, where python has peers/requirements.txt. Everything is float64; values are compared to ten digits.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Device, key, openDevice, transpose, uniform } from "@ansatz/tensor";
import { type DualProblem, negatedDual, type Potentials } from "../packages/ot/src/sparse-plans/dual.ts";

const PROBLEMS = [
  { batches: 1, rows: 1024, columns: 1024, entries: 8 },
  { batches: 64, rows: 256, columns: 8, entries: 32 },
];
const REGULARIZATION = 1;
const REPETITIONS = 50;
const FORMULATIONS = ["semi-dual", "dual"] as const;

interface PeerResult {
  readonly [formulation: string]: { readonly value: number; readonly seconds: number };
}

const python = process.argv[2] ?? "python3";
const folder = await mkdtemp(join(tmpdir(), "sparse-evaluations-"));
try {
  for (const problem of PROBLEMS) {
    const peer = await peerResult(problem);
    for (const threads of [1, 2]) {
      await using device = await openDevice("cpu", { threads });
      for (const formulation of FORMULATIONS) {
        const { value, seconds } = await evaluate(device, problem, formulation);
        const { value: peerValue, seconds: peerSeconds } = peer[formulation];
        if (!(Math.abs(value - peerValue) <= 1e-10 * Math.abs(peerValue)))
          throw new Error(`${formulation}: ${value} here, ${peerValue} there`);
        const rates = { evaluationsPerSecond: 1 / seconds, peerEvaluationsPerSecond: 1 / peerSeconds };
        console.log(JSON.stringify({ ...problem, formulation, threads, ...rates, ratio: peerSeconds / seconds }));
      }
    }
  }
} finally {
  await rm(folder, { recursive: true });
}

type Problem = (typeof PROBLEMS)[number];

/** Costs and potentials as a solver meets them: some entries a column have mass. */
function draw(device: Device, { batches, rows, columns }: Problem) {
  const draws = (seed: number, shape: readonly number[]) => uniform(key(seed), shape, { device, dtype: "float64" });
  return {
    costs: draws(0, [batches, rows, columns]),
    alpha: draws(1, [batches, rows]),
    beta: device.full([batches, columns], -0.9, "float64"),
    a: device.full([batches, rows], 1 / rows, "float64"),
    b: device.full([batches, columns], 1 / columns, "float64"),
  };
}

async function peerResult(problem: Problem): Promise<PeerResult> {
  await using device = await openDevice("cpu", { threads: 1 });
  const { costs, alpha, beta, a, b } = draw(device, problem);
  const arrays = await Promise.all([costs, alpha, beta, a, b].map((tensor) => tensor.data()));
  const lines = Array.from({ length: problem.batches }, (_, batch) =>
    arrays.flatMap((array) => {
      const each = array.length / problem.batches;
      return Array.from(array.slice(batch * each, (batch + 1) * each));
    }),
  );
  const file = join(folder, "data.bin");
  await writeFile(file, Float64Array.from(lines.flat()));
  const script = join(import.meta.dirname, "pot_smooth.py");
  const sizes = ["batches", "rows", "columns", "entries"] as const;
  const options = sizes.flatMap((name) => [`--${name}`, String(problem[name])]);
  const { stdout } = await promisify(execFile)(python, [
    script,
    file,
    ...options,
    "--regularization",
    String(REGULARIZATION),
  ]);
  return JSON.parse(stdout);
}

/** Value, and seconds of the fastest of many evaluations, results freed and the value read back. */
async function evaluate(device: Device, problem: Problem, formulation: (typeof FORMULATIONS)[number]) {
  const { costs, alpha, beta, a, b } = draw(device, problem);
  const columnInput = formulation === "dual" ? "potentials" : "masses";
  const dual: DualProblem = {
    costs: transpose(costs, [0, 2, 1]),
    rowMasses: a,
    columnMasses: b,
    options: { maximumEntries: problem.entries, regularizer: "quadratic", regularization: REGULARIZATION, columnInput },
  };
  const potentials: Potentials = formulation === "dual" ? { rows: alpha, columns: beta } : { rows: alpha };
  let seconds = Number.POSITIVE_INFINITY;
  let value = Number.NaN;
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const start = performance.now();
    const result = device.scope(() => {
      const { value, gradient } = negatedDual(dual, potentials);
      return [value, ...Object.values(gradient).filter((tensor) => tensor !== undefined)];
    });
    value = -(await result[0].item());
    for (const tensor of result) tensor.dispose();
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
  }
  return { value, seconds };
}
