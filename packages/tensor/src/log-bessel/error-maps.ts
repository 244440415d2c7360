import type { Report } from "@ansatz/lab";
import type { Device } from "../device/device.ts";
import type { FloatDType } from "../dtype.ts";
import { type BesselFunction, logBesselI, logBesselK, logBesselKernel } from "../kernels/log-bessel/index.ts";
import { logBesselPair, type TensorPair } from "../kernels/log-bessel/pair.ts";
import { EXPRESSIONS, expressionOf } from "../kernels/log-bessel/regions.ts";
import { logKSimpson } from "./paper-fallbacks.ts";

/** Orders and arguments of a map, row by row. */
export interface Grid {
  readonly steps: number;
  readonly orders: Float64Array<ArrayBuffer>;
  readonly arguments: Float64Array<ArrayBuffer>;
  readonly caption: string;
}

type Range = readonly [from: number, to: number];

/** Powers of ten, exponents in equal steps. */
export function logarithmicGrid(steps: number, orders: Range, values: Range): Grid {
  const at = ([from, to]: Range, index: number) => 10 ** (from + ((to - from) * index) / (steps - 1));
  return {
    steps,
    orders: Float64Array.from({ length: steps ** 2 }, (_, place) => at(orders, Math.floor(place / steps))),
    arguments: Float64Array.from({ length: steps ** 2 }, (_, place) => at(values, place % steps)),
    caption: `orders from 10^${orders[0]} (top) to 10^${orders[1]}, arguments from 10^${values[0]} (left) to 10^${values[1]}`,
  };
}

function reportGrid(
  report: Report,
  name: string,
  { steps, caption }: Grid,
  values: Float64Array,
  what: string,
  scale: "linear" | "log" = "log",
): void {
  report.heatmap(name, {
    ...{ rows: steps, columns: steps, values, scale, rowLabel: "order", columnLabel: "argument" },
    caption: `${what}; ${caption}`,
  });
}

/** Which expression is used where. */
export function reportExpressions(report: Report, grid: Grid): void {
  const values = grid.orders.map((v, at) => EXPRESSIONS.indexOf(expressionOf(v, grid.arguments[at])));
  const legend = EXPRESSIONS.map((name, index) => `${index} ${name}`).join(", ");
  reportGrid(report, "expressions", grid, values, legend, "linear");
  const counts = EXPRESSIONS.map((name, index) => {
    const share = values.filter((value) => value === index).length / values.length;
    return [name, share, values.length === 0 ? 0 : shareOfSquare(name)];
  });
  report.table(
    "expressions",
    [{ name: "expression" }, { name: "share of the map" }, { name: "share of orders and arguments in [0, 300]" }],
    counts,
  );
}

/** Share of the square that the benchmark is on, by 300² points. */
function shareOfSquare(name: (typeof EXPRESSIONS)[number]): number {
  let count = 0;
  for (let v = 0.5; v < 300; v++) for (let x = 0.5; x < 300; x++) count += Number(expressionOf(v, x) === name);
  return count / 300 ** 2;
}

/** Values of the kernel on the device, and of what it was given after rounding to the dtype. */
async function valuesOn(
  device: Device,
  dtype: FloatDType,
  name: BesselFunction,
  orders: Float64Array,
  values: Float64Array,
  guards = true,
): Promise<Float64Array<ArrayBuffer>> {
  using v = device.tensor(Float64Array.from(orders), [orders.length], dtype);
  using x = device.tensor(Float64Array.from(values), [values.length], dtype);
  using y = logBesselKernel.run([v, x], { function: name, guards })[0];
  return Float64Array.from(await y.data());
}

/** How many of the values of log I and log K on a grid are not finite. */
export async function countNonFinite(device: Device, dtype: FloatDType, grid: Grid): Promise<number> {
  let count = 0;
  for (const name of ["logI", "logK"] as const) {
    const values = await valuesOn(device, dtype, name, grid.orders, grid.arguments);
    count += values.filter((value) => !Number.isFinite(value)).length;
  }
  return count;
}

/** The largest and the middle one. */
export interface ErrorSummary {
  readonly worst: number;
  readonly median: number;
}

function summaryOf(errors: Float64Array): ErrorSummary {
  const sorted = Float64Array.from(errors).sort();
  return { worst: sorted[sorted.length - 1], median: sorted[sorted.length >> 1] };
}

/**
 * What is left of log(I_v K_(v+1) + I_(v+1) K_v) + log x = 0, relative to max(1, |log I_v| + |log K_v|): a check of all four values that needs no reference.
 */
