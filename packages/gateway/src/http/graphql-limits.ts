import {
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  Kind,
  Lexer,
  type OperationDefinitionNode,
  type SelectionSetNode,
  Source,
  TokenKind,
  type ValidationContext,
} from "graphql";
import type { Plugin } from "graphql-yoga";
import { type RefusalCode, refusal } from "../refusal.ts";

/** What one request may ask for. Larger ones are refused before anything is executed. */
export const LIMITS = {
  bodyBytes: 2 ** 20,
  /** Words and punctuation of the document. */
  tokens: 2000,
  /** Fields within fields; introspection, which graphql limits itself, is not counted. */
  depth: 12,
  /** Renamed fields, each use of a fragment counted. */
  aliases: 50,
  /** Top-level fields. */
  rootFields: 20,
  /** Fields that may be answered, counting each as often as the `first` or `last` of the lists around it allows. */
  cost: 50_000,
} as const;

/** Of a list that is not told how many. */
const ASSUMED_PAGE = 50;

/** Yoga plugin that enforces the limits on documents. */
export function documentLimits(): Plugin {
  return {
    onParse({ params }) {
      checkTokens(params.source);
    },
    onValidate({ addValidationRule }) {
      addValidationRule(limitShape);
    },
    // Not a validation rule: those are asked once per document, and the cost depends on the variables.
    onExecute({ args, setResultAndStopExecution }) {
      const refused = checkCost(args.document, args.variableValues ?? {});
      if (refused) setResultAndStopExecution({ errors: [refused] });
    },
    onSubscribe({ args, setResultAndStopExecution }) {
      const refused = checkCost(args.document, args.variableValues ?? {});
      if (refused) setResultAndStopExecution({ errors: [refused] });
    },
  };
}

/** Yoga plugin that keeps the schema to itself. */
export function withoutIntrospection(): Plugin {
  return {
    onValidate({ addValidationRule }) {
      addValidationRule((validation: ValidationContext) => ({
        Field({ name: { value: name } }: FieldNode) {
          if (name === "__schema" || name === "__type")
            validation.reportError(refusal("INTROSPECTION_DISABLED", "This gateway does not tell its schema."));
        },
      }));
    },
  };
}

function checkTokens(source: string | Source): void {
  const lexer = new Lexer(typeof source === "string" ? new Source(source) : source);
  try {
    for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens++)
      if (tokens >= LIMITS.tokens)
        throw refusal("TOKEN_LIMIT", `The document has more than ${LIMITS.tokens} tokens.`, { limit: LIMITS.tokens });
  } catch (error) {
    // What the lexer cannot read is the parser's to report.
    if ((error as GraphQLError).extensions.code === "TOKEN_LIMIT") throw error;
  }
}

/** Validation rule: depth, aliases and root fields of every operation, fragments included. */
function limitShape(context: ValidationContext): ASTVisitor {
  const measure = shapeMeter((name) => context.getFragment(name), {});
  return {
    OperationDefinition(operation) {
      const { depth, aliases, fields } = measure(operation.selectionSet);
      const check = (value: number, limit: number, code: RefusalCode, what: string) => {
        if (value > limit) context.reportError(tooLarge(code, what, limit, value));
      };
      check(depth, LIMITS.depth, "DEPTH_LIMIT", `fields nested ${depth} deep`);
      check(aliases, LIMITS.aliases, "ALIAS_LIMIT", `${aliases} aliases`);
      check(fields, LIMITS.rootFields, "ROOT_FIELD_LIMIT", `${fields} top-level fields`);
    },
  };
}

/** The refusal of a document of which one operation, with these variables, asks for too much. */
function checkCost(document: DocumentNode, variables: Record<string, unknown>): GraphQLError | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions)
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  for (const operation of document.definitions) {
    if (operation.kind !== Kind.OPERATION_DEFINITION) continue;
    const measure = shapeMeter((name) => fragments.get(name), { ...defaultsOf(operation), ...variables });
    const { cost } = measure(operation.selectionSet);
    if (cost > LIMITS.cost) return tooLarge("COST_LIMIT", `up to ${cost} fields to answer`, LIMITS.cost, cost);
  }
  return undefined;
}

function defaultsOf({ variableDefinitions = [] }: OperationDefinitionNode): Record<string, unknown> {
  return Object.fromEntries(
    variableDefinitions.flatMap(({ variable, defaultValue }) =>
      defaultValue && "value" in defaultValue ? [[variable.name.value, defaultValue.value]] : [],
    ),
  );
}

function tooLarge(code: RefusalCode, what: string, limit: number, actual: number): GraphQLError {
  return refusal(code, `The operation has ${what}; ${limit} are allowed.`, { limit, actual });
}

/** How many members a connection may bring: as many as it is asked for. */
function pageSize(field: FieldNode, variables: Record<string, unknown>): number {
  for (const { name, value } of field.arguments ?? []) {
    if (name.value !== "first" && name.value !== "last") continue;
    const size =
      value.kind === Kind.VARIABLE ? variables[value.name.value] : "value" in value ? value.value : undefined;
    const count = Number(size ?? ASSUMED_PAGE);
    return Number.isFinite(count) && count > 0 ? count : 1;
  }
  return ASSUMED_PAGE;
}

interface Shape {
  readonly depth: number;
  readonly aliases: number;
  /** Fields directly in the selection. */
  readonly fields: number;
  readonly cost: number;
  /** Whether it asks for the members of a connection. */
  readonly members: boolean;
}

const NOTHING: Shape = { depth: 0, aliases: 0, fields: 0, cost: 0, members: false };

/** Measures selections; each fragment once, however often it is spread, so that the measuring itself stays cheap. */
function shapeMeter(
  fragmentOf: (name: string) => FragmentDefinitionNode | null | undefined,
  variables: Record<string, unknown>,
): (selections: SelectionSetNode) => Shape {
  const fragments = new Map<FragmentDefinitionNode, Shape>();

  function measure(selections: SelectionSetNode): Shape {
    let { depth, aliases, fields, cost, members } = NOTHING;
    for (const selection of selections.selections) {
      const part =
        selection.kind === Kind.FIELD
          ? measureField(selection)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? measure(selection.selectionSet)
            : measureFragment(fragmentOf(selection.name.value));
      depth = Math.max(depth, part.depth);
      aliases += part.aliases;
      fields += part.fields;
      cost += part.cost;
      members ||= selection.kind === Kind.FIELD ? /^(nodes|edges)$/.test(selection.name.value) : part.members;
    }
    return { depth, aliases, fields, cost, members };
  }

  function measureField(field: FieldNode): Shape {
    const aliases = field.alias ? 1 : 0;
    if (!field.selectionSet || field.name.value.startsWith("__"))
      return { depth: 1, aliases, fields: 1, cost: 1, members: false };
    const inner = measure(field.selectionSet);
    const cost = 1 + inner.cost * (inner.members ? pageSize(field, variables) : 1);
    return { depth: inner.depth + 1, aliases: inner.aliases + aliases, fields: 1, cost, members: false };
  }

  function measureFragment(fragment: FragmentDefinitionNode | null | undefined): Shape {
    if (!fragment) return NOTHING;
    let shape = fragments.get(fragment);
    if (!shape) {
      // A fragment within itself counts nothing here; graphql has a rule of its own against it.
      fragments.set(fragment, NOTHING);
      shape = measure(fragment.selectionSet);
      fragments.set(fragment, shape);
    }
    return shape;
  }

  return measure;
}
