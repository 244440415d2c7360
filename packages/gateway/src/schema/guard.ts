import type { GraphQLField, GraphQLFieldResolver, GraphQLObjectType, GraphQLSchema } from "graphql";
import { GraphQLError } from "graphql";
import { allows, type Caller } from "../access/access.ts";
import { isScope, type Scope } from "../access/scopes.ts";
import { refusal } from "../refusal.ts";
import type { GraphQLContext } from "./builder.ts";

type RootField = GraphQLField<unknown, GraphQLContext>;
type Resolver = GraphQLFieldResolver<unknown, GraphQLContext>;

/**
 * Lets root fields be asked by those only who have the scope: `read` for queries and subscriptions; for mutations the one in
 * the field's `extensions.scope`, or `admin` where that was forgotten. Every mutation, refused ones too, goes into the audit log.
 */
export function guard(schema: GraphQLSchema): GraphQLSchema {
  for (const field of fieldsOf(schema.getQueryType())) field.resolve = checked(field, "read", field.resolve!);
  for (const field of fieldsOf(schema.getSubscriptionType()))
    field.subscribe = checked(field, "read", field.subscribe!);
  for (const field of fieldsOf(schema.getMutationType())) {
    const scope = scopeOf(field);
    field.description = `${field.description ?? ""}\n\nNeeds the scope \`${scope}\`.`.trim();
    field.resolve = audited(field, checked(field, scope, field.resolve!));
  }
  return schema;
}

function fieldsOf(type: GraphQLObjectType | null | undefined): RootField[] {
  return Object.values(type?.getFields() ?? {});
}

function scopeOf({ extensions }: RootField): Scope {
  return typeof extensions.scope === "string" && isScope(extensions.scope) ? extensions.scope : "admin";
}

function checked(field: RootField, scope: Scope, resolve: Resolver): Resolver {
  return (root, args, context, info) => {
    const refused = refuse(context.caller, scope, field.name);
    if (refused) throw refused;
    return resolve(root, args, context, info);
  };
}

function refuse(caller: Caller, scope: Scope, field: string): GraphQLError | undefined {
  if (caller.kind === "refused")
    return refusal("UNAUTHENTICATED", "This token is not known here, has expired or was revoked.", {
      http: { status: 401 },
    });
  if (allows(caller, scope)) return undefined;
  if (caller.kind === "anonymous")
    return refusal("UNAUTHENTICATED", `\`${field}\` needs a token with the scope "${scope}".`, {
      scope,
      http: { status: 401 },
    });
  return refusal("FORBIDDEN", `\`${field}\` needs the scope "${scope}", which this token does not have.`, {
    scope,
    http: { status: 403 },
  });
}

function audited(field: RootField, resolve: Resolver): Resolver {
  return async (root, args, context, info) => {
    const { audit, caller } = context;
    try {
      const result = await resolve(root, args, context, info);
      await audit.record(caller, field.name, args, (result as { type?: string } | null)?.type ?? "null");
      return result;
    } catch (error) {
      const code = error instanceof GraphQLError ? String(error.extensions.code ?? "ERROR") : "ERROR";
      await audit.record(caller, field.name, args, code);
      throw error;
    }
  };
}
