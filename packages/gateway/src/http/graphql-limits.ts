import {
  type ASTVisitor,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  Lexer,
  type SelectionSetNode,
  Source,
  TokenKind,
  type ValidationContext,
} from "graphql";
import type { Plugin } from "graphql-yoga";

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
} as const;

type LimitCode = "TOKEN_LIMIT" | "DEPTH_LIMIT" | "ALIAS_LIMIT" | "ROOT_FIELD_LIMIT";

/** Yoga plugin that enforces the limits on documents. */
export function documentLimits(): Plugin {
  return {
    onParse({ params }) {
      checkTokens(params.source);
    },
    onValidate({ addValidationRule }) {
      addValidationRule(limitShape);
    },
  };
}

function checkTokens(source: string | Source): void {
  const lexer = new Lexer(typeof source === "string" ? new Source(source) : source);
  try {
    for (let tokens = 0; lexer.advance().kind !== TokenKind.EOF; tokens++)
      if (tokens >= LIMITS.tokens) throw refusal("TOKEN_LIMIT", `The document has more than ${LIMITS.tokens} tokens.`);
  } catch (error) {
    // What the lexer cannot read is the parser's to report.
    if ((error as GraphQLError).extensions.code === "TOKEN_LIMIT") throw error;
  }
}

/** Validation rule: depth, aliases and root fields of every operation, fragments included. */
function limitShape(context: ValidationContext): ASTVisitor {
  const measure = shapeMeter(context);
  return {
    OperationDefinition(operation) {
      const { depth, aliases, fields } = measure(operation.selectionSet);
      const check = (value: number, limit: number, code: LimitCode, what: string) => {
        if (value > limit) context.reportError(refusal(code, `The operation has ${what}; ${limit} are allowed.`));
      };
      check(depth, LIMITS.depth, "DEPTH_LIMIT", `fields nested ${depth} deep`);
      check(aliases, LIMITS.aliases, "ALIAS_LIMIT", `${aliases} aliases`);
      check(fields, LIMITS.rootFields, "ROOT_FIELD_LIMIT", `${fields} top-level fields`);
    },
  };
}

function refusal(code: LimitCode, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

interface Shape {
  readonly depth: number;
  readonly aliases: number;
  /** Fields directly in the selection. */
  readonly fields: number;
}

const NOTHING: Shape = { depth: 0, aliases: 0, fields: 0 };

/** Measures selections; each fragment once, however often it is spread, so that the measuring itself stays cheap. */
function shapeMeter(context: ValidationContext): (selections: SelectionSetNode) => Shape {
  const fragments = new Map<FragmentDefinitionNode, Shape>();

  function measure(selections: SelectionSetNode): Shape {
    let { depth, aliases, fields } = NOTHING;
    for (const selection of selections.selections) {
      const part =
        selection.kind === Kind.FIELD
          ? measureField(selection)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? measure(selection.selectionSet)
            : measureFragment(context.getFragment(selection.name.value));
      depth = Math.max(depth, part.depth);
      aliases += part.aliases;
      fields += part.fields;
    }
    return { depth, aliases, fields };
  }

  function measureField(field: FieldNode): Shape {
    const aliases = field.alias ? 1 : 0;
    if (!field.selectionSet || field.name.value.startsWith("__")) return { depth: 1, aliases, fields: 1 };
    const inner = measure(field.selectionSet);
    return { depth: inner.depth + 1, aliases: inner.aliases + aliases, fields: 1 };
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
