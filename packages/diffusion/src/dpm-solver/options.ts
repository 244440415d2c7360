import { InvalidInputError } from "@ansatz/tensor";
import type { Grid } from "../sampling/grids.ts";

export type DpmOrder = 1 | 2 | 3;

interface CommonOptions {
  /** Order of the method. Default 3 (singlestep, noise), 2 (multistep). */
  readonly order?: DpmOrder;
  /**
   * What is expanded along the path. `"noise"` is DPM-Solver, `"data"` DPM-Solver++, the safe choice under guidance and thresholds.
   * Default `"noise"` (singlestep, adaptive), `"data"` (multistep).
   */
  readonly prediction?: "noise" | "data";
  /**
   * How derivatives enter: by the difference formulas of the paper's algorithms (default), or by the exact weights of a Taylor polynomial. The published multistep formula of order 3
   * takes half of the second derivative, and is of order 2: choose `"taylor"` (and `warmUp: "singlestep"`) for order 3.
   */
  readonly variant?: "difference" | "taylor";
}

/** Several evaluations per step and no memory between steps. */
export interface SinglestepOptions extends CommonOptions {
  readonly method?: "singlestep";
  /**
   * Where between λ and λ' a step evaluates, as fractions: one number for order 2, two for order 3. Default: the points of the grid's own kind between the ends of the step, as in
   * DPM-Solver's code; ½, or ⅓ and ⅔, on a `"log-snr"` grid and on lists. Order 3 is reached where the second is ⅔.
   */
  readonly innerPoints?: readonly number[];
}

/** One evaluation per step; earlier ones give the derivatives. */
export interface MultistepOptions extends CommonOptions {
  readonly method: "multistep";
  /**
   * Lowers the order in the last steps (…, 2, 1), which keeps few steps stable: always, never, or when there are fewer steps than a number. Default 10 (DPM-Solver's code;
   * its documentation and diffusers say 15).
   */
  readonly lowerOrderFinal?: boolean | number;
  /** The order of the last step where orders are lowered. Default 1. 2 where a final denoising follows, which is a step of order 1. */
  readonly finalOrder?: 1 | 2;
  /**
   * Where the first derivatives come from. `"lower-order"` (default, as published): orders 1, 2, … of one evaluation each. Their first step's error of size h² stays, so that the whole is of order 2
   * at most. `"singlestep"`: full order from the beginning, for 2 (order 3: 8) more evaluations less the steps'.
   */
  readonly warmUp?: "lower-order" | "singlestep";
}

/** Steps chosen by comparing two orders: DPM-Solver-12 (order 2) and DPM-Solver-23 (order 3). */
export interface AdaptiveOptions extends CommonOptions {
  readonly method: "adaptive";
  /** Default 3. */
  readonly order?: 2 | 3;
  /** Default 0.0078 = 2/256, for images in [−1, 1]. */
  readonly absoluteTolerance?: number;
  /** Default 0.05. */
  readonly relativeTolerance?: number;
  /** First step in λ. Default 0.05. */
  readonly initialStep?: number;
  /** θ. Default 0.9. */
  readonly safety?: number;
  /** Largest factor between one step and the next. Default 5; the reference has none. */
  readonly largestGrowth?: number;
  /** How close in time the end counts as reached. Default 1e-5. */
  readonly timeTolerance?: number;
  /** Attempts after which it gives up. Default 10 000. */
  readonly maximumAttempts?: number;
}

export type DpmSolverOptions = SinglestepOptions | MultistepOptions | AdaptiveOptions;

/** Below how many steps the last ones are of lower order, in DPM-Solver's code. */
export const LOWER_ORDER_FINAL_BELOW = 10;

export function checkDpmOptions(options: DpmSolverOptions): void {
  const { method = "singlestep", order, prediction = "noise", variant = "difference" } = options;
  if (!["singlestep", "multistep", "adaptive"].includes(method))
    throw new InvalidInputError("options.method", '"singlestep", "multistep" or "adaptive"', method);
  const orders = method === "adaptive" ? [2, 3] : [1, 2, 3];
  if (order !== undefined && !orders.includes(order))
    throw new InvalidInputError("options.order", `one of ${orders.join(", ")}`, order);
  if (prediction !== "noise" && prediction !== "data")
    throw new InvalidInputError("options.prediction", '"noise" or "data"', prediction);
  if (variant !== "difference" && variant !== "taylor")
    throw new InvalidInputError("options.variant", '"difference" or "taylor"', variant);
  if (options.method === "multistep") checkMultistep(options);
  else if (options.method === "adaptive") checkAdaptive(options);
  else checkInnerPoints(options);
}

function checkMultistep({ lowerOrderFinal = true, finalOrder = 1, warmUp = "lower-order" }: MultistepOptions): void {
  if (finalOrder !== 1 && finalOrder !== 2) throw new InvalidInputError("options.finalOrder", "1 or 2", finalOrder);
  const isCount = typeof lowerOrderFinal === "number" && lowerOrderFinal >= 0;
  if (typeof lowerOrderFinal !== "boolean" && !isCount)
    throw new InvalidInputError("options.lowerOrderFinal", "a boolean or a number of steps", lowerOrderFinal);
  if (warmUp !== "lower-order" && warmUp !== "singlestep")
    throw new InvalidInputError("options.warmUp", '"lower-order" or "singlestep"', warmUp);
}

function checkInnerPoints({ order = 3, innerPoints }: SinglestepOptions): void {
  if (!innerPoints) return;
  const isRising = innerPoints.every((point, index) => point > (innerPoints[index - 1] ?? 0));
  const isInside = order === 2 ? innerPoints[0] < 1 : innerPoints[0] < 1 && innerPoints[1] <= 1;
  if (innerPoints.length !== order - 1 || (order > 1 && !(isRising && isInside)))
    throw new InvalidInputError("options.innerPoints", `${order - 1} rising fractions in (0, 1)`, innerPoints);
}

function checkAdaptive(options: AdaptiveOptions): void {
  for (const name of [
    "absoluteTolerance",
    "relativeTolerance",
    "initialStep",
    "safety",
    "timeTolerance",
    "largestGrowth",
    "maximumAttempts",
  ] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isFinite(value) && value > 0))
      throw new InvalidInputError(`options.${name}`, "a finite number above 0", value);
  }
  if ((options.safety ?? 0.9) >= 1) throw new InvalidInputError("options.safety", "a number in (0, 1)", options.safety);
  if ((options.largestGrowth ?? 5) <= 1)
    throw new InvalidInputError("options.largestGrowth", "a number above 1", options.largestGrowth);
}

/** Orders of the steps of a budget of evaluations, and where on the grid of single evaluations they end. */
export function budgetOrders(order: DpmOrder, evaluations: number): DpmOrder[] {
  const full = (count: number): DpmOrder[] => new Array(Math.max(0, count)).fill(order);
  if (order === 1) return full(evaluations);
  if (order === 2) return evaluations % 2 === 0 ? full(evaluations / 2) : [...full((evaluations - 1) / 2), 1];
  const outer = Math.floor(evaluations / 3) + 1;
  const rest = evaluations % 3;
  if (rest === 0) return [...full(outer - 2), 2, 1];
  return [...full(outer - 1), rest as DpmOrder];
}

/** The grid, unless it is a list: what lies between two points of it. */
export function namedGrid(grid: Grid): Exclude<Grid, readonly number[]> | undefined {
  return Array.isArray(grid) ? undefined : (grid as Exclude<Grid, readonly number[]>);
}
