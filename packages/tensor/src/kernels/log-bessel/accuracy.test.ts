import { describe, expect, it } from "vitest";
import { cpuModule } from "#kernels/log-bessel";
import { openDevice } from "../../device/open.ts";
import { defineKernel } from "../../kernel.ts";
import { caseRandom } from "../../testing/index.ts";
import golden from "./golden.json" with { type: "json" };
import { type BesselFunction, logBesselKernel } from "./index.ts";
import { hostBessel } from "./reference.ts";
import referenceDigits from "./reference-digits.json" with { type: "json" };

/** The kernel with fused multiply-add, where the engine has it, and without. */
const BUILDS = {
  fused: logBesselKernel,
  plain: defineKernel({
    ...logBesselKernel,
    cpu: {
      ...logBesselKernel.cpu,
      module: { ...cpuModule, name: `${cpuModule.name}, plain`, relaxedSimd: cpuModule.simd },
    },
  }),
} as const;

/** Values of the kernel on the cpu in float64. */
async function computed(
  name: BesselFunction,
  orders: readonly number[],
  values: readonly number[],
  { kernel = logBesselKernel, guards = true } = {},
): Promise<Float64Array<ArrayBuffer>> {
  await using device = await openDevice("cpu", { threads: 1 });
  using order = device.tensor(Float64Array.from(orders));
  using x = device.tensor(Float64Array.from(values));
  using y = kernel.run([order, x], { function: name, guards })[0];
  return (await y.data()) as Float64Array<ArrayBuffer>;
}

function column(rows: readonly (readonly number[])[], index: number): number[] {
  return rows.map((row) => row[index]);
}

