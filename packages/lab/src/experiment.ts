import { type Device, InvalidInputError, type Key } from "@ansatz/tensor";
import type { z } from "zod";
import type { Expectation } from "./expectation.ts";
import { describeSchema } from "./parameters.ts";
import type { Report } from "./report.ts";

/** The paper an experiment reproduces. */
export interface PaperReference {
  readonly title: string;
  readonly authors?: readonly string[];
  readonly year?: number;
  readonly url?: string;
  /** The part reproduced, e.g. `"section 4.1, table 1"`. */
  readonly section?: string;
}

/** How one number of the result reads: shown as a column head, a unit and a direction. */
export interface MetricDeclaration {
  /** Human name, e.g. `"marginal error"`. */
  readonly label: string;
  /** Unit as printed after the number (`"s"`, `"iterations"`); omitted for dimensionless numbers. */
  readonly unit?: string;
  /** Which direction is an improvement; omitted where neither is. */
  readonly better?: "lower" | "higher";
}

/** What `run` receives. The device is open for the length of the run and is closed by the caller. */
export interface ExperimentContext<Parameters> {
  readonly parameters: Parameters;
  readonly device: Device;
  /** Root random key, made from the run's seed; split it, never reuse it. */
  readonly key: Key;
  readonly signal: AbortSignal;
  readonly report: Report;
}

/** What `run` returns: one finite number (or null: not measured) per declared metric, and the claims checked. */
export interface ExperimentResult<MetricName extends string = string> {
  readonly metrics: Readonly<Record<MetricName, number | null>>;
  readonly expectations: readonly Expectation[];
}

/** The schema of an experiment's parameters: a flat `z.object` whose fields all have defaults and descriptions. */
export type ParameterSchema = z.ZodObject;

export interface ExperimentDeclaration<Schema extends ParameterSchema, MetricName extends string> {
  /** `"<package>/<method>"`, lower-case kebab: `"ot/sinkhorn-newton"`. Unique over all installed packages. */
  readonly id: string;
  readonly title: string;
  /** One or two sentences for someone who has not read the paper. */
  readonly summary: string;
  readonly paper: PaperReference;
  /**
   * Flat object schema. Every field has `.default(...)` and `.describe(...)` (description with unit); numbers have bounds; choices are `z.enum`.
   * The command turns fields into flags, the gateway into a typed input, the dashboard into a form.
   */
  readonly parameters: Schema;
  /** Every metric that `run` may return, in the order they should be shown. */
  readonly metrics: Readonly<Record<MetricName, MetricDeclaration>>;
  run(context: ExperimentContext<z.output<Schema>>): Promise<ExperimentResult<NoInfer<MetricName>>>;
}

/** The installed package that something was loaded from. */
export interface PackageOrigin {
  readonly name: string;
  readonly version: string;
  /** Absolute path of the folder that holds its package.json. */
  readonly directory: string;
}

/** A declared experiment, whatever its parameters. */
export interface Experiment {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly paper: PaperReference;
  readonly parameters: ParameterSchema;
  readonly metrics: Readonly<Record<string, MetricDeclaration>>;
  /** Set by `discoverPackages`; its version and git commit go into the record of a run. */
  readonly origin?: PackageOrigin;
  run(context: ExperimentContext<never>): Promise<ExperimentResult>;
}

/** `package/name`, lower-case kebab on both sides. */
const ID = /^[a-z][a-z0-9]*(-[a-z0-9]+)*\/[a-z0-9]+(-[a-z0-9]+)*$/;

/** @throws InvalidInputError unless `id` is `package/name` in lower-case kebab. */
export function checkId(argument: string, id: unknown): void {
  if (typeof id !== "string" || !ID.test(id))
    throw new InvalidInputError(argument, '"package/name" in lower-case kebab, e.g. "ot/sinkhorn-newton"', id);
}

/** @throws InvalidInputError unless `text` says something. */
export function checkText(argument: string, text: unknown): void {
  if (typeof text !== "string" || text.trim() === "") throw new InvalidInputError(argument, "a text", text);
}

/**
 * Declares an experiment: a claim of a paper, its parameters and how to reproduce it.
 *
 * @throws InvalidInputError naming the first thing wrong: an id that is not `package/method`, an empty text, no metric,
 * or a parameter without default or description, with a reserved name or of a type that no form can show.
 */
export function defineExperiment<Schema extends ParameterSchema, MetricName extends string>(
  declaration: ExperimentDeclaration<Schema, MetricName>,
): Experiment {
  const { id, title, summary, paper, parameters, metrics, run } = declaration;
  checkId("experiment: id", id);
  checkText(`${id}: title`, title);
  checkText(`${id}: summary`, summary);
  checkText(`${id}: paper.title`, paper?.title);
  if (typeof run !== "function") throw new InvalidInputError(`${id}: run`, "a function", run);
  checkMetrics(id, metrics);
  describeSchema(parameters, `${id}: parameters`);
  return declaration as unknown as Experiment;
}

function checkMetrics(id: string, metrics: Readonly<Record<string, MetricDeclaration>>): void {
  const names = Object.keys(metrics ?? {});
  if (names.length === 0) throw new InvalidInputError(`${id}: metrics`, "at least one metric", metrics);
  for (const name of names) {
    if (!/^[a-z][a-zA-Z0-9]*$/.test(name)) throw new InvalidInputError(`${id}: metrics`, "camelCase names", name);
    checkText(`${id}: metrics.${name}.label`, metrics[name].label);
  }
}
