import { acceptedValues, type ParameterDescription, type ParameterIssue } from "@ansatz/lab";
import type { CataloguedExperiment } from "../catalogue/catalogue.ts";
import { type StartOutcome, type StartRequest, startRun } from "../execution/start-run.ts";
import type { Builder, GraphQLContext } from "./builder.ts";
import type { Vocabulary } from "./vocabulary.ts";

const SEED_DESCRIPTION = "Root of all random numbers of the run: an integer from 0 to 2^53 - 1.";
const KEY_DESCRIPTION =
  "1 to 200 printable characters chosen by the client. The same request with the same key starts nothing new and returns the first run; another request with that key is refused.";

/** `"ot/sinkhorn-newton"` → `"startOtSinkhornNewton"`. */
export function startMutationName({ typeName }: CataloguedExperiment): string {
  return `start${typeName}`;
}

/** `startRun` for any experiment, and one mutation with typed parameters for each that is installed. */
export function addStartMutations(
  builder: Builder,
  vocabulary: Vocabulary,
  experiments: readonly CataloguedExperiment[],
): void {
  const result = addStartRunResult(builder, vocabulary);
  addGenericMutation(builder, vocabulary, result);
  for (const experiment of experiments) addTypedMutation(builder, vocabulary, result, experiment);
}

type StartRunResult = ReturnType<typeof addStartRunResult>;

