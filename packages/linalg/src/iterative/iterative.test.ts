import {
  add,
  type Device,
  InvalidInputError,
  key,
  matmul,
  multiply,
  normal,
  openDevice,
  pad,
  slice,
  subtract,
  type Tensor,
} from "@ansatz/tensor";
import { expectAllClose, testDevices } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  bicgstab,
  chebyshevIteration,
  conjugateGradient,
  gmres,
  type IterativeOptions,
  type IterativeResult,
  jacobiPreconditioner,
  type LinearOperator,
  lsqr,
  minres,
} from "../index.ts";

const EDGE = 8;

/** −Δ on a square of EDGE × EDGE points with zero around, plus a flow to the right: symmetric positive definite without, nonsymmetric with. */
function laplacian(flow = 0, shift = 0): LinearOperator {
  const size = EDGE * EDGE;
  return {
    shape: [size, size],
    apply: (x) =>
      x.device.scope(() => {
        const grid = x.reshape([EDGE, EDGE]);
        const wide = pad(grid, [
          [1, 1],
          [1, 1],
        ]);
        const at = (row: number, column: number) =>
          slice(wide, [
            [1 + row, 1 + row + EDGE],
            [1 + column, 1 + column + EDGE],
          ]);
        const neighbours = add(add(at(-1, 0), at(1, 0)), add(at(0, -1), at(0, 1)));
        const diffusion = subtract(multiply(grid, 4 - shift), neighbours);
        return add(diffusion, multiply(subtract(at(0, 1), at(0, -1)), flow)).reshape([size]);
      }),
    applyTranspose: (x) => laplacian(-flow, shift).apply(x),
  };
}

/** Eigenvalues of the Laplacian: 4 − 2 cos(π i / (EDGE + 1)) − 2 cos(π j / (EDGE + 1)). */
const BOUNDS = [1, EDGE].map((k) => 4 - 4 * Math.cos((Math.PI * k) / (EDGE + 1))) as [number, number];

type Method = (a: LinearOperator | Tensor, b: Tensor, options: IterativeOptions) => Promise<IterativeResult>;

const SYMMETRIC: Readonly<Record<string, Method>> = {
  conjugateGradient,
  minres,
  chebyshevIteration: (a, b, options) => chebyshevIteration(a, b, { ...options, eigenvalues: BOUNDS }),
};
const GENERAL: Readonly<Record<string, Method>> = { gmres, bicgstab, lsqr };

for (const { label, open } of await testDevices())
  describe(`iterative methods on ${label}`, () => {
    let device: Device;
    let dtype: "float32" | "float64";
    let tolerance: number;
    beforeAll(async () => {
      device = await open();
      dtype = device.kind === "cpu" ? "float64" : "float32";
      tolerance = device.kind === "cpu" ? 1e-10 : 1e-4;
    });
    afterAll(() => device.dispose());

    const random = (seed: number, size: number) => normal(key(seed), [size], { device, dtype });

    async function solves(method: Method, a: LinearOperator, name: string): Promise<void> {
      const before = device.memory().tensors;
      using b = random(1, a.shape[0]);
      const { x, reason, residual, residuals, iterations } = await method(a, b, { tolerance });
      expect(reason, name).toBe("converged");
      expect(residual, name).toBeLessThan(3 * tolerance);
      expect(residuals.length, name).toBe(iterations + 1);
      expect(residuals[0], name).toBeCloseTo(1, 5);
      // From where it ended there is next to nothing left to do.
      const again = await method(a, b, { tolerance: 10 * tolerance, start: x });
      expect(again.iterations, name).toBeLessThanOrEqual(1);
      x.dispose();
      again.x.dispose();
      expect(device.memory().tensors, name).toBe(before + 1);
    }

    it("solve a symmetric positive definite system", async () => {
      for (const [name, method] of Object.entries({ ...SYMMETRIC, ...GENERAL }))
        await solves(method, laplacian(), name);
    });

    it("solve a nonsymmetric system", async () => {
      for (const [name, method] of Object.entries(GENERAL)) await solves(method, laplacian(0.7), name);
    });

    it("solve a symmetric indefinite system", async () => {
      const fullGmres: Method = (a, b, options) => gmres(a, b, { ...options, restart: 150 });
      const indefinite: Readonly<Record<string, Method>> = { minres, fullGmres, lsqr };
      for (const [name, method] of Object.entries(indefinite)) await solves(method, laplacian(0, 1.1), name);
    });
  });

