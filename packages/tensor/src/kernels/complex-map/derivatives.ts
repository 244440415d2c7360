import { sumTo } from "../../differentiation/broadcasting.ts";
import type { Derivatives } from "../../differentiation/primitive.ts";
import type { Tensor } from "../../tensor.ts";
import { conj } from "../complex-parts/index.ts";
import { add, divide, multiply } from "../map/binary.ts";
import { quotientCoefficients, sumRules, whereRules } from "../map/derivatives.ts";
import { neg } from "../map/unary.ts";
import type { ComplexMapOptions } from "./options.ts";

/** Adjoints in the inner product Re Σ conj(a) b, in which a complex gradient is that of the real and imaginary parts. */
export function complexMapDerivatives({ operation }: ComplexMapOptions): Derivatives<ComplexMapOptions> {
  switch (operation) {
    case "neg":
      return { structure: "linear", reverse: ([cotangent]) => [neg(cotangent!)] };
    case "add":
      return sumRules(1);
    case "subtract":
      return sumRules(-1);
    case "where":
      return whereRules(() => []);
    case "multiply":
      return {
        structure: "bilinear",
        reverse: ([cotangent], { inputs: [a, b], needed }) => [
          needed[0] ? sumTo(multiply(cotangent!, conj(b)), a.shape) : null,
          needed[1] ? sumTo(multiply(cotangent!, conj(a)), b.shape) : null,
        ],
      };
    case "divide":
      return {
        structure: "nonlinear",
        reverse: ([cotangent], { inputs: [a, b], outputs: [y], needed }) => {
          const inA = divide(cotangent!, conj(b));
          return [
            needed[0] ? sumTo(inA, a.shape) : null,
            needed[1] ? sumTo(neg(multiply(inA, conj(y))), b.shape) : null,
          ];
        },
        forward: ([da, db], { inputs: [, b], outputs: [y] }) => {
          const terms: Tensor[] = [];
          if (da) terms.push(divide(da, b));
          if (db) terms.push(neg(divide(multiply(db, y), b)));
          return [terms.length === 2 ? add(terms[0], terms[1]) : (terms[0] ?? null)];
        },
        taylor: quotientCoefficients,
      };
  }
}
