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

function scientific(magnitude: number, digits: number): NumberParts {
  return splitExponential(magnitude.toExponential(Math.max(digits - 2, 0)), true);
}

/** Puts the sign before what `write` makes of the magnitude; zero, NaN and infinities are the same in every style. */
function signed(value: number, write: (magnitude: number) => NumberParts): NumberParts {
  if (Number.isNaN(value)) return { mantissa: "NaN", exponent: null };
  if (value === 0) return { mantissa: "0", exponent: null };
  const parts = Number.isFinite(value) ? write(Math.abs(value)) : { mantissa: "∞", exponent: null };
  return value < 0 ? { ...parts, mantissa: `${MINUS}${parts.mantissa || "1"}` } : parts;
}

/** A measured number, cut to `digits` significant digits (one less in scientific notation). */
export function measured(value: number, digits = 4): NumberParts {
  return signed(value, (magnitude) => {
    if (Number.isInteger(magnitude) && magnitude < 1e9) return { mantissa: group(String(magnitude)), exponent: null };
    if (magnitude < 1e-3 || magnitude >= 1e6) return scientific(magnitude, digits);
    // Through `Number` and back: 8.6 reads better than 8.600, and 999 999.9 must not become 1.000e+6.
    return { mantissa: group(String(Number(magnitude.toPrecision(digits)))), exponent: null };
  });
}

function decimalsOf(value: number, digits: number): number {
  return (String(Number(value.toPrecision(digits))).split(".")[1] ?? "").length;
}

/** How to write numbers that stand in one column or row: all with the same decimals, or all in scientific notation. */
export function uniform(values: readonly number[], digits = 4): (value: number) => NumberParts {
  const magnitudes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  if (magnitudes.every(Number.isInteger)) return (value) => measured(value, digits);
  const least = Math.min(...magnitudes);
  const most = Math.max(...magnitudes);
  if (least < 1e-3 || most >= 1e6 || most / least >= 1e4)
    return (value) => signed(value, (magnitude) => scientific(magnitude, digits));
  // The largest keeps its digits; a smaller one needs fewer to be told from the others.
  const decimals = Math.max(decimalsOf(most, digits), ...magnitudes.map((value) => decimalsOf(value, digits - 1)));
  return (value) => signed(value, (magnitude) => ({ mantissa: group(magnitude.toFixed(decimals)), exponent: null }));
}

/** A number somebody chose (a parameter, a target): every digit it has. */
export function chosen(value: number): NumberParts {
  return signed(value, (magnitude) => {
    const plain = String(magnitude);
    if (magnitude >= 1e-3 && magnitude < 1e9 && !plain.includes("e")) return { mantissa: group(plain), exponent: null };
    return splitExponential(magnitude.toExponential(), false);
  });
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

function superscript(exponent: number): string {
  return String(exponent)
    .replace("-", "⁻")
    .replace(/\d/g, (digit) => SUPERSCRIPTS[Number(digit)]);
}

/** Plain text, for tooltips, labels and the accessible names of charts. */
export function numberText({ mantissa, exponent }: NumberParts): string {
  if (exponent === null) return mantissa;
  const power = `10${superscript(exponent)}`;
  return mantissa === "" ? power : `${mantissa} × ${power}`;
}
