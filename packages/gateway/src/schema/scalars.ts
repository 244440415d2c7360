import { GraphQLError } from "graphql";
import type { Builder, WireNumber } from "./builder.ts";

/** A double as it travels in JSON: infinities and NaN by name, since JSON has no word for them. */
export function toWireNumber(value: number): WireNumber {
  return Number.isFinite(value) ? value : (String(value) as WireNumber);
}

export function addScalars(builder: Builder): void {
  builder.scalarType("JSON", {
    description: "Any JSON value.",
    serialize: (value) => value,
    parseValue: (value) => value,
  });
  builder.scalarType("Real", {
    description: 'A double. Infinities and NaN, which JSON cannot write, are the strings "Infinity", "-Infinity" and "NaN".',
    serialize: toWireNumber,
    parseValue: () => {
      throw new GraphQLError("Real is an output type");
    },
  });
  builder.scalarType("SafeInteger", {
    description: "An integer between -(2^53 - 1) and 2^53 - 1, the ones a double holds exactly.",
    serialize: (value) => value,
    parseValue: (value) => {
      if (!Number.isSafeInteger(value)) throw new GraphQLError(`SafeInteger cannot be ${JSON.stringify(value)}`);
      return value as number;
    },
  });
  builder.scalarType("DateTime", {
    description: "A moment in UTC as ISO 8601, for example 2026-01-31T12:00:00.000Z.",
    serialize: (value) => value.toISOString(),
    parseValue: () => {
      throw new GraphQLError("DateTime is an output type");
    },
  });
}
