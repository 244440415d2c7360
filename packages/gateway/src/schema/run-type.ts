import type { CheckedExpectation, HardwareFingerprint, MetricDeclaration } from "@ansatz/lab";
import type { StoredRun } from "../storage/tables.ts";
import type { Builder } from "./builder.ts";
import type { ObservationTypes } from "./observation-types.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** `Run`, the query that reads one, and the parts of its record. */
export function addRunType(builder: Builder, vocabulary: Vocabulary, observations: ObservationTypes): void {
  const metric = addMetric(builder, vocabulary);
  const expectation = addExpectation(builder);
  const hardware = addHardware(builder);
  const runDevice = builder.objectRef<{ kind: StoredRun["device"]; name: string | null }>("RunDevice").implement({
    fields: (t) => ({
      kind: t.expose("kind", { type: vocabulary.deviceKind }),
      name: t.exposeString("name", {
        nullable: true,
        description: "The device as it described itself; absent until the run has ended.",
      }),
    }),
  });
  const packageVersion = builder.objectRef<{ name: string; version: string }>("PackageVersion").implement({
    fields: (t) => ({ name: t.exposeString("name"), version: t.exposeString("version") }),
  });
  const failure = builder.objectRef<{ code: string; message: string }>("RunFailure").implement({
    description: "Why a run failed.",
    fields: (t) => ({
      code: t.exposeString("code", {
        description:
          'Code of the error: "INVALID_INPUT", "DEVICE_UNAVAILABLE", "DIVERGED", …; "INTERRUPTED" when the gateway stopped meanwhile, "CRASHED" when the thread died, "UNEXPECTED" otherwise.',
      }),
      message: t.exposeString("message", { description: "In words a user can act on." }),
    }),
  });

  builder.objectType("Run", {
    description: "One execution of an experiment: what was asked, what happened, what came out.",
    fields: (t) => ({
      id: t.exposeID("id"),
      number: t.exposeInt("number", { description: "Counts the runs of this gateway from 1, for people." }),
      experimentId: t.exposeID("experiment"),
      experiment: t.field({
        type: "Experiment",
        nullable: true,
        description: "Absent when its package is not installed any more.",
        resolve: (run, _args, { catalogue }) => catalogue.experiment(run.experiment),
      }),
      status: t.expose("status", { type: vocabulary.runStatus }),
      parameters: t.expose("parameters", { type: "JSON", description: "By name, defaults included." }),
      seed: t.expose("seed", { type: "SafeInteger" }),
      device: t.field({ type: runDevice, resolve: (run) => ({ kind: run.device, name: run.deviceName }) }),
      idempotencyKey: t.exposeString("idempotencyKey", { nullable: true }),
      versions: t.field({
        type: [packageVersion],
        description: "What it ran with; empty until the run has ended.",
        resolve: ({ versions }) => Object.entries(versions ?? {}).map(([name, version]) => ({ name, version })),
      }),
      gitCommit: t.exposeString("gitCommit", {
        nullable: true,
        description: 'Commit the experiment was loaded from, with "+" when it had local changes; absent outside git.',
      }),
      hardware: t.field({ type: hardware, nullable: true, resolve: (run) => run.hardware }),
      failure: t.field({
        type: failure,
        nullable: true,
        resolve: ({ failureCode, failureMessage }) =>
          failureCode === null ? null : { code: failureCode, message: failureMessage ?? "" },
      }),
      metrics: t.field({
        type: [metric],
        description: "In the order the experiment declares them; empty until the run has ended.",
        resolve: (run, _args, { catalogue }) =>
          metricsOf(run, catalogue.experiment(run.experiment)?.declaration.metrics ?? {}),
      }),
      expectations: t.field({
        type: [expectation],
        description: "The paper's claims, held against the metrics; empty until the run has ended.",
        resolve: ({ expectations }) => [...(expectations ?? [])],
      }),
      expectationsMet: t.boolean({
        nullable: true,
        description: "Whether every expectation is met; absent until the run has succeeded.",
        resolve: ({ status, expectations }) =>
          status === "SUCCEEDED" ? (expectations ?? []).every(({ met }) => met) : null,
      }),
      progress: t.field({
        type: observations.progress,
        nullable: true,
        resolve: ({ progressDone: done, progressTotal: total, progressMessage: message }) =>
          done === null || total === null ? null : { done, total, message },
      }),
      createdAt: t.expose("createdAt", { type: "DateTime" }),
      cancelRequestedAt: t.expose("cancelRequestedAt", { type: "DateTime", nullable: true }),
      startedAt: t.expose("startedAt", { type: "DateTime", nullable: true }),
      finishedAt: t.expose("finishedAt", { type: "DateTime", nullable: true }),
      seconds: t.exposeFloat("seconds", { nullable: true, description: "Wall time of the experiment alone." }),
      lastSequence: t.exposeInt("lastSequence", {
        description:
          "The newest event this answer contains. Subscribe to `runUpdates` with `after: lastSequence` to go on from here without gap or repetition.",
      }),
      series: t.field({
        type: [observations.series],
        description: "The curves of the run, in the order of their first points.",
        args: { names: t.arg.stringList({ description: "Only these." }) },
        resolve: (run, { names }, { runs }) => runs.series(run, names ?? undefined),
      }),
      tables: t.field({ type: [observations.table], resolve: (run, _args, { runs }) => runs.tables(run) }),
      images: t.field({ type: [observations.image], resolve: (run, _args, { runs }) => runs.images(run) }),
      heatmaps: t.field({ type: [observations.heatmap], resolve: (run, _args, { runs }) => runs.heatmaps(run) }),
      notes: t.field({
        type: [observations.note],
        description: "The log of the run.",
        resolve: (run, _args, { runs }) => runs.notes(run),
      }),
    }),
  });

  builder.queryField("run", (t) =>
    t.field({
      type: "Run",
      nullable: true,
      description: "The run of this id; null when there is none.",
      args: { id: t.arg.id({ required: true }) },
      resolve: (_root, { id }, { runs }) => runs.find(id),
    }),
  );
}

