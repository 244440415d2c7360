/** Value types. */
export const I32 = 0x7f;
export const V128 = 0x7b;

/** A function type, of value types. */
export function functionType(parameters: readonly number[], results: readonly number[]): number[] {
  return [0x60, ...vector(parameters.map((each) => [each])), ...vector(results.map((each) => [each]))];
}

/** Section number `id` of a module. */
export function section(id: number, content: readonly number[]): number[] {
  return [id, ...unsigned(content.length), ...content];
}

/** A list with its length in front. */
export function vector(items: readonly (readonly number[])[]): number[] {
  return [...unsigned(items.length), ...items.flat()];
}

/** A name, UTF-8. */
export function name(text: string): number[] {
  return [...unsigned(text.length), ...new TextEncoder().encode(text)];
}

/** LEB128 of an unsigned integer. */
export function unsigned(value: number): number[] {
  const result: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    result.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return result;
}

/** LEB128 of a signed integer. */
export function signed(value: number): number[] {
  const result: number[] = [];
  let rest = value;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    result.push(isLast ? low : low | 0x80);
    if (isLast) return result;
  }
}
