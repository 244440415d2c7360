import { type FloatDType, type ReferenceArray, referenceArray } from "@ansatz/tensor";
import type { LogPlanOptions } from "./log-plan.ts";
import { partsOf } from "./log-plan.ts";

interface PlanCase {
  readonly inputs: readonly [cost: ReferenceArray, potentials: ReferenceArray];
  readonly options: LogPlanOptions;
}

/** The part of `CaseRandom` that drawing a plan takes. */
interface Draws {
  integer(minimum: number, maximum: number): number;
  array(shape: readonly number[], dtype: FloatDType, range?: { readonly scale?: number }): ReferenceArray;
}

/** ε of all cases: a power of two, so that log P of costs and potentials on a grid is exact in float32 and selections agree on every device. */
const REGULARIZATION = 1 / 8;

/** Costs, potentials and remainders that are multiples of 1/16, 1/8 and 1/64, made by a fixed rule with many equal entries; `shift` is added to all row potentials. */
export function planCase(dtype: FloatDType, rows: number, columns: number, shift = 0): PlanCase {
  return gridCase(dtype, rows, columns, (index, below) => (index * 7919) % below, shift);
}

/** As `planCase`, at random. */
export function randomPlanCase(random: Draws, dtype: FloatDType, rows: number, columns: number): PlanCase {
  return gridCase(dtype, rows, columns, (_, below) => random.integer(0, below - 1), 0);
}

/** Costs and potentials that are not on a grid. */
export function continuousPlanCase(random: Draws, dtype: FloatDType, rows: number, columns: number): PlanCase {
  const cost = random.array([rows, columns], dtype);
  const coarse = random.array([rows + columns], "float64");
  const fine = random.array([rows + columns], dtype, { scale: 2 ** -5 });
  const onGrid = dtype === "float32" ? coarse.data.map((x) => Math.round(x * 8) / 8) : coarse.data;
  const data = dtype === "float32" ? [...onGrid, ...fine.data] : [...onGrid];
  return {
    inputs: [cost, referenceArray(dtype, [partsOf(dtype), rows + columns], data)],
    options: { regularization: REGULARIZATION },
  };
}

function gridCase(
  dtype: FloatDType,
  rows: number,
  columns: number,
  draw: (index: number, below: number) => number,
  shift: number,
): PlanCase {
  const length = rows + columns;
  const cost = Array.from({ length: rows * columns }, (_, index) => draw(index, 64) / 16);
  const coarse = Array.from({ length }, (_, index) => draw(index, 16) / 8 - 1 + (index < rows ? shift : 0));
  const fine = Array.from({ length }, (_, index) => draw(index, 8) / 64 - 1 / 16);
  return {
    inputs: [
      referenceArray(dtype, [rows, columns], cost),
      referenceArray(dtype, [partsOf(dtype), length], dtype === "float32" ? [...coarse, ...fine] : coarse),
    ],
    options: { regularization: REGULARIZATION },
  };
}
