/** What is computed of I_v(x) or K_v(x), v being the order. */
export type BesselFunction = "logI" | "logK" | "ratioI" | "ratioK";

export interface LogBesselOptions {
  readonly function: BesselFunction;
  /** The order where it is a number; the only tensor is then x. */
  readonly order?: number;
  /** Default: true, see `expressionOf`. */
  readonly guards?: boolean | undefined;
}
