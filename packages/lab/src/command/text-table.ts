/** Rows as aligned columns, two spaces apart; columns whose cells are all numbers are aligned right. */
export function textTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = head.length > 0 ? [head, ...rows] : rows;
  const columns = Math.max(0, ...lines.map((line) => line.length));
  const layout = Array.from({ length: columns }, (_, column) => ({
    width: Math.max(...lines.map((line) => (line[column] ?? "").length)),
    right: rows.length > 0 && rows.every((row) => /^[-+]?(\d|∞)|^$|^–$|^NaN$/.test(row[column] ?? "")),
  }));
  return lines
    .map((line) =>
      layout
        .map(({ width, right }, column) =>
          right ? (line[column] ?? "").padStart(width) : (line[column] ?? "").padEnd(width),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

/** A number at four significant digits, as people write it: `0.2531`, `1.1e-13`, `500`, `–` for null. */
export function formatNumber(value: number | null): string {
  if (value === null) return "–";
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value);
  const magnitude = Math.abs(value);
  if (!Number.isFinite(value)) return String(value).replace("Infinity", "∞");
  const text = magnitude >= 1e6 || magnitude < 1e-3 ? value.toExponential(3) : value.toPrecision(4);
  // Zeros of the fraction, not those of an exponent or of thousands.
  return text
    .replace(/(\.\d*?)0+(?=e|$)/, "$1")
    .replace(/\.(?=e|$)/, "")
    .replace("e+", "e");
}

/** A duration with its unit: `1.2 ms`. */
export function formatSeconds(seconds: number): string {
  const units = [
    ["s", 1],
    ["ms", 1e-3],
    ["µs", 1e-6],
    ["ns", 1e-9],
  ] as const;
  const [unit, size] = units.find(([, size]) => seconds >= size) ?? units[3];
  return `${Number((seconds / size).toPrecision(3))} ${unit}`;
}
