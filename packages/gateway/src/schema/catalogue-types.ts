import { resolveArrayConnection } from "@pothos/plugin-relay";
import type { Builder } from "./builder.ts";
import { type RunArguments, resolveRuns } from "./run-connection.ts";
import { startMutationName } from "./start-mutations.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** More than any installation holds, so that one page is the whole list unless the client wants less. */
const CATALOGUE_PAGE = { defaultSize: 1000, maxSize: 1000 };

/** `Package`, `Experiment` and what an experiment declares; the queries that list them. */
export function addCatalogueTypes(builder: Builder, vocabulary: Vocabulary, runArguments: RunArguments): void {
  addPackage(builder, vocabulary);
  addExperiment(builder, vocabulary, runArguments);
  addPaper(builder);
  addParameter(builder);
  addMetricDeclaration(builder, vocabulary);

  builder.queryField("packages", (t) =>
    t.connection(
      {
        type: "Package",
        description: "The installed packages that offer experiments.",
        resolve: (_root, args, { catalogue }) =>
          resolveArrayConnection({ args, ...CATALOGUE_PAGE }, catalogue.packages),
      },
      vocabulary.packages,
    ),
  );
  builder.queryField("experiments", (t) =>
    t.connection(
      {
        type: "Experiment",
        description: "Everything that can be run here.",
        args: { package: t.arg.string({ description: 'Only those of this package, for example "@ansatz/ot".' }) },
        resolve: (_root, { package: packageName, ...args }, { catalogue }) =>
          resolveArrayConnection(
            { args, ...CATALOGUE_PAGE },
            packageName == null ? catalogue.experiments : (catalogue.package(packageName)?.experiments ?? []),
          ),
      },
      vocabulary.experiments,
    ),
  );
  builder.queryField("experiment", (t) =>
    t.field({
      type: "Experiment",
      nullable: true,
      description: "The experiment of this id; null when no installed package has it.",
      args: { id: t.arg.id({ required: true, description: 'For example "ot/sinkhorn-newton".' }) },
      resolve: (_root, { id }, { catalogue }) => catalogue.experiment(id),
    }),
  );
}

function addPackage(builder: Builder, vocabulary: Vocabulary): void {
  builder.objectType("Package", {
    description: "An installed npm package that offers experiments.",
    fields: (t) => ({
      name: t.exposeString("name", { description: 'npm name, for example "@ansatz/ot".' }),
      version: t.exposeString("version"),
      description: t.exposeString("description"),
      problems: t.stringList({
        description: "Why parts of the package could not be loaded; empty when all is well.",
        resolve: ({ problems }) => [...problems],
      }),
      experiments: t.connection(
        {
          type: "Experiment",
          resolve: ({ experiments }, args) => resolveArrayConnection({ args, ...CATALOGUE_PAGE }, experiments),
        },
        vocabulary.experiments,
      ),
    }),
  });
}

function addExperiment(builder: Builder, vocabulary: Vocabulary, runArguments: RunArguments): void {
  builder.objectType("Experiment", {
    description: "A claim of a paper that can be run: parameters in, metrics and checked expectations out.",
    fields: (t) => ({
      id: t.exposeID("id", { description: 'For example "ot/sinkhorn-newton".' }),
      title: t.string({ resolve: ({ declaration }) => declaration.title }),
      summary: t.string({
        description: "One or two sentences for someone who has not read the paper.",
        resolve: ({ declaration }) => declaration.summary,
      }),
      paper: t.field({ type: "Paper", resolve: ({ declaration }) => declaration.paper }),
      package: t.field({
        type: "Package",
        resolve: ({ packageName }, _args, { catalogue }) => catalogue.package(packageName)!,
      }),
      parameters: t.field({
        type: ["Parameter"],
        description: "What a run may be given, in the order a form should show it.",
        resolve: ({ parameters }) => [...parameters],
      }),
      metrics: t.field({
        type: ["MetricDeclaration"],
        description: "The numbers a run ends with, in the order they should be shown.",
        resolve: ({ declaration }) =>
          Object.entries(declaration.metrics).map(([name, metric]) => ({ name, ...metric })),
      }),
      startMutation: t.string({
        description: "The mutation that starts this experiment with typed parameters.",
        resolve: startMutationName,
      }),
      runs: t.connection(
        {
          type: "Run",
          args: runArguments,
          resolve: ({ id }, args, context) =>
            resolveRuns({ ...args, filter: { ...args.filter, experiment: [id] } }, context),
        },
        vocabulary.runs,
      ),
    }),
  });
}

function addPaper(builder: Builder): void {
  builder.objectType("Paper", {
    description: "The publication an experiment reproduces.",
    fields: (t) => ({
      title: t.exposeString("title"),
      authors: t.stringList({ resolve: ({ authors }) => [...(authors ?? [])] }),
      year: t.int({ nullable: true, resolve: ({ year }) => year }),
      url: t.string({ nullable: true, resolve: ({ url }) => url }),
      section: t.string({
        nullable: true,
        description: 'The part reproduced, for example "section 4.1, table 1".',
        resolve: ({ section }) => section,
      }),
    }),
  });
}

function addParameter(builder: Builder): void {
  const kind = builder.enumType("ParameterKind", {
    values: {
      INTEGER: { value: "integer" },
      NUMBER: { value: "number" },
      BOOLEAN: { value: "boolean" },
      CHOICE: { value: "choice", description: "One of `choices`." },
      TEXT: { value: "text" },
    } as const,
  });
  builder.objectType("Parameter", {
    description: "One parameter of an experiment.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "The key in `parameters`." }),
      label: t.exposeString("label"),
      description: t.exposeString("description"),
      kind: t.field({ type: kind, resolve: (parameter) => parameter.kind }),
      default: t.field({ type: "JSON", resolve: (parameter) => parameter.default }),
      minimum: t.float({ nullable: true, resolve: ({ minimum }) => minimum }),
      maximum: t.float({ nullable: true, resolve: ({ maximum }) => maximum }),
      exclusiveMinimum: t.boolean({
        description: "Whether `minimum` itself is refused.",
        resolve: ({ exclusiveMinimum }) => exclusiveMinimum ?? false,
      }),
      exclusiveMaximum: t.boolean({
        description: "Whether `maximum` itself is refused.",
        resolve: ({ exclusiveMaximum }) => exclusiveMaximum ?? false,
      }),
      choices: t.stringList({ nullable: true, resolve: ({ choices }) => (choices ? [...choices] : null) }),
    }),
  });
}

function addMetricDeclaration(builder: Builder, vocabulary: Vocabulary): void {
  builder.objectType("MetricDeclaration", {
    description: "How one number of the result reads.",
    fields: (t) => ({
      name: t.exposeString("name", { description: "The key of the metric." }),
      label: t.exposeString("label"),
      unit: t.string({ nullable: true, description: "Absent for dimensionless numbers.", resolve: ({ unit }) => unit }),
      better: t.field({
        type: vocabulary.metricDirection,
        nullable: true,
        description: "Absent where neither direction is.",
        resolve: ({ better }) => better,
      }),
    }),
  });
}
