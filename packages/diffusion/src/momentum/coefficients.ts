import { InvalidInputError } from "@ansatz/tensor";

/** Adams–Bashforth in backward differences Δ: Σ γ_k Δ^k, the γ times 720. */
const DIFFERENCE_WEIGHTS = [720, 360, 300, 270, 251] as const;
const COMMON_DENOMINATOR = 720;

/** The highest order there are weights for. */
const HIGHEST_ORDER = DIFFERENCE_WEIGHTS.length;

/** β below this makes weights of 1/β that lose all digits. */
const LEAST_DAMPING = 1e-3;

/**
 * Weights of the newest, the one before, … of `order` slopes at equal distances: 1; (3, −1)/2; (23, −16, 5)/12; (55, −59, 37, −9)/24; (1901, −2774, 2616, −1274, 251)/720. Each is the
 * double nearest to its fraction.
 */
export function adamsBashforthWeights(order: number): readonly number[] {
  return generalizedHeavyBallWeights(order, 1);
}

/**
 * Weights of the last `order` velocities, newest first, in generalized heavy ball: (β + (1 − β)Δ)(1 + Δ/2 + 5Δ²/12 + …)/β up to Δ^(order − 1), Δ the backward difference. With β = 1 these
 * are Adams–Bashforth's.
 *
 * @param order 1 … 5.
 * @param damping β in [0.001, 1].
 * @throws InvalidInputError
 * Source: "Diffusion Sampling with Momentum for Mitigating Divergence Artifacts", section 4.2; its printed weights of order 2 have a wrong sign in one place of the text.
 */
export function generalizedHeavyBallWeights(order: number, damping: number): readonly number[] {
  checkOrder("order", order);
  checkDamping("damping", damping);
  const powers = Array.from(
    { length: order },
    (_, k) => damping * DIFFERENCE_WEIGHTS[k] + (k === 0 ? 0 : (1 - damping) * DIFFERENCE_WEIGHTS[k - 1]),
  );
  return Array.from({ length: order }, (_, j) => {
    // Integers until the division where β = 1.
    let sum = 0;
    for (let k = j; k < order; k++) sum += powers[k] * binomial(k, j);
    return ((j % 2 === 0 ? 1 : -1) * sum) / (COMMON_DENOMINATOR * damping);
  });
}

/**
 * The order and the damping that one number stands for: ⌈q⌉ and the part behind the point, 1 for integers. Between two integers the method turns from the stability of the lower order into the
 * accuracy of the higher one: 1.8 is order 2 with β = 0.8.
 *
 * @throws InvalidInputError when q is outside of (0, 5], or β would be below 0.001.
 * Source: the paper's section 4.2 ("momentum number").
 */
export function momentumNumber(q: number): { readonly order: number; readonly damping: number } {
  if (!(q > 0 && q <= HIGHEST_ORDER))
    throw new InvalidInputError("momentumNumber", `a number in (0, ${HIGHEST_ORDER}]`, q);
  const order = Math.ceil(q);
  // 1.8 − 1 is not the double that 0.8 is; twelve digits are.
  const damping = q === order ? 1 : Number((q - Math.floor(q)).toFixed(12));
  checkDamping("momentumNumber: its part behind the point", damping);
  return { order, damping };
}

/** @throws InvalidInputError unless `order` is an integer in 1 … 5. */
export function checkOrder(argument: string, order: number): void {
  if (!Number.isInteger(order) || order < 1 || order > HIGHEST_ORDER)
    throw new InvalidInputError(argument, `an integer in 1 … ${HIGHEST_ORDER}`, order);
}

/** @throws InvalidInputError unless `damping` is in [0.001, 1]. */
export function checkDamping(argument: string, damping: number): void {
  if (!(damping >= LEAST_DAMPING && damping <= 1))
    throw new InvalidInputError(argument, `a number in [${LEAST_DAMPING}, 1]`, damping);
}

function binomial(n: number, k: number): number {
  let value = 1;
  for (let i = 1; i <= k; i++) value = (value * (n - k + i)) / i;
  return value;
}
