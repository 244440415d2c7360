import type { ReportedImage } from "@ansatz/lab";
import { SMALL_EDGE } from "../digits/small-digits.ts";

const SIZE = SMALL_EDGE * SMALL_EDGE;
/** Pixels of the picture along one of the image, and between images. */
const SCALE = 4;
const GAP = 2;

/** Images of 8 × 8 in [−1, 1], rows of them one below the other: dark where −1. Values beyond are cut. */
export function digitPicture(rows: readonly Float64Array[], columns: number, caption: string): ReportedImage {
  const cell = SMALL_EDGE * SCALE + GAP;
  const [width, height] = [columns * cell - GAP, rows.length * cell - GAP];
  const pixels = new Float64Array(width * height).fill(0.5);
  for (const [row, images] of rows.entries())
    for (let column = 0; column < columns; column++)
      for (let y = 0; y < SMALL_EDGE * SCALE; y++)
        for (let x = 0; x < SMALL_EDGE * SCALE; x++) {
          const value = images[column * SIZE + Math.floor(y / SCALE) * SMALL_EDGE + Math.floor(x / SCALE)];
          pixels[(row * cell + y) * width + column * cell + x] = Math.min(1, Math.max(0, (value + 1) / 2));
        }
  return { width, height, channels: 1, pixels, caption };
}
