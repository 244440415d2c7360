import { chosen, measured, type NumberParts } from "./number-parts.ts";

interface NumberProps {
  readonly value: number | null | undefined;
  readonly unit?: string | null | undefined;
  /** A chosen number shows every digit. Default: measured. */
  readonly kind?: "measured" | "chosen";
  readonly digits?: number;
  /** Overrides `kind` and `digits`, for numbers that stand in one column. */
  readonly format?: ((value: number) => NumberParts) | undefined;
}

/** A typeset number with its unit; the full precision is in the tooltip. Null reads as "not measured". */
export function Num({ value, unit, kind = "measured", digits = 4, format }: NumberProps) {
  if (value === null || value === undefined)
    return (
      <span className="number none" title="not measured">
        –
      </span>
    );
  const write = format ?? (kind === "chosen" ? chosen : (given: number) => measured(given, digits));
  const { mantissa, exponent } = write(value);
  const unusual = !Number.isFinite(value);
  return (
    <span className={unusual ? "number unusual" : "number"} title={unusual ? undefined : String(value)}>
      {mantissa}
      {exponent !== null && (
        <>
          {mantissa !== "" && "\u2009×\u2009"}10<sup>{String(exponent).replace("-", "\u2212")}</sup>
        </>
      )}
      {unit && <span className="unit">{`\u202f${unit}`}</span>}
    </span>
  );
}