export async function reportWronskian(
  report: Report,
  name: string,
  device: Device,
  grid: Grid,
  guards: boolean,
): Promise<ErrorSummary> {
  const next = grid.orders.map((v) => v + 1);
  const [i, k, nextI, nextK] = await Promise.all([
    valuesOn(device, "float64", "logI", grid.orders, grid.arguments, guards),
    valuesOn(device, "float64", "logK", grid.orders, grid.arguments, guards),
    valuesOn(device, "float64", "logI", next, grid.arguments, guards),
    valuesOn(device, "float64", "logK", next, grid.arguments, guards),
  ]);
  const errors = i.map((_, at) => {
    const x = grid.arguments[at];
    const defect = Math.log(Math.exp(i[at] + nextK[at]) + Math.exp(nextI[at] + k[at])) + Math.log(x);
    return Math.abs(defect) / Math.max(1, Math.abs(i[at]) + Math.abs(k[at]));
  });
  reportGrid(report, name, grid, errors, "error of the Wronskian");
  return summaryOf(errors);
}

/** Error in float32 against float64 on the host, relative to max(1, |value|); of the numbers given, after rounding. */
export async function reportSingle(
  report: Report,
  device: Device,
  grid: Grid,
  name: "logI" | "logK",
): Promise<ErrorSummary> {
  const values = await valuesOn(device, "float32", name, grid.orders, grid.arguments);
  const errors = values.map((value, at) =>
    mixedError(value, exact(name, Math.fround(grid.orders[at]), Math.fround(grid.arguments[at]))),
  );
  reportGrid(report, `${name} in float32`, grid, errors, "error relative to max(1, |value|)");
  return summaryOf(errors);
}

/** Error in pairs of float32 against float64 on the host, relative to the value and to order and argument. */
export async function reportPairs(
  report: Report,
  device: Device,
  grid: Grid,
  name: "logI" | "logK",
): Promise<ErrorSummary> {
  const pairOf = (values: Float64Array): TensorPair => [
    device.tensor(Float32Array.from(values)),
    device.tensor(Float32Array.from(values, (value) => value - Math.fround(value))),
  ];
  const inputs = [pairOf(grid.orders), pairOf(grid.arguments)] as const;
  const outputs = logBesselPair(name, ...inputs);
  const [high, low] = await Promise.all(outputs.map((each) => each.data()));
  for (const tensor of [...inputs.flat(), ...outputs]) tensor.dispose();
  const errors = grid.orders.map((v, at) => {
    const x = grid.arguments[at];
    const expected = exact(name, v, x);
    return Math.abs(high[at] + low[at] - expected) / Math.max(1, Math.abs(expected), v + x);
  });
  reportGrid(report, `${name} in pairs of float32`, grid, errors, "error relative to value, order and argument");
  return summaryOf(errors);
}

/** Error of the paper's quadrature of K where no expansion holds. */
export function reportSimpson(report: Report, steps: number): ErrorSummary {
  const grid = logarithmicGrid(steps, [-2, Math.log10(12.6)], [-2, Math.log10(29)]);
  const errors = grid.orders.map((v, at) =>
    mixedError(logKSimpson(v, grid.arguments[at]), logBesselK(v, grid.arguments[at])),
  );
  reportGrid(report, "the paper's quadrature of K", grid, errors, "error relative to max(1, |value|)");
  return summaryOf(errors);
}

function exact(name: "logI" | "logK", v: number, x: number): number {
  return name === "logI" ? logBesselI(v, x) : logBesselK(v, x);
}

function mixedError(value: number, expected: number): number {
  return Math.abs(value - expected) / Math.max(1, Math.abs(expected));
}

/** Worst error of the device on the reference digits, relative to max(1, |value|). */
export async function referenceError(device: Device, rows: readonly (readonly number[])[]): Promise<number> {
  let worst = 0;
  for (const [name, column] of [
    ["logI", 2],
    ["logK", 3],
  ] as const) {
    const orders = Float64Array.from(rows, (row) => row[0]);
    const values = await valuesOn(
      device,
      "float64",
      name,
      orders,
      Float64Array.from(rows, (row) => row[1]),
    );
    for (const [at, value] of values.entries()) worst = Math.max(worst, mixedError(value, rows[at][column]));
  }
  return worst;
}

/** Nanoseconds for each of 2¹⁵ orders and arguments in [0, 300]: the least of a hundred calls, before the last of which the kernel is compiled for speed. */
export async function nanosecondsPerElement(device: Device, dtype: FloatDType, name: BesselFunction): Promise<number> {
  const count = 1 << 15;
  // A sequence that fills the square evenly (Roberts, 2018), so that no seed is needed.
  const part = (step: number) => Float64Array.from({ length: count }, (_, at) => 300 * ((0.5 + step * at) % 1));
  using v = device.tensor(part(0.7548776662466927), [count], dtype);
  using x = device.tensor(part(0.5698402909980532), [count], dtype);
  using y = device.zeros([count], dtype);
  let best = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < 100; repetition++) {
    const start = performance.now();
    logBesselKernel.runInto([v, x], [y], { function: name });
    await device.synchronize();
    best = Math.min(best, performance.now() - start);
  }
  return (best * 1e6) / count;
}
