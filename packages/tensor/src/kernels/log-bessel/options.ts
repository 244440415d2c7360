/** What is computed of I_v(x) or K_v(x), v being the order; numbered alike in gpu.wgsl. */
export const BESSEL_FUNCTIONS = ["logI", "logK", "ratioI", "ratioK"] as const;

export type BesselFunction = (typeof BESSEL_FUNCTIONS)[number];

export interface LogBesselOptions {
  readonly function: BesselFunction;
  /** The order where it is a number; the only tensor is then x. */
  readonly order?: number;
  /** Default: true, see `expressionOf`. */
  readonly guards?: boolean | undefined;
}

export interface LogBesselPairOptions {
  readonly function: "logI" | "logK";
}
