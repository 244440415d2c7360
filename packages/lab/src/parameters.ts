import { AnsatzError, InvalidInputError } from "@ansatz/tensor";
import { z } from "zod";
import type { Experiment, ParameterSchema } from "./experiment.ts";
import { nearestName } from "./nearest-name.ts";

export type ParameterKind = "integer" | "number" | "boolean" | "choice" | "text";

/** A parameter as plain data: what flags, typed inputs and forms are generated from. */
export interface ParameterDescription {
  /** The key in the parameters, camelCase. */
  readonly name: string;
  /** Human name made from `name`: `"inverse regularization"`. */
  readonly label: string;
  readonly description: string;
  readonly kind: ParameterKind;
  readonly default: number | boolean | string;
  /** Smallest value (`integer`, `number`); not itself allowed when `exclusiveMinimum`. */
  readonly minimum?: number;
  /** Largest value (`integer`, `number`); not itself allowed when `exclusiveMaximum`. */
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  /** The values of a `choice`, in declared order. */
  readonly choices?: readonly string[];
}

/** One thing wrong with the given parameters. */
export interface ParameterIssue {
  /** Where: `["points"]`; empty when the parameters as a whole are wrong. */
  readonly path: readonly (string | number)[];
  /** A sentence for people: `"points: expected an integer from 2 to 8192, got 1"`. */
  readonly message: string;
  /** What was expected, where that can be said in a few words. */
  readonly expected?: string;
  /** What was given, printed. */
  readonly actual?: string;
}

/** The parameters of a run were wrong: every issue at once. Thrown before any work is done. */
export class InvalidParametersError extends AnsatzError {
  readonly experiment: string;
  readonly issues: readonly ParameterIssue[];

  constructor(experiment: string, issues: readonly ParameterIssue[]) {
    super("INVALID_INPUT", `${experiment}: ${issues.map((issue) => issue.message).join("; ")}`);
    this.experiment = experiment;
    this.issues = issues;
  }
}

/**
 * Fills in defaults and checks the parameters of a run against the experiment's schema; unknown names are refused.
 * @throws InvalidParametersError with every issue found.
 */
export function validateParameters(experiment: Experiment, input: unknown): Record<string, unknown> {
  const parsed = experiment.parameters.strict().safeParse(input ?? {});
  if (parsed.success) return parsed.data;
  const described = new Map(describeParameters(experiment).map((parameter) => [parameter.name, parameter]));
  throw new InvalidParametersError(
    experiment.id,
    parsed.error.issues.flatMap((issue) => explainIssue(issue, input, described)),
  );
}

/** The parameters of an experiment in declared order. */
export function describeParameters(experiment: Pick<Experiment, "parameters">): ParameterDescription[] {
  return describeSchema(experiment.parameters);
}

/**
 * Describes a flat object schema field by field.
 * @throws InvalidInputError naming the first field that has no default or description, an unusable name or an unsupported type.
 */
export function describeSchema(schema: ParameterSchema, argument = "parameters"): ParameterDescription[] {
  if (schema?._zod?.def?.type !== "object") throw new InvalidInputError(argument, "a z.object", schema);
  return Object.entries(schema.shape).map(([name, field]) =>
    describeField(`${argument}.${name}`, name, field as z.ZodType),
  );
}

/** `"an integer from 2 to 8192"`, `"one of \"random\", \"digits\""`: what a parameter accepts, in words. */
export function acceptedValues(parameter: ParameterDescription): string {
  switch (parameter.kind) {
    case "integer":
      return `an integer${interval(parameter)}`;
    case "number":
      return `a number${interval(parameter)}`;
    case "boolean":
      return "true or false";
    case "choice":
      return `one of ${parameter.choices?.map((choice) => JSON.stringify(choice)).join(", ")}`;
    case "text":
      return "text";
  }
}

/** `inverseRegularization` → `inverse regularization`, or with another separator: `inverse-regularization`. */
export function separateWords(camelCase: string, separator: string): string {
  return camelCase.replace(/[A-Z]/g, (letter) => `${separator}${letter.toLowerCase()}`);
}

const CAMEL_CASE = /^[a-z][a-zA-Z0-9]*$/;

/** Names that the command and the gateway use for the run itself. */
const RESERVED = new Set(["device", "help", "json", "out", "quiet", "seed", "version"]);

/** The unwrapped parts of a zod schema that this file reads; zod's classes may come from another copy of the library. */
interface SchemaDefinition {
  readonly type: string;
  readonly innerType?: z.ZodType;
  readonly defaultValue?: unknown;
  readonly coerce?: boolean;
}

