import { acceptedValues, type ParameterDescription, separateWords } from "../parameters.ts";
import type { Arguments, Flag } from "./arguments.ts";

/** The flag of each parameter: `inverseRegularization` becomes `--inverse-regularization`, a boolean also `--no-…`. */
export function parameterFlags(parameters: readonly ParameterDescription[]): Flag[] {
  return parameters.map((parameter) => ({
    name: separateWords(parameter.name, "-"),
    type: parameter.kind === "boolean" ? "switch" : "value",
    negatable: parameter.kind === "boolean",
    placeholder: placeholderOf(parameter),
    description: `${parameter.description} (${boundsOf(parameter)}default ${parameter.default})`,
  }));
}

/** The parameters given as flags. A text that is no number stays text, for the schema to refuse with a full sentence. */
export function parametersFrom(
  { flags }: Arguments,
  parameters: readonly ParameterDescription[],
): Record<string, unknown> {
  const given: Record<string, unknown> = {};
  for (const { name, kind } of parameters) {
    const text = flags.get(separateWords(name, "-"))?.[0];
    if (text !== undefined) given[name] = readValue(text, kind);
  }
  return given;
}

function readValue(text: string, kind: ParameterDescription["kind"]): unknown {
  if (kind === "boolean") return text === "true";
  if (kind !== "integer" && kind !== "number") return text;
  const value = Number(text);
  return text.trim() === "" || Number.isNaN(value) ? text : value;
}

/** What the placeholder does not say already. */
function boundsOf(parameter: ParameterDescription): string {
  return parameter.kind === "integer" || parameter.kind === "number" ? `${acceptedValues(parameter)}; ` : "";
}

function placeholderOf({ kind, choices }: ParameterDescription): string {
  if (kind === "choice") return choices?.join("|") ?? "";
  return `<${kind}>`;
}
