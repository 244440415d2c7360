import { InvalidInputError } from "@ansatz/tensor";
import { CsrMatrix } from "./csr-matrix.ts";

const BANNER = "%%MatrixMarket";
const FIELDS = ["real", "double", "integer", "pattern"];
const SYMMETRIES = ["general", "symmetric", "skew-symmetric"];

/**
 * Reads a matrix in Matrix Market's text format: coordinate or array; real, integer or pattern (ones); general, symmetric or skew-symmetric.
 *
 * Source: Boisvert, Pozo, Remington, "The Matrix Market exchange formats" (1996).
 *
 * @throws InvalidInputError naming the line that is wrong.
 */
export function parseMatrixMarket(text: string): CsrMatrix {
  const lines = text.split(/\r?\n/);
  const [banner, object, format, field, symmetry] = lines[0].trim().toLowerCase().split(/\s+/);
  const fails = (line: number, expected: string): never => {
    throw new InvalidInputError(`matrix market: line ${line + 1}`, expected, lines[line]);
  };
  if (banner !== BANNER.toLowerCase() || object !== "matrix") fails(0, `"${BANNER} matrix …"`);
  if (format !== "coordinate" && format !== "array") fails(0, "format coordinate or array");
  if (!FIELDS.includes(field) || (field === "pattern" && format === "array")) fails(0, `field ${FIELDS.join(", ")}`);
  if (!SYMMETRIES.includes(symmetry)) fails(0, `symmetry ${SYMMETRIES.join(", ")}`);
  const data = lines
    .map((line, number) => ({ words: line.trim().split(/\s+/), number }))
    .filter(({ words, number }) => number > 0 && words[0] !== "" && !words[0].startsWith("%"));
  const [head, ...body] = data;
  if (!head) throw new InvalidInputError("matrix market", "a line of sizes", "none");
  const isArray = format === "array";
  const sizes = head.words.map(Number);
  if (sizes.length !== (isArray ? 2 : 3) || !sizes.every((size) => Number.isInteger(size) && size >= 0))
    fails(head.number, isArray ? "rows and columns" : "rows, columns and entries");
  const [rows, columns] = sizes;
  if (symmetry !== "general" && rows !== columns) fails(head.number, "a square matrix");
  const places = isArray ? arrayPlaces(rows, columns, symmetry) : undefined;
  const count = places ? places.length : sizes[2];
  if (body.length !== count) throw new InvalidInputError("matrix market: entries", `${count}, as stated`, body.length);
  const entries: { rows: number[]; columns: number[]; values: number[] } = { rows: [], columns: [], values: [] };
  for (const [index, { words, number }] of body.entries()) {
    const numbers = words.map(Number);
    const [row, column, value] = places
      ? [...places[index], numbers[0]]
      : [numbers[0] - 1, numbers[1] - 1, field === "pattern" ? 1 : numbers[2]];
    if (words.length !== (places ? 1 : field === "pattern" ? 2 : 3) || numbers.some(Number.isNaN))
      fails(number, "an entry");
    const isInside = [row, column].every(
      (place, axis) => Number.isInteger(place) && place >= 0 && place < [rows, columns][axis],
    );
    if (!isInside) fails(number, `a place within ${rows} × ${columns}`);
    entries.rows.push(row);
    entries.columns.push(column);
    entries.values.push(value);
    if (symmetry === "general" || row === column) continue;
    entries.rows.push(column);
    entries.columns.push(row);
    entries.values.push(symmetry === "symmetric" ? value : -value);
  }
  return CsrMatrix.fromCoordinates([rows, columns], entries);
}

/** A matrix in Matrix Market's coordinate format, general and real; every value comes back as it was. */
export function formatMatrixMarket(matrix: CsrMatrix): string {
  const { rows, columns, values } = matrix.toCoordinates();
  const lines = Array.from(
    values,
    (value, k) => `${rows[k] + 1} ${columns[k] + 1} ${Object.is(value, -0) ? "-0" : value}`,
  );
  return [`${BANNER} matrix coordinate real general`, `${matrix.shape.join(" ")} ${matrix.entries}`, ...lines, ""].join(
    "\n",
  );
}

/** Columns one after the other; of symmetric matrices what is on (skew: below) the diagonal and below. */
function arrayPlaces(rows: number, columns: number, symmetry: string): [row: number, column: number][] {
  const first = (column: number) => (symmetry === "general" ? 0 : symmetry === "symmetric" ? column : column + 1);
  return Array.from({ length: columns }, (_, column) => column).flatMap((column) =>
    Array.from({ length: Math.max(0, rows - first(column)) }, (_, k): [number, number] => [first(column) + k, column]),
  );
}