interface MeasuredMetric extends MetricDeclaration {
  readonly name: string;
  readonly value: number | null;
}

/** Declared metrics first and in order; a metric that the installed version no longer declares keeps its bare name. */
function metricsOf(run: StoredRun, declared: Readonly<Record<string, MetricDeclaration>>): MeasuredMetric[] {
  const measured = run.metrics ?? {};
  const names = new Set([...Object.keys(declared).filter((name) => name in measured), ...Object.keys(measured)]);
  return [...names].map((name) => ({ ...(declared[name] ?? { label: name }), name, value: measured[name] }));
}

function addMetric(builder: Builder, { metricDirection }: Vocabulary) {
  return builder.objectRef<MeasuredMetric>("Metric").implement({
    description: "A number a run ended with.",
    fields: (t) => ({
      name: t.exposeString("name"),
      label: t.exposeString("label"),
      unit: t.string({ nullable: true, resolve: ({ unit }) => unit }),
      better: t.field({ type: metricDirection, nullable: true, resolve: ({ better }) => better }),
      value: t.expose("value", { type: "Real", nullable: true, description: "Null: not measured in this run." }),
    }),
  });
}

function addExpectation(builder: Builder) {
  const relation = builder.enumType("ExpectationRelation", {
    values: {
      AT_MOST: { value: "at-most" },
      AT_LEAST: { value: "at-least" },
      WITHIN: { value: "within", description: "Within `tolerance` of `target`." },
    } as const,
  });
  return builder.objectRef<CheckedExpectation>("Expectation").implement({
    description: "A number of the paper that a run must reproduce, and whether it did.",
    fields: (t) => ({
      metric: t.exposeString("metric", { description: "Name of the metric it is about." }),
      relation: t.field({ type: relation, resolve: (expectation) => expectation.relation }),
      target: t.expose("target", { type: "Real" }),
      tolerance: t.field({ type: "Real", nullable: true, resolve: ({ tolerance }) => tolerance }),
      source: t.exposeString("source", { description: 'Where the number comes from, for example "paper, table 1".' }),
      actual: t.expose("actual", { type: "Real", nullable: true }),
      met: t.exposeBoolean("met"),
    }),
  });
}

function addHardware(builder: Builder) {
  return builder.objectRef<HardwareFingerprint>("Hardware").implement({
    description: "The machine a run used.",
    fields: (t) => ({
      id: t.exposeString("id", { description: "Equal for equal hardware." }),
      cpu: t.exposeString("cpu"),
      cores: t.exposeInt("cores"),
      memoryBytes: t.exposeFloat("memoryBytes"),
      platform: t.exposeString("platform"),
      gpu: t.string({ nullable: true, resolve: ({ gpu }) => gpu }),
    }),
  });
}