describe("iterative methods", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu");
  });
  afterAll(() => device.dispose());

  const random = (seed: number, ...shape: number[]) => normal(key(seed), shape, { device, dtype: "float64" });

  it("take a matrix, and end in as many steps as it has rows", async () => {
    using root = random(2, 8, 8);
    using a = matmul(root, root, { transposeB: true });
    using b = random(3, 8);
    for (const method of [conjugateGradient, minres, gmres, lsqr] as Method[]) {
      const { x, residual, iterations } = await method(a, b, { tolerance: 1e-9 });
      expect(residual).toBeLessThan(1e-8);
      expect(iterations).toBeLessThanOrEqual(method === gmres ? 8 : 30);
      x.dispose();
    }
  });

  it("reduce their residuals as theory says", async () => {
    using b = random(4, EDGE * EDGE);
    const condition = BOUNDS[1] / BOUNDS[0];
    const rate = (Math.sqrt(condition) - 1) / (Math.sqrt(condition) + 1);
    const { x, residuals } = await minres(laplacian(), b);
    for (const [k, residual] of residuals.entries()) expect(residual).toBeLessThanOrEqual(2 * rate ** k * 1.0001);
    // MINRES and GMRES minimise the same residual over the same space.
    const full = await gmres(laplacian(), b, { restart: 200 });
    for (let k = 0; k < 30; k++) expect(residuals[k] / full.residuals[k]).toBeCloseTo(1, 6);
    x.dispose();
    full.x.dispose();
  });

  it("go faster with a preconditioner", async () => {
    const size = 60;
    const scales = Float64Array.from({ length: size }, (_, k) => 10 ** (k / 12));
    using diagonal = device.tensor(scales);
    using b = random(5, size);
    const neighbours = laplacianOfLine(size);
    const badly: LinearOperator = {
      shape: [size, size],
      apply: (x) => device.scope(() => add(multiply(diagonal, x), neighbours(x))),
    };
    const preconditioner = jacobiPreconditioner(diagonal);
    for (const method of [conjugateGradient, minres, gmres, bicgstab] as ((
      ...parameters: Parameters<typeof conjugateGradient>
    ) => Promise<IterativeResult>)[]) {
      const plain = await method(badly, b, { maximumIterations: 500 });
      const better = await method(badly, b, { preconditioner, maximumIterations: 500 });
      expect(better.reason).toBe("converged");
      expect(better.iterations).toBeLessThan(plain.iterations / 2);
      plain.x.dispose();
      better.x.dispose();
    }
  });

  /** Half the coupling of neighbours on a line. */
  function laplacianOfLine(size: number) {
    return (x: Tensor) => {
      const wide = pad(x, [[1, 1]]);
      return multiply(add(slice(wide, [[0, size]]), slice(wide, [[2, size + 2]])), -0.25);
    };
  }

  it("find least-squares solutions, damped ones and the shortest", async () => {
    using tall = random(6, 20, 5);
    using b = random(7, 20);
    const normal = async (a: Tensor, damping: number) => {
      const { x, reason } = await lsqr(a, b, { damping, normalTolerance: 1e-13 });
      expect(reason).toBe("converged");
      // Aᵀ(b − A x) = λ² x.
      const left = device.scope(() => {
        const column = x.reshape([5, 1]);
        const rest = subtract(b.reshape([20, 1]), matmul(a, column));
        return subtract(matmul(a, rest, { transposeA: true }), multiply(column, damping ** 2));
      });
      expectAllClose(await left.data(), new Float64Array(5), { relative: 0, absolute: 1e-10 });
      left.dispose();
      x.dispose();
    };
    await normal(tall, 0);
    await normal(tall, 2.5);
    using wide = random(8, 5, 20);
    using short = random(9, 5);
    const { x, residual } = await lsqr(wide, short, { tolerance: 1e-13 });
    expect(residual).toBeLessThan(1e-12);
    // The shortest is a combination of the rows: projecting it on them changes nothing.
    const projected = await lsqr(
      wide,
      device.scope(() => matmul(wide, x.reshape([20, 1])).reshape([5])),
      { tolerance: 1e-13 },
    );
    expectAllClose(await projected.x.data(), await x.data(), { relative: 1e-10, absolute: 1e-10 });
    projected.x.dispose();
    x.dispose();
  });

  it("say why they stop, and what to do", async () => {
    using b = random(10, EDGE * EDGE);
    const ends = async (result: Promise<IterativeResult>) => {
      const { x, reason, remedy, residual } = await result;
      expect(remedy.length).toBeGreaterThan(10);
      expect(Number.isFinite(residual)).toBe(true);
      x.dispose();
      return reason;
    };
    expect(await ends(conjugateGradient(laplacian(0, 1.1), b))).toBe("indefinite");
    expect(await ends(minres(laplacian(), b, { preconditioner: (r) => multiply(r, -1) }))).toBe("indefinite");
    for (const method of Object.values({ ...SYMMETRIC, ...GENERAL })) {
      expect(await ends(method(laplacian(), b, { maximumIterations: 3 }))).toBe("iterations");
      const controller = new AbortController();
      const onProgress = (iteration: number) => iteration === 2 && controller.abort();
      expect(await ends(method(laplacian(), b, { signal: controller.signal, onProgress }))).toBe("aborted");
      using zero = device.zeros([EDGE * EDGE], "float64");
      expect(await ends(method(laplacian(), zero, {}))).toBe("converged");
    }
    // A rotation by a right angle: BiCGSTAB divides by zero at once.
    using rotation = device.tensor(Float64Array.of(0, 1, -1, 0), [2, 2]);
    using unit = device.tensor(Float64Array.of(1, 0));
    expect(await ends(bicgstab(rotation, unit))).toBe("breakdown");
    expect(await ends(gmres(rotation, unit))).toBe("converged");
    using nan = device.tensor(Float64Array.of(1, Number.NaN));
    expect((await gmres(rotation, nan)).reason).toBe("breakdown");
  });

  it("end where a singular system has no solution", async () => {
    using a = device.tensor(Float64Array.of(1, 0, 0, 0), [2, 2]);
    using b = device.tensor(Float64Array.of(1, 1));
    const least = await lsqr(a, b);
    expect(least.reason).toBe("converged");
    expect(Array.from(await least.x.data())).toEqual([1, 0]);
    const stuck = await gmres(a, b, { maximumIterations: 20 });
    expect(stuck.reason).not.toBe("converged");
    expect(Array.from(await stuck.x.data()).every(Number.isFinite)).toBe(true);
  });

  it("refuse what does not fit, naming it", async () => {
    using a = random(11, 3, 3);
    using wide = random(11, 3, 4);
    using b = random(12, 3);
    using single = device.zeros([3], "float32");
    const refuses = (result: Promise<unknown>, argument: string) =>
      expect(result).rejects.toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    await refuses(conjugateGradient(wide, b), "conjugateGradient: a");
    await refuses(gmres(a, device.zeros([2], "float64")), "gmres: b");
    await refuses(minres(a, b, { start: single }), "minres: options.start");
    await refuses(bicgstab(a, b, { tolerance: -1 }), "bicgstab: options.tolerance");
    await refuses(gmres(a, b, { restart: 0 }), "gmres: options.restart");
    await refuses(chebyshevIteration(a, b, { eigenvalues: [0, 1] }), "chebyshevIteration: options.eigenvalues");
    await refuses(lsqr({ shape: [3, 3], apply: (x) => x.alias() }, b), "lsqr: a");
    await refuses(lsqr(a, b, { maximumIterations: 1.5 }), "lsqr: options.maximumIterations");
  });
});
