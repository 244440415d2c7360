import type { ExperimentQuery } from "../generated/operations.ts";

export type Parameter = NonNullable<ExperimentQuery["experiment"]>["parameters"][number];

/** What a field holds while it is edited: text as typed, or a switch. */
export type FieldValue = string | boolean;
export type FieldValues = Readonly<Record<string, FieldValue>>;

function fieldValue(parameter: Parameter, value: unknown): FieldValue {
  return parameter.kind === "BOOLEAN" ? Boolean(value) : String(value);
}

/** The form's first state: each parameter as in `like`, else its default. */
export function initialValues(
  parameters: readonly Parameter[],
  like: Readonly<Record<string, unknown>> = {},
): FieldValues {
  return Object.fromEntries(
    parameters.map((parameter) => [parameter.name, fieldValue(parameter, like[parameter.name] ?? parameter.default)]),
  );
}

export function isDefault(parameter: Parameter, value: FieldValue): boolean {
  const standard = fieldValue(parameter, parameter.default);
  return value === standard || (isNumeric(parameter) && value !== "" && Number(value) === Number(standard));
}

export function isNumeric(parameter: Pick<Parameter, "kind">): boolean {
  return parameter.kind === "INTEGER" || parameter.kind === "NUMBER";
}

/** A number as people type it (`1e-12`, `1 200`, `−3`), or undefined where there is none. */
export function typedNumber(text: string): number | undefined {
  const plain = text.replace(/[\s\u202f\u00a0]/g, "").replace("\u2212", "-");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain)) return undefined;
  const value = Number(plain);
  return Number.isFinite(value) ? value : undefined;
}

export interface ParsedForm {
  readonly parameters: Record<string, unknown>;
  readonly problems: Record<string, string>;
}

/**
 * Turns what was typed into parameters. Only text that is no number is a problem here: bounds are the gateway's business, which
 * knows them better and says so in words.
 */
export function parseForm(parameters: readonly Parameter[], values: FieldValues): ParsedForm {
  const parsed: ParsedForm = { parameters: {}, problems: {} };
  for (const parameter of parameters) {
    const value = values[parameter.name];
    if (!isNumeric(parameter)) {
      parsed.parameters[parameter.name] = value;
      continue;
    }
    const number = typedNumber(String(value));
    if (number === undefined)
      parsed.problems[parameter.name] = value === "" ? "A number is needed." : `“${value}” is not a number.`;
    else parsed.parameters[parameter.name] = number;
  }
  return parsed;
}
