/**
 * Times `sinkhornNewton`, `sinkhorn`, POT's and OTT-JAX's Sinkhorn on identical problems, in alternation and on one thread each, to a marginal error of 10⁻¹⁰, and prints a table:
 *
 *     node --conditions=ansatz-source peers/compare-entropic.ts --python .venv/bin/python
 *
 * What does not get there in `--seconds` is extrapolated by the linear rate of its last half, and marked "~": the rate keeps falling, so that this is a lower bound.
 * Solutions must agree with ours to 10⁻⁸: those that converged by themselves, the others after some sweeps from our potentials.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { sinkhorn, sinkhornNewton, type TransportProblem, type TransportResult } from "@ansatz/ot";
import { type Device, key, openDevice, split, uniform } from "@ansatz/tensor";

const TOLERANCE = 1e-10;
const AGREEMENT = 1e-8;

const { values: given } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    points: { type: "string", default: "500,1000,2000" },
    steepness: { type: "string", default: "100,1000" },
    problem: { type: "string", default: "random,points" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(given.rounds);
const limit = Number(given.seconds);
const numbers = (list: string) => list.split(",").map(Number);

/** Sweeps, seconds and marginal error at some moments of a solve. */
type History = readonly (readonly [sweeps: number, seconds: number, error: number])[];

interface Measured {
  readonly history: History;
  readonly transportCost: number;
  /** Cost and marginal error of a peer after some sweeps from our solution. */
  readonly near?: { readonly cost: number; readonly error: number };
}

interface Estimate {
  readonly seconds: number;
  readonly sweeps: number;
  readonly extrapolated: boolean;
}

await using device = await openDevice("cpu", { threads: 1 });
const rows: Record<string, unknown>[] = [];
for (const kind of given.problem.split(","))
  for (const points of numbers(given.points))
    for (const steepness of numbers(given.steepness)) rows.push(await compare(kind, points, steepness));
if (given.json) console.log(JSON.stringify(rows, null, 2));
else printTable(rows);

