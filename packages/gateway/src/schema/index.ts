import type { GraphQLSchema } from "graphql";
import type { Catalogue } from "../catalogue/catalogue.ts";
import { createBuilder } from "./builder.ts";
import { addCancelMutation } from "./cancel-mutation.ts";
import { addCatalogueTypes } from "./catalogue-types.ts";
import { addDeviceTypes } from "./device-types.ts";
import { guard } from "./guard.ts";
import { addObservationTypes } from "./observation-types.ts";
import { addRunArguments, addRunsQuery } from "./run-connection.ts";
import { addRunType } from "./run-type.ts";
import { addRunUpdates } from "./run-updates.ts";
import { addStartMutations } from "./start-mutations.ts";
import { addUnknownRun } from "./unknown-run.ts";
import { addVocabulary } from "./vocabulary.ts";

/** The GraphQL schema for what is installed: the fixed part, and a typed mutation for every experiment. */
export function buildSchema(catalogue: Catalogue): GraphQLSchema {
  const builder = createBuilder();
  builder.queryType();
  builder.mutationType();
  builder.subscriptionType();
  const vocabulary = addVocabulary(builder);
  const observations = addObservationTypes(builder);
  const runArguments = addRunArguments(builder, vocabulary);
  const unknownRun = addUnknownRun(builder);
  addCatalogueTypes(builder, vocabulary, runArguments);
  addDeviceTypes(builder, vocabulary);
  addRunType(builder, vocabulary, observations);
  addRunsQuery(builder, vocabulary, runArguments);
  addStartMutations(builder, vocabulary, catalogue.experiments);
  addCancelMutation(builder, unknownRun);
  addRunUpdates(builder, observations, unknownRun);
  return guard(builder.toSchema());
}
