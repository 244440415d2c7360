/** The expressions of the paper's table 1 in its order: μ_K with 3 or 20 terms for large arguments, U_K with 4 to 13 for large orders, and what is left. */
export const EXPRESSIONS = ["μ3", "μ20", "U4", "U6", "U9", "U13", "fallback"] as const;

export type Expression = (typeof EXPRESSIONS)[number];

/** Terms of the sums. */
export const TERMS: Readonly<Record<Exclude<Expression, "fallback">, number>> = {
  μ3: 3,
  μ20: 20,
  U4: 4,
  U6: 6,
  U9: 9,
  U13: 13,
};

/**
 * The expression for a point, v ≥ 0 and x > 0. With `guards` (the default), the second clauses of μ_3 and μ_20 hold only where v² < 0.002 x and v² < 2 x, because as the
 * table has them they lose up to five digits near their bounds, and U_13 and U_9 begin at orders of 16
 * and 28 and arguments of 30 and 35.9, because from the table's bounds on they lose up to two digits.
 *
 * Source: "Accurate Computation of the Logarithm of Modified Bessel Functions on GPUs", table 1 and algorithm 1; the guards are not in it.
 */
export function expressionOf(v: number, x: number, guards = true): Expression {
  const logX = Math.log(x);
  const logV = Math.log(v);
  const inside3 = !guards || v ** 2 < 0.002 * x;
  const inside20 = !guards || v ** 2 < 2 * x;
  const [least13, leastOrder13, leastOrder9] = guards ? [30, 16, 28] : [19.6931, 12.6964, 20.1534];
  if ((x > 1400 && v < 3.05) || (0.6229 * logX - 3.2318 > logV && v > 3.1 && inside3)) return "μ3";
  if ((x > 30 && v < 15.3919) || (0.5113 * logX + 0.7939 > logV && x > 59.6925 && inside20)) return "μ20";
  if ((x > 274.2377 && v > 0.3) || v > 163.6993) return "U4";
  if ((x > 84.4153 && v > 0.46) || v > 56.9971) return "U6";
  if ((x > 35.9074 && v > 0.6) || v > leastOrder9) return "U9";
  if ((x > least13 && v > 0.7) || v > leastOrder13) return "U13";
  return "fallback";
}
