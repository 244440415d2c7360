import { InvalidInputError } from "../errors.ts";
import { checkProgram } from "./program.ts";
import type { Member, SearchState } from "./search.ts";

/** What a file of a search begins with. */
const FORMAT = "ansatz function discovery 1";

/** JSON has no numbers that are infinite: they become their names. */
function named(_: string, value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}

const SPECIAL: Readonly<Record<string, number>> = {
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  NaN: Number.NaN,
};

function unnamed(_: string, value: unknown): unknown {
  return typeof value === "string" && Object.hasOwn(SPECIAL, value) ? SPECIAL[value] : value;
}

/** Where a search stands, population and front with all their coefficients, as the text of a file. */
export function encodeSearch(state: SearchState): string {
  return JSON.stringify({ format: FORMAT, ...state }, named);
}

/** @throws InvalidInputError unless the text is that of `encodeSearch`. */
export function decodeSearch(text: string): SearchState {
  const refuse = () => new InvalidInputError("text", "a search as encodeSearch writes it", text);
  let decoded: SearchState & { readonly format: string };
  try {
    decoded = JSON.parse(text, unnamed);
  } catch {
    throw refuse();
  }
  const { format, ...state } = decoded ?? {};
  if (format !== FORMAT || !Array.isArray(state.population) || !Array.isArray(state.front)) throw refuse();
  for (const { program, genome } of [...state.population, ...state.front] as Member[]) {
    checkProgram("text", program);
    checkProgram("text", genome);
  }
  return state;
}
