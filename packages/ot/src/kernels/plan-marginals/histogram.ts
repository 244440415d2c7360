/** Bins of the histogram of log P. Mirrored in cpu.as.ts and gpu.wgsl. */
export const BINS = 1664;

/** Bins per unit of log P: masses within a bin differ by 3 %. */
export const BINS_PER_UNIT = 32;

/** Where the bins begin. Below, an entry is smaller than 3·10⁻²³; such entries are counted in the lowest bin. */
export const LOWEST = -52;

/** The bin of an entry. Everything below the second bin, NaN included, is in the lowest; everything from 0 on in the highest. */
export function binOf(logPlan: number): number {
  const position = Math.floor((logPlan - LOWEST) * BINS_PER_UNIT);
  return position >= 1 ? Math.min(position, BINS - 1) : 0;
}

/** Smallest log P that belongs to a bin; −∞ for the lowest. */
export function lowerEdgeOf(bin: number): number {
  return bin === 0 ? Number.NEGATIVE_INFINITY : LOWEST + bin / BINS_PER_UNIT;
}
