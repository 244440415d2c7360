import type { EncodedHeatmap, EncodedImage } from "../report.ts";

/**
 * Ten equally spaced colours of viridis, which is close enough to linear between them.
 * Source: Smith and van der Walt, "A Better Default Colormap for Matplotlib" (SciPy 2015); the table is in the public domain (CC0).
 */
const VIRIDIS = [
  0x440154, 0x482878, 0x3e4a89, 0x31688e, 0x26828e, 0x1f9e89, 0x35b779, 0x6dcd59, 0xb4de2c, 0xfde725,
] as const;

/**
 * Draws a heatmap, one pixel per value: dark for the smallest finite value, bright for the largest, ±inf as the ends of the scale,
 * transparent for NaN and, on a log scale, for values ≤ 0.
 */
export function renderHeatmap({ rows, columns, values, scale, caption }: EncodedHeatmap): EncodedImage {
  const heights = scale === "log" ? Float64Array.from(values, logarithm) : values;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const height of heights) {
    if (!Number.isFinite(height)) continue;
    low = Math.min(low, height);
    high = Math.max(high, height);
  }
  const pixels = new Uint8Array(4 * heights.length);
  for (const [index, height] of heights.entries()) {
    if (Number.isNaN(height)) continue;
    // With a single value there is no scale: it is drawn in the middle.
    const position = high > low ? (height - low) / (high - low) : 0.5;
    pixels.set([...viridis(position), 255], 4 * index);
  }
  return { width: columns, height: rows, channels: 4, pixels, ...(caption !== undefined && { caption }) };
}

/** Red, green and blue (0 … 255) of a position on the scale, cut to [0, 1]. */
function viridis(position: number): [number, number, number] {
  const place = Math.min(1, Math.max(0, position)) * (VIRIDIS.length - 1);
  const below = Math.min(Math.floor(place), VIRIDIS.length - 2);
  const mix = place - below;
  const channel = (shift: number) => {
    const from = (VIRIDIS[below] >> shift) & 255;
    const to = (VIRIDIS[below + 1] >> shift) & 255;
    return Math.round(from + mix * (to - from));
  };
  return [channel(16), channel(8), channel(0)];
}

function logarithm(value: number): number {
  return value > 0 ? Math.log10(value) : Number.NaN;
}
