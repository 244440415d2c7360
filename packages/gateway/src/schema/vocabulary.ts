import { GraphQLError } from "graphql";
import type { Builder } from "./builder.ts";
import { toWireNumber } from "./wire-number.ts";

export type Vocabulary = ReturnType<typeof addVocabulary>;

/** The scalars, enums, interfaces and connections that the types of the schema share. */
export function addVocabulary(builder: Builder) {
  addScalars(builder);
  addInterfaces(builder);
  builder.globalConnectionField("totalCount", (t) =>
    t.int({
      description: "How many there are over all pages. Counting runs stops at 10 000, which then means 10 000 or more.",
      resolve: ({ totalCount }) => (typeof totalCount === "function" ? totalCount() : totalCount),
    }),
  );
  return {
    deviceKind: builder.enumType("DeviceKind", {
      description: "Where kernels run.",
      values: {
        CPU: { value: "cpu", description: "WebAssembly SIMD and threads; always there." },
        WEBGPU: { value: "webgpu", description: "A GPU through WebGPU." },
        TENSORFLOW: { value: "tensorflow", description: "TensorFlow.js, with CUDA where installed." },
      } as const,
    }),
    runStatus: builder.enumType("RunStatus", {
      values: {
        QUEUED: { description: "Waits for its device." },
        RUNNING: {},
        SUCCEEDED: { description: "Ran to its end; whether it met its expectations is another question." },
        FAILED: { description: "`failure` says why." },
        CANCELLED: {},
      } as const,
    }),
    metricDirection: builder.enumType("MetricDirection", {
      description: "Which direction of a metric is an improvement.",
      values: { LOWER: { value: "lower" }, HIGHER: { value: "higher" } } as const,
    }),
    packages: builder.connectionObject({ type: "Package", name: "PackageConnection" }),
    experiments: builder.connectionObject({ type: "Experiment", name: "ExperimentConnection" }),
    runs: builder.connectionObject({ type: "Run", name: "RunConnection" }),
  };
}

function addScalars(builder: Builder): void {
  builder.scalarType("JSON", {
    description: "Any JSON value.",
    serialize: (value) => value,
    parseValue: (value) => value,
  });
  builder.scalarType("Real", {
    description: 'A double. What JSON cannot write is one of the strings "NaN", "Infinity" and "-Infinity".',
    serialize: toWireNumber,
    parseValue: () => {
      throw new GraphQLError("Real is an output type");
    },
  });
  builder.scalarType("TableCell", {
    description: "A string, a number or a boolean; NaN and infinities as in Real.",
    serialize: (value) => (typeof value === "number" ? toWireNumber(value) : value),
    parseValue: () => {
      throw new GraphQLError("TableCell is an output type");
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

function addInterfaces(builder: Builder): void {
  builder.interfaceType("UserError", {
    description: "A failure the caller can act on.",
    fields: (t) => ({
      message: t.exposeString("message", { description: "One sentence, fit to be shown." }),
      path: t.stringList({
        description: 'Where the offending input is, for example ["input", "parameters", "points"].',
        resolve: ({ path }) => [...path],
      }),
    }),
  });
  builder.interfaceType("RunEvent", {
    description: "Something that happened in a run.",
    fields: (t) => ({
      sequence: t.exposeInt("sequence", {
        description: "Everything up to here has been sent: subscribing again with `after: sequence` loses nothing.",
      }),
    }),
  });
}