function addGenericMutation(builder: Builder, { deviceKind }: Vocabulary, result: StartRunResult): void {
  const input = builder.inputType("StartRunInput", {
    fields: (t) => ({
      experiment: t.id({ required: true, description: 'For example "ot/sinkhorn-newton".' }),
      device: t.field({ type: deviceKind, required: true }),
      parameters: t.field({ type: "JSON", description: "An object; what is left out takes its default." }),
      seed: t.field({ type: "SafeInteger", required: true, defaultValue: 0, description: SEED_DESCRIPTION }),
      idempotencyKey: t.string({ description: KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField("startRun", (t) =>
    t.field({
      type: result,
      extensions: { scope: "run" },
      description:
        "Queues a run of any experiment. Each experiment also has a mutation of its own, with typed parameters.",
      args: { input: t.arg({ type: input, required: true }) },
      resolve: (_root, { input }, context) => start(input, context),
    }),
  );
}

function addTypedMutation(
  builder: Builder,
  { deviceKind }: Vocabulary,
  result: StartRunResult,
  experiment: CataloguedExperiment,
): void {
  const parameters = addParametersInput(builder, experiment);
  const input = builder.inputType(`Start${experiment.typeName}Input`, {
    fields: (t) => ({
      device: t.field({ type: deviceKind, required: true }),
      ...(parameters && { parameters: t.field({ type: parameters, required: true, defaultValue: {} }) }),
      seed: t.field({ type: "SafeInteger", required: true, defaultValue: 0, description: SEED_DESCRIPTION }),
      idempotencyKey: t.string({ description: KEY_DESCRIPTION }),
    }),
  });
  builder.mutationField(startMutationName(experiment), (t) =>
    t.field({
      type: result,
      extensions: { scope: "run" },
      description: `Queues a run of ${experiment.id}: ${experiment.declaration.title}.`,
      args: { input: t.arg({ type: input, required: true }) },
      resolve: (_root, { input }, context) => start({ ...input, experiment: experiment.id }, context),
    }),
  );
}

/** The experiment's parameters as an input type; undefined without parameters, since GraphQL knows no empty input type. */
function addParametersInput(builder: Builder, { id, typeName, parameters }: CataloguedExperiment) {
  if (parameters.length === 0) return undefined;
  return builder.inputType(`${typeName}Parameters`, {
    description: `Parameters of ${id}.`,
    fields: (t) =>
      Object.fromEntries(
        parameters.map((parameter) => [
          parameter.name,
          t.field({
            type: parameterType(builder, typeName, parameter),
            required: true,
            defaultValue: parameter.default,
            description: `${parameter.description}: ${acceptedValues(parameter)}`,
          }),
        ]),
      ),
  });
}

const LARGEST_INT = 2 ** 31 - 1;

function parameterType(builder: Builder, typeName: string, parameter: ParameterDescription) {
  switch (parameter.kind) {
    case "integer": {
      const { minimum = Number.NEGATIVE_INFINITY, maximum = Number.POSITIVE_INFINITY } = parameter;
      return minimum >= -LARGEST_INT && maximum <= LARGEST_INT ? "Int" : "SafeInteger";
    }
    case "number":
      return "Float";
    case "boolean":
      return "Boolean";
    case "text":
      return "String";
    case "choice":
      return builder.enumType(typeName + parameter.name.charAt(0).toUpperCase() + parameter.name.slice(1), {
        description: parameter.description,
        values: Object.fromEntries(
          (parameter.choices ?? []).map((choice) => [enumValueName(choice), { value: choice }]),
        ),
      });
  }
}

/** `"log-domain"` → `LOG_DOMAIN`, `"2d"` → `_2D`. */
function enumValueName(choice: string): string {
  const name = choice.replace(/[^a-zA-Z0-9]+/g, "_").toUpperCase();
  return /^[A-Z_]/.test(name) ? name : `_${name}`;
}

type StartInput = Pick<StartRequest, "experiment" | "device" | "seed"> & {
  readonly parameters?: unknown;
  readonly idempotencyKey?: string | null | undefined;
};

/** The outcome, with paths from the argument on. */
async function start(input: StartInput, context: GraphQLContext): Promise<StartOutcome> {
  const outcome = await startRun(
    { ...input, parameters: input.parameters, idempotencyKey: input.idempotencyKey ?? null },
    context,
  );
  return outcome.type === "RunStarted" ? outcome : { ...outcome, path: ["input", ...outcome.path] };
}

type Outcome<Type extends StartOutcome["type"]> = Extract<StartOutcome, { type: Type }>;

function addStartRunResult(builder: Builder, { deviceKind }: Vocabulary) {
  const issue = builder.objectRef<ParameterIssue>("ParameterIssue").implement({
    description: "One thing wrong with the given parameters.",
    fields: (t) => ({
      path: t.stringList({
        description: 'For example ["input", "parameters", "points"].',
        resolve: ({ path }) => ["input", "parameters", ...path.map(String)],
      }),
      message: t.exposeString("message"),
      expected: t.string({ nullable: true, resolve: ({ expected }) => expected }),
      actual: t.string({ nullable: true, description: "What was given, printed.", resolve: ({ actual }) => actual }),
    }),
  });
  const started = builder.objectRef<Outcome<"RunStarted">>("RunStarted").implement({
    description: "The run is queued and starts as soon as its device is free.",
    fields: (t) => ({
      run: t.expose("run", { type: "Run" }),
      replayed: t.exposeBoolean("replayed", {
        description: "The idempotency key had been used for this very request; this is the run it started then.",
      }),
    }),
  });
  const unknownExperiment = builder.objectRef<Outcome<"UnknownExperiment">>("UnknownExperiment").implement({
    interfaces: ["UserError"],
    fields: (t) => ({ experiment: t.exposeID("experiment") }),
  });
  const invalidParameters = builder.objectRef<Outcome<"InvalidParameters">>("InvalidParameters").implement({
    interfaces: ["UserError"],
    fields: (t) => ({ issues: t.field({ type: [issue], resolve: ({ issues }) => [...issues] }) }),
  });
  const invalidInput = builder.objectRef<Outcome<"InvalidInput">>("InvalidInput").implement({
    description: "An input other than the experiment's parameters is out of its range.",
    interfaces: ["UserError"],
    fields: () => ({}),
  });
  const deviceUnavailable = builder.objectRef<Outcome<"DeviceUnavailable">>("DeviceUnavailable").implement({
    interfaces: ["UserError"],
    fields: (t) => ({
      device: t.expose("device", { type: deviceKind }),
      reason: t.exposeString("reason"),
      remedy: t.exposeString("remedy", { description: "What to install or change." }),
    }),
  });
  const idempotencyConflict = builder.objectRef<Outcome<"IdempotencyConflict">>("IdempotencyConflict").implement({
    description: "The idempotency key has been used for another request.",
    interfaces: ["UserError"],
    fields: (t) => ({ run: t.expose("run", { type: "Run", description: "The run that has the key." }) }),
  });
  return builder.unionType("StartRunResult", {
    types: [started, unknownExperiment, invalidParameters, invalidInput, deviceUnavailable, idempotencyConflict],
    resolveType: ({ type }) => type,
  });
}
