import { describe, expect, it } from "vitest";
import { RUNGE_KUTTA_TABLEAUX, type RungeKuttaMethod } from "./tableaux.ts";

const ORDERS: Readonly<Record<RungeKuttaMethod, number>> = {
  euler: 1,
  heun2: 2,
  kutta3: 3,
  ralston3: 3,
  heun3: 3,
  "van-der-houwen3": 3,
  ssprk3: 3,
  rk4: 4,
};

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe.each(Object.entries(ORDERS))("the tableau %s", (name, order) => {
  const { a, b, c } = RUNGE_KUTTA_TABLEAUX[name as RungeKuttaMethod];
  const product = (y: readonly number[]) => a.map((row: readonly number[]) => sum(row.map((value, j) => value * y[j])));
  const dot = (y: readonly number[]) => sum(b.map((value: number, i: number) => value * y[i]));

  it(`meets the conditions of order ${order}, and no more`, () => {
    const ones = c.map(() => 1);
    const squares = c.map((value) => value * value);
    // One condition per rooted tree: Hairer, Nørsett, Wanner, table II.2.2.
    const conditions = [
      [dot(ones) - 1],
      [dot([...c]) - 1 / 2],
      [dot(squares) - 1 / 3, dot(product([...c])) - 1 / 6],
      [
        dot(c.map((value) => value ** 3)) - 1 / 4,
        dot(product([...c]).map((value, i) => value * c[i])) - 1 / 8,
        dot(product(squares)) - 1 / 12,
        dot(product(product([...c]))) - 1 / 24,
      ],
    ];
    for (const [index, defects] of conditions.entries()) {
      const worst = Math.max(...defects.map(Math.abs));
      if (index < order) expect(worst).toBeLessThan(1e-15);
      else if (index === order) expect(worst).toBeGreaterThan(1e-3);
    }
  });

  it("has rows that sum to their times", () => {
    for (const [i, row] of a.entries()) expect(sum([...row])).toBeCloseTo(c[i], 15);
  });
});
