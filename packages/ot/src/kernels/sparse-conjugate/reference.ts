import { type ReferenceArray, referenceArray } from "@ansatz/tensor";
import type { SparseConjugateOptions } from "./options.ts";

/** An entry of a column that is among the largest. */
interface Entry {
  readonly index: number;
  /** α − c. */
  readonly score: number;
}

interface ColumnPlan {
  readonly value: number;
  /** Masses of the first entries; the others have none. */
  readonly masses: readonly number[];
}

/** Sorts whole columns. */
export function sparseConjugateReference(
  [costs, rowPotentials, columns]: readonly ReferenceArray[],
  options: SparseConjugateOptions,
): readonly ReferenceArray[] {
  const [batches, count, rows] = costs.shape;
  const { maximumEntries } = options;
  const values = new Float64Array(batches * count);
  const masses = new Float64Array(batches * count * maximumEntries);
  const indices = new Int32Array(masses.length);
  for (let column = 0; column < batches * count; column++) {
    const first = Math.floor(column / count) * rows;
    const scores = Array.from(
      { length: rows },
      (_, row) => rowPotentials.data[first + row] - costs.data[column * rows + row],
    );
    const from = column * maximumEntries;
    const own = columns.data[column];
    if (options.columnInput === "masses" && own <= 0) continue;
    if (Number.isNaN(own) || scores.some(Number.isNaN)) {
      values[column] = Number.NaN;
      masses.fill(Number.NaN, from, from + maximumEntries);
      continue;
    }
    const entries = scores
      .map((score, index): Entry => ({ index, score }))
      .sort((a, b) => b.score - a.score || a.index - b.index)
      .slice(0, maximumEntries);
    const plan = columnPlan(
      entries.map(({ score }) => score),
      own,
      options,
    );
    values[column] = plan.value;
    masses.set(plan.masses, from);
    indices.set(
      plan.masses.map((_, position) => entries[position].index),
      from,
    );
  }
  return [
    referenceArray(costs.dtype, [batches, count], values),
    referenceArray(costs.dtype, [batches, count, maximumEntries], masses),
    referenceArray("int32", [batches, count, maximumEntries], indices),
  ];
}

function columnPlan(scores: readonly number[], own: number, options: SparseConjugateOptions): ColumnPlan {
  const { regularizer, regularization: gamma, columnInput } = options;
  if (columnInput === "potentials") {
    const reached = scores.map((score) => score + own);
    if (regularizer === "entropic") {
      const masses = reached.map((score) => Math.exp(score / gamma - 1));
      return { value: gamma * sum(masses), masses };
    }
    const positive = reached.filter((score) => score > 0);
    return {
      value: sum(positive.map((score) => score * score)) / (2 * gamma),
      masses: positive.map((score) => score / gamma),
    };
  }
  const best = scores[0];
  const below = scores.map((score) => score - best);
  if (regularizer === "entropic") {
    const weights = below.map((difference) => Math.exp(difference / gamma));
    const total = sum(weights);
    return {
      value: own * best + gamma * own * Math.log(total / own),
      masses: weights.map((weight) => (own * weight) / total),
    };
  }
  const active = below.filter(
    (difference, position) => (position + 1) * difference > sum(below.slice(0, position + 1)) - gamma * own,
  );
  const threshold = (sum(active) - gamma * own) / active.length;
  const masses = active.map((difference) => (difference - threshold) / gamma);
  const value = masses.reduce((total, mass, position) => total + mass * (active[position] - (gamma / 2) * mass), 0);
  return { value: own * best + value, masses };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
