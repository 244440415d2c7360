import { InvalidInputError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { linearSchedule } from "../noise-schedules/index.ts";
import { empiricalGenome, empiricalGenomes } from "./empirical-schedules.ts";
import { encodeGenome, type GenomeStep, genomeOf, type SolverGenome } from "./genome.ts";
import { checkGenome, checkGenomeFits, decodeGenome } from "./validate-genome.ts";

const schedule = linearSchedule();
const unipc = empiricalGenome({ kind: "unipc", order: 3, variant: "bh2" }, { schedule, evaluations: 6 });

/** The genome with some part replaced. */
function changed(change: (genome: { -readonly [K in keyof SolverGenome]: SolverGenome[K] }) => void): unknown {
  const copy = structuredClone(unipc) as SolverGenome;
  change(copy);
  return copy;
}

function withStep(index: number, change: object): unknown {
  return changed((genome) => {
    genome.steps = genome.steps.map((step, k) => (k === index ? { ...step, ...change } : step));
  });
}

function withCorrector(index: number, change: object): unknown {
  return withStep(index, { corrector: { ...unipc.steps[index].corrector, ...change } });
}

describe("a solver as data", () => {
  it("comes back from its file as it was, with every digit", () => {
    for (const genome of empiricalGenomes({ schedule, evaluations: 7 }))
      expect(decodeGenome(encodeGenome(genome))).toEqual(genome);
    expect(() => decodeGenome("{")).toThrow(InvalidInputError);
  });

  it.each([
    ["genome", []],
    ["genome.format", changed((genome) => Object.assign(genome, { format: "other" }))],
    ["genome.version", changed((genome) => Object.assign(genome, { version: 2 }))],
    ["genome.steps", changed((genome) => Object.assign(genome, { steps: [], times: [1] }))],
    ["genome.times", changed((genome) => Object.assign(genome, { times: genome.times.slice(1) }))],
    ["genome.times[2]", changed((genome) => Object.assign(genome, { times: genome.times.with(2, genome.times[1]) }))],
    ["genome.times[3]", changed((genome) => Object.assign(genome, { times: genome.times.with(3, Number.NaN) }))],
    ["genome.evaluations", changed((genome) => Object.assign(genome, { evaluations: 7 }))],
    ["genome.evaluations", changed((genome) => Object.assign(genome, { analyticalFirstStep: { dataMean: 0 } }))],
    ["genome.evaluations", withCorrector(2, { kind: "implicit" })],
    ["genome.analyticalFirstStep.dataMean", changed((genome) => Object.assign(genome, { analyticalFirstStep: {} }))],
    ["genome.name", changed((genome) => Object.assign(genome, { name: 1 }))],
    ["genome.steps[1].prediction", withStep(1, { prediction: "score" })],
    ["genome.steps[1].start", withStep(1, { start: -3 })],
    ["genome.steps[1].start", withStep(1, { start: 0 })],
    ["genome.steps[2].order", withStep(2, { order: 4 })],
    ["genome.steps[0].order", withStep(0, { order: 2 })],
    ["genome.steps[2].active[0]", withStep(2, { active: [-1, -2] })],
    ["genome.steps[2].active[1]", withStep(2, { active: [-2, -4] })],
    ["genome.steps[2].active[1]", withStep(2, { active: [-2, -2] })],
    ["genome.steps[4].active", withStep(4, { active: [-2, -3, -4, -5] })],
    ["genome.steps[2].derivatives", withStep(2, { derivatives: "some" })],
    ["genome.steps[2].scaling", withStep(2, { scaling: "bh3" })],
    ["genome.steps[2].scaling", withStep(2, { scaling: { linear: 1.5 } })],
    ["genome.steps[2].scaling", withStep(2, { scaling: null })],
    ["genome.steps[5].corrector", withStep(5, { corrector: unipc.steps[4].corrector })],
    ["genome.steps[2].corrector.kind", withCorrector(2, { kind: "explicit" })],
    ["genome.steps[2].corrector.start", withCorrector(2, { start: -1, active: [-2, -3, -4] })],
    ["genome.steps[2].corrector.order", withCorrector(2, { order: 1 })],
    ["genome.steps[2].corrector.active", withCorrector(2, { active: [-3, -4], order: 3 })],
    ["genome.steps[2].corrector.active[2]", withCorrector(2, { active: [-1, -3, -5] })],
  ])("is refused for its %s", (argument, value) => {
    expect(() => checkGenome(value)).toThrow(expect.objectContaining({ code: "INVALID_INPUT", argument }));
  });

  it("is refused for a schedule that it does not fit", () => {
    const early = { ...unipc, times: unipc.times.map((time) => time + 1) };
    expect(() => checkGenomeFits(checkGenome(early), schedule)).toThrow("genome.times[0]");
    checkGenomeFits(unipc, schedule);
  });

  it("is refused where c·h < −1 turns the sign of a derivative", () => {
    const first: GenomeStep = {
      ...{ prediction: "noise", start: -1, order: 1, active: [], derivatives: "full", scaling: "none" },
      corrector: null,
    };
    const second = (linear: number): GenomeStep => ({ ...first, order: 2, active: [-2], scaling: { linear } });
    const genome = (linear: number) =>
      genomeOf({
        analyticalFirstStep: "none",
        times: [1, schedule.timeAt(-2), schedule.timeAt(2)],
        steps: [first, second(linear)],
      });
    checkGenomeFits(genome(-0.249), schedule);
    expect(() => checkGenomeFits(genome(-0.251), schedule)).toThrow("genome.steps[1].scaling");
    const negative = genome(0).steps.with(1, { ...second(0), scaling: "minus-half-exponential" });
    expect(() => checkGenomeFits({ ...genome(0), steps: negative }, schedule)).toThrow("genome.steps[1].scaling");
  });
});
