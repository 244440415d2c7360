/** A number cut up for typesetting: `7.10`, `-14` is set as 7.10 × 10⁻¹⁴. */
export interface NumberParts {
  /** Digits with sign; empty when only the power of ten is shown. */
  readonly mantissa: string;
  readonly exponent: number | null;
}

const NARROW_SPACE = "\u202f";
const MINUS = "\u2212";

function group(digits: string): string {
  const [whole, fraction] = digits.split(".");
  const grouped = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, NARROW_SPACE) : whole;
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

function splitExponential(text: string, significant: boolean): NumberParts {
  const [mantissa, exponent] = text.split("e");
  const shown = significant ? mantissa : mantissa.replace(/\.?0+$/, "");
  return { mantissa: shown === "1" ? "" : shown, exponent: Number(exponent) };
}

function unsignedParts(value: number, digits: number): NumberParts {
  if (value === 0) return { mantissa: "0", exponent: null };
  if (value === Infinity) return { mantissa: "∞", exponent: null };
  if (Number.isInteger(value) && value < 1e9) return { mantissa: group(String(value)), exponent: null };
  if (value < 1e-3 || value >= 1e6) return splitExponential(value.toExponential(Math.max(digits - 2, 0)), true);
  const plain = value.toPrecision(digits);
  return { mantissa: group(plain.includes("e") ? String(Number(plain)) : plain), exponent: null };
}

/** A measured number, cut to `digits` significant digits (one less in scientific notation). */
export function measured(value: number, digits = 4): NumberParts {
  if (Number.isNaN(value)) return { mantissa: "NaN", exponent: null };
  const parts = unsignedParts(Math.abs(value), digits);
  return value < 0 ? { ...parts, mantissa: `${MINUS}${parts.mantissa || "1"}` } : parts;
}

/** A number somebody chose (a parameter, a target): every digit it has. */
export function chosen(value: number): NumberParts {
  if (!Number.isFinite(value) || value === 0) return measured(value);
  const magnitude = Math.abs(value);
  const plain = String(magnitude);
  const parts =
    magnitude >= 1e-3 && magnitude < 1e9 && !plain.includes("e")
      ? { mantissa: group(plain), exponent: null }
      : splitExponential(magnitude.toExponential(), false);
  return value < 0 ? { ...parts, mantissa: `${MINUS}${parts.mantissa || "1"}` } : parts;
}

/** Plain text, for titles, labels and the accessible names of charts. */
export function numberText({ mantissa, exponent }: NumberParts): string {
  if (exponent === null) return mantissa;
  const power = `10^${String(exponent).replace("-", MINUS)}`;
  return mantissa === "" ? power : `${mantissa} × ${power}`;
}

interface NumberProps {
  readonly value: number | null | undefined;
  readonly unit?: string | null | undefined;
  /** A chosen number shows every digit. Default: measured. */
  readonly kind?: "measured" | "chosen";
  readonly digits?: number;
}

/** A typeset number with its unit; the full precision is in the tooltip. Null reads as "not measured". */
export function Num({ value, unit, kind = "measured", digits = 4 }: NumberProps) {
  if (value === null || value === undefined)
    return (
      <span className="number none" title="not measured">
        –
      </span>
    );
  const { mantissa, exponent } = kind === "chosen" ? chosen(value) : measured(value, digits);
  const unusual = !Number.isFinite(value);
  return (
    <span className={unusual ? "number unusual" : "number"} title={unusual ? undefined : String(value)}>
      {mantissa}
      {exponent !== null && (
        <>
          {mantissa !== "" && "\u2009×\u2009"}10<sup>{String(exponent).replace("-", MINUS)}</sup>
        </>
      )}
      {unit && <span className="unit">{`\u202f${unit}`}</span>}
    </span>
  );
}
