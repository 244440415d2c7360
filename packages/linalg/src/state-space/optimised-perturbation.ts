import { type Device, InvalidInputError } from "@ansatz/tensor";
import { norm2 } from "../host-norms.ts";
import { hippoLegs } from "./hippo.ts";
import { diagonalise, type ModalForm } from "./modal-form.ts";

export interface OptimisationStep {
  readonly iteration: number;
  /** ½ log f + γ ‖E‖_F / ‖A‖₂. */
  readonly objective: number;
  /** κ₂(Ṽ). */
  readonly condition: number;
  /** ‖E‖_F / ‖A‖₂. */
  readonly size: number;
}

export type OptimisationStopReason = "converged" | "stalled" | "iteration-limit" | "aborted";

/** Eigenvalues may not come nearer to the imaginary axis than this. */
const LEAST_DECAY = 0.1;
/** Share of the predicted decrease that a step must bring (Armijo). */
const SUFFICIENT = 1e-4;
const CONVERGED = 1e-7;
/** Halvings of a step before giving up. */
const MOST_HALVINGS = 40;

/** E₀ = 10⁻³ ½ b bᵀ + 10⁻⁶ ‖A‖ times a random matrix of norm 1: small, since large random ones lead to bad local minima. */
export function startingPerturbation(
  states: number,
  norm: number,
  random: Float64Array<ArrayBuffer>,
): Float64Array<ArrayBuffer> {
  const { input } = hippoLegs(states);
  return random.map((value, at) => 5e-4 * input[Math.floor(at / states)] * input[at % states] + 1e-6 * norm * value);
}

interface Point {
  readonly perturbation: Float64Array<ArrayBuffer>;
  readonly form: ModalForm;
  readonly objective: number;
  readonly size: number;
}

/**
 * Gradient descent with backtracking on ½ log f(E) + γ ‖E‖_F / ‖A‖₂, f = Σ_i ‖v_i‖² ‖u_i‖² over right eigenvectors v and left ones u: smooth where eigenvalues are distinct, and κ₂(Ṽ) ≤ √(n f).
 */
export async function optimisePerturbation(
  states: number,
  norm: number,
  start: Float64Array<ArrayBuffer>,
  options: {
    readonly penalty?: number;
    readonly maxIterations?: number;
    readonly signal?: AbortSignal;
    readonly onProgress?: (step: OptimisationStep) => void;
  },
  device: Device,
): Promise<{
  readonly perturbation: Float64Array<ArrayBuffer>;
  readonly reason: OptimisationStopReason;
  readonly history: readonly OptimisationStep[];
}> {
  const { penalty = 100, maxIterations = 300, signal, onProgress = () => {} } = options;
  const { matrix } = hippoLegs(states);
  const at = async (perturbation: Float64Array<ArrayBuffer>): Promise<Point | undefined> => {
    const sum = matrix.map((value, index) => value + perturbation[index]);
    // Where eigenvalues meet, or the step has led into the unstable, there is nothing to descend on.
    const form = await diagonalise("optimisePerturbation", sum, states, device).catch((error) => {
      if (error instanceof InvalidInputError) return undefined;
      throw error;
    });
    if (!form?.poles.every((part, index) => index % 2 === 1 || part <= -LEAST_DECAY)) return undefined;
    const size = norm2(perturbation) / norm;
    return { perturbation, form, size, objective: Math.log(conditionSurrogate(form)) / 2 + penalty * size };
  };
  const first = await at(start);
  if (!first) throw new Error("the starting perturbation leaves no distinct stable eigenvalues");
  let current: Point = first;
  const history: OptimisationStep[] = [];
  const record = (iteration: number) => {
    const { objective, size, form } = current;
    history.push({ iteration, objective, condition: form.condition, size });
    onProgress(history[history.length - 1]);
  };
  const stop = (reason: OptimisationStopReason) => ({ perturbation: current.perturbation, reason, history });
  record(0);
  let step = Number.NaN;
  for (let iteration = 1; iteration <= maxIterations; iteration++) {
    if (signal?.aborted) return stop("aborted");
    const { form, perturbation, size, objective } = current;
    const slope = surrogateGradient(form);
    const scale = 1 / (2 * conditionSurrogate(form));
    const gradient = perturbation.map(
      (value, index) => scale * slope[index] + (penalty * value) / (size * norm * norm),
    );
    const steepness = gradient.reduce((sum, value) => sum + value * value, 0);
    // The first step moves E by a thousandth of A at most; later ones begin at twice the last.
    step = Number.isNaN(step) ? (1e-3 * norm) / Math.sqrt(steepness) : 2 * step;
    let next: Point | undefined;
    for (let halvings = 0; !next && halvings < MOST_HALVINGS; halvings++, step /= next ? 1 : 2) {
      const tried = await at(perturbation.map((value, index) => value - step * gradient[index]));
      if (tried && tried.objective <= objective - SUFFICIENT * step * steepness) next = tried;
    }
    if (!next) return stop("stalled");
    current = next;
    record(iteration);
    if (objective - next.objective <= CONVERGED * Math.abs(objective)) return stop("converged");
  }
  return stop("iteration-limit");
}