async function compare(kind: string, points: number, steepness: number): Promise<Record<string, unknown>> {
  const problem = await makeProblem(kind, points, steepness);
  const folder = await mkdtemp(join(tmpdir(), "entropic-"));
  try {
    const solution = await sinkhornNewton(problem, { device });
    await write(folder, { ...problem, ...solution });
    const contestants: Record<string, () => Promise<Measured>> = {
      "Sinkhorn–Newton": () => measureNewton(device, problem),
      "log-Sinkhorn": () => measureSinkhorn(device, problem),
      POT: () => measurePeer("pot_sinkhorn.py", folder, steepness),
      "OTT-JAX": () => measurePeer("ott_sinkhorn.py", folder, steepness),
    };
    const measured = new Map<string, Measured[]>(Object.keys(contestants).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      const order = Object.entries(contestants);
      // Every other round runs backwards, so that nobody always comes after the same neighbour.
      for (const [name, measure] of round % 2 ? order.reverse() : order) measured.get(name)!.push(await measure());
    }
    const row: Record<string, unknown> = { problem: kind, n: points, steepness };
    for (const [name, runs] of measured) {
      const estimates = runs.map(({ history }) => timeToTolerance(history)).sort((a, b) => a.seconds - b.seconds);
      row[name] = estimates[estimates.length >> 1];
      for (const run of runs) checkAgreement(name, run, solution);
    }
    console.error(`${kind}, n = ${points}, η max C = ${steepness}: done`);
    return row;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Costs with a maximum of 1. `random`: uniform on (0, 1), and uniform masses; `points`: squared distances in the unit square, and random masses. */
async function makeProblem(kind: string, points: number, steepness: number) {
  const [costKey, rowKey, columnKey] = split(key(0), 3);
  const draw = async (from: typeof costKey, shape: number[]) => {
    using drawn = uniform(from, shape, { device, dtype: "float64" });
    return (await drawn.data()) as Float64Array;
  };
  const alike = new Float64Array(points).fill(1 / points);
  const masses = async (from: typeof costKey) => {
    const raised = (await draw(from, [points])).map((value) => value + 0.1);
    const total = raised.reduce((sum, mass) => sum + mass, 0);
    return raised.map((mass) => mass / total);
  };
  let data: Float64Array;
  if (kind === "points") {
    const [x, y] = [await draw(rowKey, [points, 2]), await draw(columnKey, [points, 2])];
    data = Float64Array.from({ length: points * points }, (_, index) => {
      const [i, j] = [2 * Math.floor(index / points), 2 * (index % points)];
      return (x[i] - y[j]) ** 2 + (x[i + 1] - y[j + 1]) ** 2;
    });
  } else data = await draw(costKey, [points, points]);
  const largest = data.reduce((a, b) => Math.max(a, b), 0);
  return {
    costMatrix: { data: data.map((cost) => cost / largest), shape: [points, points] },
    rowMarginal: kind === "points" ? await masses(rowKey) : alike,
    columnMarginal: kind === "points" ? await masses(columnKey) : alike,
    regularization: 1 / steepness,
  };
}

async function write(folder: string, data: Awaited<ReturnType<typeof makeProblem>> & TransportResult): Promise<void> {
  await writeFile(join(folder, "costMatrix.f64"), data.costMatrix.data);
  for (const name of ["rowMarginal", "columnMarginal", "rowPotential", "columnPotential"] as const)
    await writeFile(join(folder, `${name}.f64`), data[name]);
}

async function measureNewton(device: Device, problem: TransportProblem): Promise<Measured> {
  const start = performance.now();
  const { marginalError, transportCost, iterations } = await sinkhornNewton(problem, { device, tolerance: TOLERANCE });
  const seconds = (performance.now() - start) / 1000;
  return { history: [[iterations.sinkhornSweeps + iterations.newtonSteps, seconds, marginalError]], transportCost };
}

async function measureSinkhorn(device: Device, problem: TransportProblem): Promise<Measured> {
  const history: [number, number, number][] = [];
  const start = performance.now();
  const interval = 50;
  const { transportCost } = await sinkhorn(problem, {
    device,
    tolerance: TOLERANCE,
    maximumSweeps: 10_000_000,
    checkInterval: interval,
    signal: AbortSignal.timeout(limit * 1000),
    onProgress: ({ error }) =>
      history.push([(history.length + 1) * interval, (performance.now() - start) / 1000, error]),
  });
  return { history, transportCost };
}

async function measurePeer(script: string, folder: string, steepness: number): Promise<Measured> {
  const { stdout } = await promisify(execFile)(
    given.python,
    [
      join(import.meta.dirname, script),
      folder,
      `--inverse-regularization=${steepness}`,
      `--seconds=${limit}`,
      `--tolerance=${TOLERANCE}`,
    ],
    {
      env: {
        ...process.env,
        OMP_NUM_THREADS: "1",
        OPENBLAS_NUM_THREADS: "1",
        JAX_PLATFORMS: "cpu",
        XLA_FLAGS: "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
      },
    },
  );
  const { history, transportCost, nearTransportCost, nearMarginalError } = JSON.parse(stdout);
  return { history, transportCost, near: { cost: nearTransportCost, error: nearMarginalError } };
}

function timeToTolerance(history: History): Estimate {
  const [sweeps, seconds, error] = history.at(-1)!;
  if (error <= TOLERANCE) return { seconds, sweeps, extrapolated: false };
  const [earlierSweeps, , earlierError] = history[history.length >> 1];
  const rate = Math.log(earlierError / error) / (sweeps - earlierSweeps);
  const needed = rate > 0 ? sweeps + Math.log(error / TOLERANCE) / rate : Number.POSITIVE_INFINITY;
  return { seconds: (seconds / sweeps) * needed, sweeps: Math.ceil(needed), extrapolated: true };
}

function checkAgreement(name: string, { history, transportCost, near }: Measured, solution: TransportResult): void {
  const converged = history.at(-1)![2] <= TOLERANCE;
  const cost = converged ? transportCost : near?.cost;
  if (cost !== undefined && !(Math.abs(cost - solution.transportCost) <= AGREEMENT))
    throw new Error(`${name} finds a transport cost of ${cost}, we ${solution.transportCost}`);
  if (near && !(near.error <= AGREEMENT)) throw new Error(`${name} leaves our solution: marginal error ${near.error}`);
}

function printTable(rows: readonly Record<string, unknown>[]): void {
  const names = ["Sinkhorn–Newton", "log-Sinkhorn", "POT", "OTT-JAX"];
  console.log(`| costs | n | η max C | ${names.join(" | ")} |`);
  console.log(`|${" --- |".repeat(3 + names.length)}`);
  for (const row of rows) {
    const own = (row[names[0]] as Estimate).seconds;
    const cells = names.map((name) => {
      const { seconds, sweeps, extrapolated } = row[name] as Estimate;
      if (name === names[0]) return `${time(seconds)}`;
      return `${extrapolated ? "~" : ""}${time(seconds)} (${sweeps} sweeps), ${ratio(seconds / own)}`;
    });
    console.log(`| ${row.problem} | ${row.n} | ${row.steepness} | ${cells.join(" | ")} |`);
  }
}

function ratio(value: number): string {
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}×`;
}

function time(seconds: number): string {
  return seconds < 1 ? `${(seconds * 1000).toPrecision(3)} ms` : `${seconds.toPrecision(3)} s`;
}
