import { type ButcherTableau, RUNGE_KUTTA_4 } from "@ansatz/tensor";

/** The explicit Runge–Kutta methods of ρRK-DEIS by name. Source: "Fast Sampling of Diffusion Models with Exponential Integrator", section 3.3, and its code. */
export const RUNGE_KUTTA_TABLEAUX = {
  euler: { a: [[]], b: [1], c: [0] },
  heun2: { a: [[], [1]], b: [1 / 2, 1 / 2], c: [0, 1] },
  kutta3: { a: [[], [1 / 2], [-1, 2]], b: [1 / 6, 4 / 6, 1 / 6], c: [0, 1 / 2, 1] },
  ralston3: { a: [[], [1 / 2], [0, 3 / 4]], b: [2 / 9, 1 / 3, 4 / 9], c: [0, 1 / 2, 3 / 4] },
  heun3: { a: [[], [1 / 3], [0, 2 / 3]], b: [1 / 4, 0, 3 / 4], c: [0, 1 / 3, 2 / 3] },
  "van-der-houwen3": { a: [[], [8 / 15], [1 / 4, 5 / 12]], b: [1 / 4, 0, 3 / 4], c: [0, 8 / 15, 2 / 3] },
  ssprk3: { a: [[], [1], [1 / 4, 1 / 4]], b: [1 / 6, 1 / 6, 2 / 3], c: [0, 1, 1 / 2] },
  rk4: RUNGE_KUTTA_4,
} as const satisfies Readonly<Record<string, ButcherTableau>>;

export type RungeKuttaMethod = keyof typeof RUNGE_KUTTA_TABLEAUX;
