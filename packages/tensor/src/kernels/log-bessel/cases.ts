import type { FloatDType } from "../../dtype.ts";
import { type CaseRandom, type KernelCase, type ReferenceArray, referenceArray } from "../../kernel.ts";
import type { Shape } from "../../shape.ts";
import { BESSEL_FUNCTIONS, type LogBesselOptions } from "./options.ts";

const DTYPES = ["float32", "float64"] as const;

export function logBesselCases(): KernelCase<LogBesselOptions>[] {
  return BESSEL_FUNCTIONS.flatMap((name) =>
    DTYPES.flatMap((dtype) => [
      { name: `${name} of nothing, ${dtype}`, inputs: arrays(dtype, [0], [], []), options: { function: name } },
      {
        name: `${name}, both scalars, ${dtype}`,
        inputs: [referenceArray(dtype, [], [1.5]), referenceArray(dtype, [], [2])],
        options: { function: name },
      },
      {
        name: `${name} of special values, ${dtype}`,
        inputs: specialValues(dtype),
        options: { function: name },
      },
      {
        name: `${name}, one in each region, order a number, ${dtype}`,
        inputs: [referenceArray(dtype, [5], [0.5, 20, 40, 100, 2000])],
        options: { function: name, order: 2 },
      },
      {
        name: `${name} at the ends of float32, ${dtype}`,
        inputs: arrays(dtype, [6], [1e38, 3e38, 1e30, 5, 0, 2e15], [1e-30, 3e38, 1e30, 1e-35, 3e38, 3e12]),
        options: { function: name },
      },
      {
        name: `${name}, orders in rows, arguments in columns, ${dtype}`,
        inputs: [
          referenceArray(dtype, [7, 1], [0, 0.5, 3, 14, 25, 60, 200]),
          referenceArray(dtype, [5], [0.25, 7, 33, 90, 290]),
        ],
        options: { function: name, guards: false },
      },
    ]),
  );
}

/** Zero, infinite, NaN and negative, each with each. */
function specialValues(dtype: FloatDType): readonly ReferenceArray[] {
  const orders = [0, 0.5, 20, 200, Number.POSITIVE_INFINITY, Number.NaN, -2, -0.5];
  const values = [0, Number.POSITIVE_INFINITY, Number.NaN, -1, 3];
  const pairs = orders.flatMap((order) => values.map((value) => [order, value]));
  return arrays(
    dtype,
    [pairs.length],
    pairs.map(([order]) => order),
    pairs.map(([, value]) => value),
  );
}

function arrays(dtype: FloatDType, shape: Shape, orders: readonly number[], values: readonly number[]) {
  return [referenceArray(dtype, shape, orders), referenceArray(dtype, shape, values)];
}

export function randomLogBesselCase(random: CaseRandom): KernelCase<LogBesselOptions> {
  const dtype = random.pick(DTYPES);
  const name = random.pick(BESSEL_FUNCTIONS);
  const shape = Array.from({ length: random.integer(1, 3) }, () => random.integer(1, 9));
  const orders = positive(random, shape.slice(random.integer(0, shape.length - 1)), dtype);
  const x = positive(random, shape, dtype);
  return {
    name: `${name} of orders [${orders.shape}] and arguments [${x.shape}], ${dtype}`,
    inputs: [orders, x],
    options: { function: name },
  };
}

/** Most below 100, a few hundred at most. */
function positive(random: CaseRandom, shape: Shape, dtype: FloatDType): ReferenceArray {
  const scale = random.pick([1, 10, 100]);
  return referenceArray(dtype, shape, Array.from(random.array(shape, dtype, { scale }).data, Math.abs));
}
