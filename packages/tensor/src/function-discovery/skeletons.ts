import { expression, type GraphVertex, type Program } from "./program.ts";

/** A polynomial by Horner's rule, then squared `squarings` times: 2·degree + squarings operations. Coefficients from the highest power down. */
export function hornerProgram(degree: number, squarings = 0, coefficients: ArrayLike<number> = []): Program {
  return expression(({ x, add, multiply, coefficient }) => {
    let value = coefficient(coefficients[0]);
    for (let k = 1; k <= degree; k++) value = add(multiply(value, x), coefficient(coefficients[k]));
    for (let k = 0; k < squarings; k++) value = multiply(value, value);
    return value;
  });
}

/** The same polynomial with a fused multiply-add per degree. */
export function fusedHornerProgram(degree: number, coefficients: ArrayLike<number> = []): Program {
  return expression(({ x, fma, coefficient }) => {
    let value = coefficient(coefficients[0]);
    for (let k = 1; k <= degree; k++) value = fma(value, x, coefficient(coefficients[k]));
    return value;
  });
}

/** p(x) / q(x), p of degree `degree` and q monic of the same: 4·degree operations (the first product of q is with 1). Coefficients of p, then of q, highest power first. */
export function rationalProgram(degree: number, coefficients: ArrayLike<number> = []): Program {
  return expression(({ x, add, multiply, divide, coefficient }) => {
    let numerator = coefficient(coefficients[0]);
    for (let k = 1; k <= degree; k++) numerator = add(multiply(numerator, x), coefficient(coefficients[k]));
    let denominator: GraphVertex = x;
    for (let k = 1; k <= degree; k++) {
      const next = add(denominator, coefficient(coefficients[degree + k]));
      denominator = k === degree ? next : multiply(next, x);
    }
    return divide(numerator, denominator);
  });
}

/**
 * 2^x around ½ as √2 (q + t) / (q − t), t odd and q even in z = x − ½, so that f(½ + z) f(½ − z) = 2 as it should be. `order` 1: q = A, t = z (B + z²), 8 operations;
 * 2: q = A + C z², t = z (B + z²), 10 operations. Given are A, B (, C), √2;
 * in the program √2 comes first.
 */
export function symmetricRational(order: 1 | 2, coefficients: ArrayLike<number> = []): Program {
  return expression(({ x, add, subtract, multiply, divide, coefficient, one, two }) => {
    const z = subtract(x, divide(one, two));
    const square = multiply(z, z);
    const [a, b] = [coefficient(coefficients[0]), coefficient(coefficients[1])];
    const q = order === 1 ? a : add(a, multiply(coefficient(coefficients[2]), square));
    const t = multiply(z, add(b, square));
    return multiply(coefficient(coefficients[order + 1]), divide(add(q, t), subtract(q, t)));
  });
}

/**
 * 2^x on [0, 1] as 1 + (x + w g), w = x (x − 1): exact at both ends, and all that is rounded is small beside the last sum, so that in float32 it stays below one unit
 * in the last place where a plain polynomial does not. g is a polynomial of degree 4, by Horner's rule in x or as a polynomial in w of lines in x, which leaves less
 * to wait for; 13 operations either way. Coefficients from the highest power down.
 */
export function anchoredExp2(form: "horner" | "nested", coefficients: ArrayLike<number> = []): Program {
  return expression(({ x, add, subtract, multiply, coefficient, one }) => {
    const c = (k: number) => coefficient(coefficients[k]);
    const w = multiply(x, subtract(x, one));
    const line = (slope: number, value: number) => add(multiply(c(slope), x), c(value));
    const horner = () => [1, 2, 3, 4].reduce<GraphVertex>((g, k) => add(multiply(g, x), c(k)), c(0));
    const nested = () => add(line(3, 4), multiply(w, add(line(1, 2), multiply(w, c(0)))));
    return add(one, add(x, multiply(w, form === "horner" ? horner() : nested())));
  });
}