describe("log-bessel in float64", () => {
  it.each([
    ["logI", 2],
    ["logK", 3],
  ] as const)("has the 44 reference digits of %s to 2e-14", async (name, index) => {
    const { rows } = referenceDigits;
    expect(rows.length).toBe(44);
    const values = await computed(name, column(rows, 0), column(rows, 1));
    for (const [position, [v, x]] of rows.entries()) {
      const expected = rows[position][index];
      const scale = Math.max(1, Math.abs(expected));
      expect(Math.abs(values[position] - expected) / scale, `${name} of ${v}, ${x}`).toBeLessThan(2e-14);
      // The definition, too.
      expect(Math.abs(hostBessel(name, v, x) - expected) / scale, `host, ${name} of ${v}, ${x}`).toBeLessThan(2e-14);
    }
  });

  it.each([
    ["logI", 2, "fused"],
    ["logK", 3, "fused"],
    ["logI", 2, "plain"],
    ["logK", 3, "plain"],
  ] as const)(
    "agrees with mpmath on %s (column %d, %s multiply-add) to 1e-14, also near its zeros",
    async (name, index, build) => {
      const { rows } = golden;
      const values = await computed(name, column(rows, 0), column(rows, 1), { kernel: BUILDS[build] });
      for (const [position, [v, x]] of rows.entries()) {
        const expected = rows[position][index];
        const bound = 1e-14 * Math.max(1, Math.abs(expected));
        expect(Math.abs(values[position] - expected), `${name} of ${v}, ${x}`).toBeLessThan(bound);
      }
    },
  );

  it("takes the paper's table as it is when asked to, and loses digits near its borders", async () => {
    // Within the second clauses of μ_20 and μ_3, v² far above 2 x and 0.002 x.
    const v = [66.5, 12.5];
    const x = [801, 12_000];
    const [guarded, table] = await Promise.all([true, false].map((guards) => computed("logI", v, x, { guards })));
    for (const at of v.keys()) {
      const lost = Math.abs(table[at] - guarded[at]);
      // An ulp of the values is 1e-13 and 2e-12.
      expect(lost, `${v[at]}, ${x[at]}`).toBeGreaterThan(1e-11);
      expect(lost, `${v[at]}, ${x[at]}`).toBeLessThan(1e-9);
      expect(Math.abs(hostBessel("logI", v[at], x[at], false) / table[at] - 1)).toBeLessThan(1e-15);
    }
  });

  it.each([
    ["ratioI", 4],
    ["ratioK", 5],
  ] as const)("agrees with mpmath on %s to 1e-14 of it", async (name, index) => {
    const { rows } = golden;
    const values = await computed(name, column(rows, 0), column(rows, 1));
    for (const [position, [v, x]] of rows.entries()) {
      const expected = rows[position][index];
      expect(Math.abs(values[position] / expected - 1), `${name} of ${v}, ${x}`).toBeLessThan(1e-14);
    }
  });

  it("keeps the Wronskian I_v K_(v+1) + I_(v+1) K_v = 1/x at 100000 random points", async () => {
    const random = uniforms(11);
    const count = 100_000;
    const v = Array.from({ length: count }, () => 2e4 * random());
    const x = Array.from({ length: count }, () => 1e-3 + 1e5 * random());
    const next = v.map((order) => order + 1);
    const [i, k, nextI, nextK] = await Promise.all([
      computed("logI", v, x),
      computed("logK", v, x),
      computed("logI", next, x),
      computed("logK", next, x),
    ]);
    let worst = 0;
    for (let at = 0; at < count; at++) {
      const defect = Math.log(Math.exp(i[at] + nextK[at]) + Math.exp(nextI[at] + k[at])) + Math.log(x[at]);
      const bound = 1e-14 * Math.max(1, Math.abs(i[at]) + Math.abs(k[at]));
      worst = Math.max(worst, Math.abs(defect) / bound);
    }
    expect(worst).toBeLessThan(1);
  });

  it("keeps I_(v−1) − I_(v+1) = (2v/x) I_v and K_(v+1) − K_(v−1) = (2v/x) K_v across the borders of all regions, without a jump", async () => {
    const { v, x } = besideBorders();
    const scaleOf = (value: number) => 1e-14 * Math.max(1, Math.abs(value));
    for (const name of ["logI", "logK"] as const) {
      const [here, below, above] = await Promise.all(
        [0, -1, 1].map((shift) =>
          computed(
            name,
            v.map((order) => order + shift),
            x,
          ),
        ),
      );
      for (let at = 0; at < v.length; at++) {
        const [low, high] = name === "logI" ? [above[at], below[at]] : [below[at], above[at]];
        const difference = high + Math.log(-Math.expm1(low - high));
        // The difference of two is as many times their errors as it is smaller than they.
        const amplification = 2 / -Math.expm1(low - high);
        const defect = Math.abs(difference - Math.log((2 * v[at]) / x[at]) - here[at]);
        const bound = amplification * (scaleOf(here[at]) + scaleOf(low) + scaleOf(high));
        expect(defect, `${name} of ${v[at]}, ${x[at]}`).toBeLessThan(bound);
      }
      // Pairs on both sides of a border, 2·10⁻⁹ apart: the slope accounts for their difference.
      for (let at = 0; at < v.length; at += 2) {
        const slopeInX = (await slopes(name, v[at], x[at])) * (x[at + 1] - x[at]);
        const slopeInV = ((above[at] - below[at]) / 2) * (v[at + 1] - v[at]);
        const jump = Math.abs(here[at + 1] - here[at] - slopeInX - slopeInV);
        // The slope in the order is a difference quotient, good to a few percent of 2·10⁻⁹.
        const crude = v[at + 1] === v[at] ? 0 : 0.5 * Math.abs(v[at + 1] - v[at]);
        expect(jump, `${name} at ${v[at]}, ${x[at]}`).toBeLessThan(1e-13 * Math.max(1, Math.abs(here[at])) + crude);
      }
    }
  });

  it("is finite on a grid of orders from 1e-3 to 1e8 and arguments from 1e-8 to 1e8", async () => {
    const steps = 400;
    const v = Array.from({ length: steps ** 2 }, (_, at) => 10 ** (-3 + (11 * Math.floor(at / steps)) / (steps - 1)));
    const x = Array.from({ length: steps ** 2 }, (_, at) => 10 ** (-8 + (16 * (at % steps)) / (steps - 1)));
    for (const name of ["logI", "logK", "ratioI", "ratioK"] as const)
      expect(
        (await computed(name, v, x)).every((value) => Number.isFinite(value)),
        name,
      ).toBe(true);
  });

  it("takes the ends of float64's range", async () => {
    const v = [0, 0.3, 2, 1e5, 1e300, 0, 1e300, 1e-300, 1e16];
    const x = [5e-324, 1e-300, 1e-310, 1e-200, 1, 1e300, 1e300, 1e-300, 3];
    const [i, k] = await Promise.all([computed("logI", v, x), computed("logK", v, x)]);
    // mpmath, with 40 digits; of orders and arguments of 1e300 (√2 − asinh 1) · 1e300.
    const expectedI = [
      0, -207.33242771412424, -1429.6821991979882, -47172315.79983603, -6.904686750787737e302, 1e300,
      5.32839975353552e299, 0, -3.543589637979657e17,
    ];
    const expectedK = [
      6.612788072178832, 207.84325333789022, 1428.2959048368682, 47172303.59376338, 6.904686750787737e302, -1e300,
      -5.32839975353552e299, 6.537982733881035, 3.5435896379796563e17,
    ];
    for (const [values, expected] of [
      [i, expectedI],
      [k, expectedK],
    ] as const)
      for (const [at, value] of values.entries())
        expect(Math.abs(value - expected[at]) / Math.max(1, Math.abs(expected[at])), `${v[at]}, ${x[at]}`).toBeLessThan(
          1e-14,
        );
  });
});

function uniforms(seed: number): () => number {
  const random = caseRandom(seed);
  return () => (random.integer(0, 2 ** 30 - 1) + 0.5) / 2 ** 30;
}

/** Points on both sides of every border of the table, one after the other, orders of at least 1. */
function besideBorders(): { v: number[]; x: number[] } {
  const random = uniforms(5);
  const v: number[] = [];
  const x: number[] = [];
  for (const border of [3.05, 3.1, 12.6964, 15.3919, 20.1534, 56.9971, 163.6993])
    for (let repetition = 0; repetition < 8; repetition++) {
      const argument = 10 ** (4 * random());
      v.push(border - 1e-9, border + 1e-9);
      x.push(argument, argument);
    }
  for (const border of [30, 35.9074, 59.6925, 84.4153, 274.2377, 1400])
    for (let repetition = 0; repetition < 8; repetition++) {
      const order = 10 ** (2.5 * random());
      v.push(order, order);
      x.push(border - 1e-9, border + 1e-9);
    }
  return { v, x };
}

async function slopes(name: "logI" | "logK", v: number, x: number): Promise<number> {
  const ratio = hostBessel(name === "logI" ? "ratioI" : "ratioK", v, x);
  return name === "logI" ? v / x + ratio : v / x - ratio;
}
