import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { codegen } from "@graphql-codegen/core";
import * as typedDocuments from "@graphql-codegen/typed-document-node";
import * as operationTypes from "@graphql-codegen/typescript-operations";
import { buildSchema, parse, Source } from "graphql";

const SOURCES = join(import.meta.dirname, "src");
const SCHEMA = join(import.meta.dirname, "..", "schema.graphql");

/**
 * Writes `src/generated/operations.ts`: every operation of the dashboard as a typed document.
 *
 * @throws when an operation does not fit the schema.
 */
export async function generateOperations(): Promise<void> {
  const schema = buildSchema(await readFile(SCHEMA, "utf8"));
  const files = (await readdir(join(SOURCES, "api"))).filter((name) => name.endsWith(".graphql")).sort();
  const documents = await Promise.all(
    files.map(async (name) => ({
      location: name,
      document: parse(new Source(await readFile(join(SOURCES, "api", name), "utf8"), name)),
    })),
  );
  const output = await codegen({
    filename: "operations.ts",
    // Required by the type, unused beside `schemaAst`.
    schema: undefined as never,
    schemaAst: schema,
    documents,
    plugins: [{ operationTypes: {} }, { typedDocuments: {} }],
    pluginMap: { operationTypes, typedDocuments },
    config: {
      documentMode: "string",
      enumType: "string-literal",
      immutableTypes: true,
      skipTypename: true,
      strictScalars: true,
      useTypeImports: true,
      scalars: {
        ID: "string",
        DateTime: "string",
        JSON: "unknown",
        SafeInteger: "number",
        Real: "../api/real.ts#WireNumber",
        TableCell: "string | number | boolean",
      },
    },
  });
  const target = join(SOURCES, "generated", "operations.ts");
  await mkdir(dirname(target), { recursive: true });
  // Renamed into place, so that nobody who builds at the same time reads half a file.
  await writeFile(`${target}.${process.pid}`, output);
  await rename(`${target}.${process.pid}`, target);
}