function describeField(argument: string, name: string, field: z.ZodType): ParameterDescription {
  if (!CAMEL_CASE.test(name)) throw new InvalidInputError(argument, "a camelCase name", name);
  if (RESERVED.has(name)) throw new InvalidInputError(argument, "a name that is not a flag of every run", name);
  const wrapper = field._zod.def as SchemaDefinition;
  if (wrapper.type !== "default" || wrapper.innerType === undefined)
    throw new InvalidInputError(argument, "a field that ends in .default(…).describe(…)", `z.${wrapper.type}`);
  const inner = wrapper.innerType;
  const description = field.description ?? inner.description;
  if (!description) throw new InvalidInputError(argument, "a .describe(…) text", description);
  const type = describeType(argument, inner);
  const checkedDefault = inner.safeParse(wrapper.defaultValue);
  if (!checkedDefault.success)
    throw new InvalidInputError(`${argument}: default`, "a value the field accepts", wrapper.defaultValue);
  return {
    name,
    label: separateWords(name, " "),
    description,
    default: wrapper.defaultValue as ParameterDescription["default"],
    ...type,
  };
}

type ParameterType = Omit<ParameterDescription, "name" | "label" | "description" | "default">;

function describeType(argument: string, field: z.ZodType): ParameterType {
  const definition = field._zod.def as SchemaDefinition;
  switch (definition.coerce ? "coerced" : definition.type) {
    case "number":
      return describeNumber(field);
    case "boolean":
      return { kind: "boolean" };
    case "string":
      return { kind: "text" };
    case "enum": {
      const choices = Object.values((definition as unknown as { entries: Record<string, unknown> }).entries);
      if (choices.every((choice) => typeof choice === "string")) return { kind: "choice", choices };
    }
  }
  throw new InvalidInputError(
    argument,
    "z.int, z.number, z.boolean, z.string or a z.enum of strings",
    `z.${definition.coerce ? "coerce." : ""}${definition.type}`,
  );
}

function describeNumber(field: z.ZodType): ParameterType {
  const schema = z.toJSONSchema(field) as NumberSchema;
  const minimum = schema.exclusiveMinimum ?? schema.minimum;
  const maximum = schema.exclusiveMaximum ?? schema.maximum;
  return {
    kind: schema.type,
    // The bounds of exact integers are zod's way of saying "unbounded".
    ...(minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER && { minimum }),
    ...(maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER && { maximum }),
    ...(schema.exclusiveMinimum !== undefined && { exclusiveMinimum: true }),
    ...(schema.exclusiveMaximum !== undefined && { exclusiveMaximum: true }),
  };
}

/** The part of a number's JSON Schema (draft 2020-12) that is read here. */
interface NumberSchema {
  readonly type: "integer" | "number";
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
}

function interval({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: ParameterType): string {
  if (minimum !== undefined && maximum !== undefined && !exclusiveMinimum && !exclusiveMaximum)
    return ` from ${minimum} to ${maximum}`;
  const bounds: string[] = [];
  if (minimum !== undefined) bounds.push(`${exclusiveMinimum ? ">" : "≥"} ${minimum}`);
  if (maximum !== undefined) bounds.push(`${exclusiveMaximum ? "<" : "≤"} ${maximum}`);
  return bounds.length === 0 ? "" : ` ${bounds.join(" and ")}`;
}

function explainIssue(
  issue: z.core.$ZodIssue,
  input: unknown,
  described: ReadonlyMap<string, ParameterDescription>,
): ParameterIssue[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => explainUnknown(key, [...described.keys()]));
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  const parameter = described.get(String(path[0]));
  if (path.length === 0 && issue.code === "invalid_type") return [explain(path, "parameters", "an object", input)];
  if (parameter === undefined) return [{ path, message: issue.message }];
  const value = (input as Record<string, unknown>)[parameter.name];
  // A refinement, a pattern or a step is known only to the schema; the rest reads better in the parameter's own words.
  const words = ["invalid_type", "invalid_value", "too_small", "too_big"].includes(issue.code);
  return [explain(path, parameter.name, words ? acceptedValues(parameter) : issue.message, value)];
}

function explain(path: (string | number)[], argument: string, expected: string, value: unknown): ParameterIssue {
  const { message, actual } = new InvalidInputError(argument, expected, value);
  return { path, message, expected, actual };
}

function explainUnknown(name: string, known: readonly string[]): ParameterIssue {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? `known are ${known.join(", ") || "none"}` : `did you mean ${nearest}?`;
  return { path: [name], message: `${name}: unknown parameter; ${hint}` };
}
