import type { Device, Key } from "@ansatz/tensor";
import type { z } from "zod";
import type { Expectation } from "./expectation.ts";
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

/** An experiment as `discoverPackages` hands it out. */
export interface Experiment {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly paper: PaperReference;
  readonly parameters: ParameterSchema;
  readonly metrics: Readonly<Record<string, MetricDeclaration>>;
  run(context: ExperimentContext<never>): Promise<ExperimentResult>;
}

/**
 * Declares an experiment: a claim of a paper, its parameters and how to reproduce it.
 *
 * @throws InvalidInputError when the id is not `package/method`, a parameter lacks a default or a description, or no metric is declared.
 */
export function defineExperiment<Schema extends ParameterSchema, MetricName extends string>(
  declaration: ExperimentDeclaration<Schema, MetricName>,
): Experiment {
  // Checks come with the implementation of the lab (see `experiment.test.ts`).
  return declaration as unknown as Experiment;
}
