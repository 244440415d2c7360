import { type Device, expandDims, matmul, type Tensor } from "@ansatz/tensor";
import { eigen } from "../kernels/eigen/index.ts";
import { singularValues } from "../kernels/svd/index.ts";
import { inverse } from "../solve/linear-systems.ts";
import type { CsrMatrix } from "../sparse/csr-matrix.ts";
import { withDevice } from "../with-device.ts";

/**
 * ω* = 2 / (1 + √(1 − β²)): the best parameter of SOR for a consistently ordered matrix whose Jacobi iteration has the spectral radius β.
 */
export function optimalRelaxation(jacobiRadius: number): number {
  return 2 / (1 + Math.sqrt(1 - jacobiRadius ** 2));
}

/** Spectral radius of SOR's iteration for a consistently ordered matrix. */
export function sorSpectralRadius(relaxation: number, jacobiRadius: number): number {
  if (relaxation >= optimalRelaxation(jacobiRadius)) return relaxation - 1;
  const scaled = relaxation * jacobiRadius;
  return ((scaled + Math.sqrt(scaled ** 2 - 4 * (relaxation - 1))) / 2) ** 2;
}

/** Asymptotic cost log ε / log ρ. */
export function asymptoticCost(tolerance: number, radius: number): number {
  return Math.log(tolerance) / Math.log(radius);
}

/** U(ω) = 1 + log ε / log(ρ + τ (1 − ρ)), the near-asymptotic surrogate of the cost. */
export function surrogateCost(tolerance: number, radius: number, slack: number): number {
  return 1 + Math.log(tolerance) / Math.log(radius + slack * (1 - radius));
}

/** What theory says of one matrix, relaxation by relaxation. */
export interface RelaxationTheory {
  /** β. */
  readonly jacobiRadius: number;
  /** ρ(C_ω) from eigenvalues. */
  readonly radii: Float64Array;
  /** (‖C_ω^(k − 1)‖^(1/(k − 1)) − ρ) / (1 − ρ) for the costs k given; their largest is τ. */
  readonly slacks: Float64Array;
  /** Bound on SOR's cost in the energy norm. */
  readonly energyBounds: Float64Array;
  /** Bound on the cost of conjugate gradients preconditioned by symmetric SOR. */
  readonly conjugateGradientBounds: Float64Array;
}

/**
 * Quantities of the paper's analysis for a small matrix, by dense linear algebra: iteration matrices C_ω = I − A (D/ω + L)⁻¹, their radii and powers, and bounds on costs.
 *
 * @param costs what SOR took with each relaxation, from which τ is found.
 *
 * Source: "Learning to Relax: Setting Solver Parameters Across a Sequence of Linear System Instances", near-asymptotic analysis and its appendix.
 */
export async function relaxationTheory(
  matrix: CsrMatrix,
  relaxations: ArrayLike<number>,
  costs: ArrayLike<number>,
  tolerance: number,
): Promise<RelaxationTheory> {
  return withDevice(undefined, async (device) => {
    const n = matrix.shape[0];
    const dense = denseOf(matrix);
    const diagonal = Float64Array.from({ length: n }, (_, i) => dense[i * n + i]);
    const jacobi = dense.map((value, at) => (at % (n + 1) === 0 ? 0 : -value / diagonal[Math.floor(at / n)]));
    const jacobiRadius = await spectralRadiusOf(device, jacobi, n);
    const eigenvaluesOfA = await realEigenvalues(device, dense, n);
    const condition = Math.max(...eigenvaluesOfA) / Math.min(...eigenvaluesOfA);
    const lower = dense.map((value, at) => (at % n < Math.floor(at / n) ? value : 0));
    // ρ(D⁻¹ L D⁻¹ Lᵀ), and the largest eigenvalues of D A⁻¹ and (L D⁻¹ Lᵀ − D / 4) A⁻¹.
    const over = scaledRows(transposed(lower, n), diagonal, n);
    const crossed = multiplied(scaledRows(lower, diagonal, n), over, n);
    const crossRadius = await spectralRadiusOf(device, crossed, n);
    const inverseA = await inverseOf(device, dense, n);
    const alpha = Math.max(
      ...(await realEigenvalues(
        device,
        inverseA.map((value, at) => value * diagonal[Math.floor(at / n)]),
        n,
      )),
    );
    const squared = multiplied(lower, over, n).map(
      (value, at) => value - (at % (n + 1) === 0 ? diagonal[at % n] / 4 : 0),
    );
    const beta = Math.max(...(await realEigenvalues(device, multiplied(squared, inverseA, n), n)));
    const [radii, slacks, energyBounds, conjugateGradientBounds] = [0, 1, 2, 3].map(
      () => new Float64Array(relaxations.length),
    );
    for (let at = 0; at < relaxations.length; at++) {
      const relaxation = relaxations[at];
      using iteration = await iterationMatrix(device, dense, relaxation, n);
      radii[at] = await radiusOf(iteration);
      const power = Math.max(1, costs[at] - 1);
      slacks[at] = ((await powerNorm(iteration, power)) ** (1 / power) - radii[at]) / (1 - radii[at]);
      const half = (2 - relaxation) / (2 * relaxation);
      const gap = 1 - jacobiRadius;
      const contraction = 1 - (2 * half * gap) / (half ** 2 + gap / relaxation + crossRadius - 1 / 4);
      energyBounds[at] = Math.log(tolerance / (2 * Math.sqrt(condition))) / (Math.log(contraction) / 2);
      conjugateGradientBounds[at] = conjugateGradientBound(relaxation, alpha, beta, condition, tolerance);
    }
    return { jacobiRadius, radii, slacks, energyBounds, conjugateGradientBounds };
  });
}

