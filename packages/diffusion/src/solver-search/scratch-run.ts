import { writeFileSync } from "node:fs";
import { key } from "@ansatz/tensor";
import { digitMixture } from "../digits/index.ts";
import { THREE_GAUSSIANS } from "../models/index.ts";
import { mixtureProblem } from "./mixture-problem.ts";
import { searchSolver } from "./search-solver.ts";

const a = Object.fromEntries(process.argv.slice(2).map((x) => x.split("=")));
const mixture = a.what === "digits" ? await digitMixture() : THREE_GAUSSIANS;
const r = await searchSolver(mixtureProblem(mixture), {
  evaluations: Number(a.nfe),
  samples: Number(a.samples),
  budget: Number(a.budget ?? 150),
  stages: Number(a.stages ?? 4),
  finalists: 10,
  finalSamples: Number(a.final ?? 2),
  threads: Number(a.threads ?? 1),
  key: key(Number(a.seed ?? 1)),
  strategy: (a.strategy ?? "predictor") as never,
  candidates: Number(a.cand ?? 2000),
  predictor: { epochs: 100, networks: 1 },
  onProgress: (p) => {
    if (a.v) console.log(p.measured, p.seconds.toFixed(1), Math.min(...p.state.measured.map((m) => m.quality)));
  },
});
console.log(
  a.what,
  a.nfe,
  a.strategy,
  "seed",
  a.seed,
  r.reason,
  "q",
  r.quality.toFixed(4),
  "final",
  r.finalQuality.toFixed(4),
  "emp",
  r.empirical.genome.name,
  r.empirical.quality.toFixed(4),
  r.empirical.finalQuality.toFixed(4),
  "ratio",
  (r.finalQuality / r.empirical.finalQuality).toFixed(3),
  "tau",
  r.history.map((h) => h.rankCorrelation?.toFixed(2)).join(" "),
  r.statistics.seconds.toFixed(1),
  "s",
);
if (a.out) writeFileSync(a.out, JSON.stringify(r));
