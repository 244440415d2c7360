/**
 * Times `exactTransport` and POT's `emd` on the same random problems, in alternation and on one thread each, and prints a table:
 *
 *     node --conditions=ansatz-source peers/compare-exact.ts --python .venv/bin/python
 *
 * Costs are uniform on (0, 1), and masses alike or uniform on (0.1, 1.1) and normalised. Both must find the same cost to 10⁻¹².
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { exactTransport } from "@ansatz/ot";
import { key, openDevice, split, uniform } from "@ansatz/tensor";

const { values: given } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    points: { type: "string", default: "100,500,1000" },
    rounds: { type: "string", default: "5" },
  },
});

await using device = await openDevice("cpu", { threads: 1 });
console.log("| masses | n | exactTransport | POT emd | ratio |");
console.log("| --- | --- | --- | --- | --- |");
for (const masses of ["alike", "random"])
  for (const points of given.points.split(",").map(Number)) await compare(masses, points);

async function compare(masses: string, points: number): Promise<void> {
  const [costKey, ...massKeys] = split(key(0), 3);
  const draw = async (from: typeof costKey, shape: number[]) => {
    using drawn = uniform(from, shape, { device, dtype: "float64" });
    return await drawn.data();
  };
  const marginals = await Promise.all(
    massKeys.map(async (from) => {
      const raised = (await draw(from, [points])).map((mass) => (masses === "alike" ? 1 : mass + 0.1));
      const total = raised.reduce((sum, mass) => sum + mass, 0);
      return raised.map((mass) => mass / total);
    }),
  );
  const [rowMarginal, columnMarginal] = marginals;
  const data = await draw(costKey, [points, points]);
  const problem = { costMatrix: { data, shape: [points, points] }, rowMarginal, columnMarginal };
  const folder = await mkdtemp(join(tmpdir(), "exact-"));
  try {
    for (const [name, values] of Object.entries({ rowMarginal, columnMarginal, costMatrix: data }))
      await writeFile(join(folder, `${name}.f64`), values);
    const [own, peer]: [number[], number[]] = [[], []];
    for (let round = 0; round < Number(given.rounds); round++) {
      // As often as pot_emd.py, of which the fastest counts.
      let fastest = Number.POSITIVE_INFINITY;
      let cost = Number.NaN;
      for (let repetition = 0; repetition < 3; repetition++) {
        const start = performance.now();
        cost = (await exactTransport(problem, { device })).transportCost;
        fastest = Math.min(fastest, (performance.now() - start) / 1000);
      }
      own.push(fastest);
      const { stdout } = await promisify(execFile)(given.python, [
        join(import.meta.dirname, "pot_emd.py"),
        "time",
        folder,
      ]);
      const { seconds, transportCost } = JSON.parse(stdout);
      if (!(Math.abs(transportCost - cost) <= 1e-12)) throw new Error(`POT finds ${transportCost}, we ${cost}`);
      peer.push(seconds);
    }
    const ratios = own.map((seconds, round) => seconds / peer[round]);
    const cells = [milliseconds(median(own)), milliseconds(median(peer)), median(ratios).toFixed(2)];
    console.log(`| ${masses} | ${points} | ${cells.join(" | ")} |`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}

function milliseconds(seconds: number): string {
  return `${(1000 * seconds).toPrecision(3)} ms`;
}