function conjugateGradientBound(
  relaxation: number,
  alpha: number,
  beta: number,
  condition: number,
  tolerance: number,
): number {
  const t = 2 - relaxation;
  const preconditioned = (1 + (t * t * alpha) / (4 * relaxation) + beta * relaxation) / t;
  const accuracy = Math.log(Math.sqrt(condition) / tolerance + Math.sqrt(condition / tolerance ** 2 - 1));
  return 1 - accuracy / Math.log(1 - 2 / (1 + Math.sqrt(preconditioned)));
}

/** C_ω = I − A (D/ω + L)⁻¹. */
async function iterationMatrix(device: Device, dense: Float64Array, relaxation: number, n: number): Promise<Tensor> {
  const splitting = dense.map((value, at) => {
    const [i, j] = [Math.floor(at / n), at % n];
    return i === j ? value / relaxation : j < i ? value : 0;
  });
  const product = multiplied(dense, await inverseOf(device, splitting, n), n);
  return device.tensor(
    product.map((value, at) => (at % (n + 1) === 0 ? 1 : 0) - value),
    [n, n],
    "float64",
  );
}

/** ‖C^k‖₂ by repeated squaring. */
async function powerNorm(iteration: Tensor, exponent: number): Promise<number> {
  const { device } = iteration;
  using power = device.scope(() => {
    let [result, base] = [undefined as Tensor | undefined, iteration];
    for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) result = result ? matmul(result, base) : base.alias();
      if (rest > 1) base = matmul(base, base);
    }
    return singularValues(expandDims(result!, 0));
  });
  return (await power.data())[0];
}

async function radiusOf(matrix: Tensor): Promise<number> {
  const { values, vectors } = eigen(matrix);
  const parts = (await values.data()) as Float64Array;
  values.dispose();
  vectors.dispose();
  let radius = 0;
  for (let k = 0; k < parts.length; k += 2) radius = Math.max(radius, Math.hypot(parts[k], parts[k + 1]));
  return radius;
}

async function spectralRadiusOf(device: Device, values: Float64Array<ArrayBuffer>, n: number): Promise<number> {
  using matrix = device.tensor(values, [n, n], "float64");
  return await radiusOf(matrix);
}

/** Real parts: for products of symmetric matrices, one of them definite, which have no others. */
async function realEigenvalues(device: Device, values: Float64Array<ArrayBuffer>, n: number): Promise<number[]> {
  using matrix = device.tensor(values, [n, n], "float64");
  const { values: found, vectors } = eigen(matrix);
  const parts = (await found.data()) as Float64Array;
  found.dispose();
  vectors.dispose();
  return Array.from({ length: n }, (_, k) => parts[2 * k]);
}

async function inverseOf(
  device: Device,
  values: Float64Array<ArrayBuffer>,
  n: number,
): Promise<Float64Array<ArrayBuffer>> {
  using matrix = device.tensor(values, [n, n], "float64");
  using result = inverse(matrix);
  return (await result.data()) as Float64Array<ArrayBuffer>;
}

function denseOf({ shape: [n], rowPointers, columnIndices, values }: CsrMatrix): Float64Array<ArrayBuffer> {
  const dense = new Float64Array(n * n);
  for (let row = 0; row < n; row++)
    for (let entry = rowPointers[row]; entry < rowPointers[row + 1]; entry++)
      dense[row * n + columnIndices[entry]] = values[entry];
  return dense;
}

function multiplied(a: Float64Array, b: Float64Array, n: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++)
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      if (factor !== 0) for (let j = 0; j < n; j++) result[i * n + j] += factor * b[k * n + j];
    }
  return result;
}

function transposed(a: Float64Array, n: number): Float64Array<ArrayBuffer> {
  return Float64Array.from({ length: n * n }, (_, at) => a[(at % n) * n + Math.floor(at / n)]);
}

/** D⁻¹ A. */
function scaledRows(a: Float64Array, diagonal: Float64Array, n: number): Float64Array<ArrayBuffer> {
  return Float64Array.from(a, (value, at) => value / diagonal[Math.floor(at / n)]);
}