/** f = Σ_i ‖v_i‖² ‖u_i‖² = ‖Ṽ⁻¹‖_F² for columns of length 1. */
export function conditionSurrogate({ modes, states, weights, inverse }: ModalForm): number {
  let sum = 0;
  for (let k = 0; k < modes; k++)
    for (let j = 2 * k * states; j < 2 * (k + 1) * states; j++) sum += weights[k] * inverse[j] ** 2;
  return sum;
}

/**
 * ∇f of `conditionSurrogate` in a real E, row by row: 2 Re (Ṽ (T ⊙ Y) U)ᵀ with Y = diag(q) G − H diag(p), G = Ṽ* Ṽ, H = U U*, q = diag H, p = diag G, T_ij = 1/(λ_i − λ_j), U = Ṽ⁻¹.
 */
export function surrogateGradient(form: ModalForm): Float64Array<ArrayBuffer> {
  const { states: n } = form;
  const { poles, vectors, rows } = withConjugates(form);
  const g = product(adjoint(vectors, n), vectors, n);
  const h = product(rows, adjoint(rows, n), n);
  const y = new Float64Array(2 * n * n);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      if (i === j) continue;
      const at = 2 * (i * n + j);
      const [q, p] = [h[2 * (i * n + i)], g[2 * (j * n + j)]];
      const [re, im] = [q * g[at] - h[at] * p, q * g[at + 1] - h[at + 1] * p];
      const [gapRe, gapIm] = [poles[2 * i] - poles[2 * j], poles[2 * i + 1] - poles[2 * j + 1]];
      const square = gapRe ** 2 + gapIm ** 2;
      y[at] = (re * gapRe + im * gapIm) / square;
      y[at + 1] = (im * gapRe - re * gapIm) / square;
    }
  const whole = product(product(vectors, y, n), rows, n);
  return Float64Array.from({ length: n * n }, (_, index) => {
    const [i, j] = [Math.floor(index / n), index % n];
    return 2 * whole[2 * (j * n + i)];
  });
}

/** All eigenvalues, eigenvectors and rows of the inverse: each pair and then its conjugates. */
function withConjugates({ states: n, modes, poles, weights, vectors, inverse }: ModalForm) {
  const all = {
    poles: new Float64Array(2 * n),
    vectors: new Float64Array(2 * n * n),
    rows: new Float64Array(2 * n * n),
  };
  let place = 0;
  for (let k = 0; k < modes; k++)
    for (let copy = 0; copy < weights[k]; copy++, place++) {
      const sign = copy === 0 ? 1 : -1;
      all.poles.set([poles[2 * k], sign * poles[2 * k + 1]], 2 * place);
      for (let j = 0; j < n; j++) {
        const column = 2 * (j * modes + k);
        all.vectors.set([vectors[column], sign * vectors[column + 1]], 2 * (j * n + place));
        const row = 2 * (k * n + j);
        all.rows.set([inverse[row], sign * inverse[row + 1]], 2 * (place * n + j));
      }
    }
  return all;
}

/** Conjugate transpose of a complex n × n matrix. */
function adjoint(a: Float64Array, n: number): Float64Array {
  const result = new Float64Array(a.length);
  for (let i = 0; i < n; i++)
    for (let j = 0; j < n; j++) {
      result[2 * (j * n + i)] = a[2 * (i * n + j)];
      result[2 * (j * n + i) + 1] = -a[2 * (i * n + j) + 1];
    }
  return result;
}

/** A B of complex n × n matrices. */
function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const c = new Float64Array(2 * n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const [re, im] = [a[2 * (i * n + k)], a[2 * (i * n + k) + 1]];
      for (let j = 0; j < n; j++) {
        const [right, out] = [2 * (k * n + j), 2 * (i * n + j)];
        c[out] += re * b[right] - im * b[right + 1];
        c[out + 1] += re * b[right + 1] + im * b[right];
      }
    }
  return c;
}
