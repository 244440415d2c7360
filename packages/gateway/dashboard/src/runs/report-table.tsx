import { Num } from "../display/number.tsx";
import { type NumberParts, uniform } from "../display/number-parts.ts";
import { TableFrame } from "../display/table-frame.tsx";
import type { TableContentsFragment } from "../generated/operations.ts";

type CellValue = TableContentsFragment["rows"][number][number];

const NOT_FINITE: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
};

function isNumeric(value: CellValue): boolean {
  return typeof value === "number" || (typeof value === "string" && value in NOT_FINITE);
}

/** How the numbers of a column are written; undefined when it is not a column of numbers. */
type ColumnFormat = ((value: number) => NumberParts) | undefined;

function columnFormat(cells: readonly CellValue[]): ColumnFormat {
  const filled = cells.filter((cell) => cell !== null);
  if (filled.length === 0 || !filled.every(isNumeric)) return undefined;
  return uniform(filled.filter((cell) => typeof cell === "number"));
}

function Cell({ value, format }: { readonly value: CellValue; readonly format: ColumnFormat }) {
  if (value === null) return <span className="number none">–</span>;
  if (typeof value === "number") return <Num value={value} format={format} />;
  // In a column of numbers these words are numbers, elsewhere they are text.
  if (typeof value === "string" && format !== undefined && value in NOT_FINITE)
    return <Num value={NOT_FINITE[value]} />;
  if (typeof value === "boolean") return <>{value ? "yes" : "no"}</>;
  return <>{value}</>;
}

/** A table the experiment reported. */
export function ReportTable({ table }: { readonly table: TableContentsFragment }) {
  const formats = table.columns.map((_, index) => columnFormat(table.rows.map((row) => row[index])));
  return (
    <figure className="report-table">
      <figcaption>{table.name}</figcaption>
      <TableFrame label={table.name}>
        <table>
          <thead>
            <tr>
              {table.columns.map(({ name, unit }, index) => (
                <th key={name} scope="col" className={formats[index] && "numeric"}>
                  {name}
                  {unit !== null && <span className="head-unit"> ({unit})</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, rowIndex) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows of a report have no other identity.
              <tr key={rowIndex}>
                {row.map((value, index) => (
                  <td key={table.columns[index].name} className={formats[index] && "numeric"}>
                    <Cell value={value} format={formats[index]} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </TableFrame>
      {table.rows.length === 0 && <p className="faint">No rows.</p>}
    </figure>
  );
}
