import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { leavesOf } from "../differentiation/tree.ts";
import { DivergedError, InvalidInputError } from "../errors.ts";
import { add, multiply, subtract } from "../kernels/map/binary.ts";
import { exp, log, neg, square } from "../kernels/map/unary.ts";
import { slice } from "../movement/slices.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose } from "../testing/index.ts";
import { disposeTree, type GaussNewtonStep, gaussNewton } from "./index.ts";
import golden from "./scipy.json" with { type: "json" };

/** Rosenbrock's function is the square of these, and twice the value. */
function rosenbrockResiduals(x: Tensor): Tensor[] {
  const [head, tail] = [slice(x, [[0, x.size - 1]]), slice(x, [[1, x.size]])];
  return [multiply(subtract(tail, square(head)), 10), subtract(1, head)];
}

describe("gaussNewton", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());
  const values = (list: readonly number[]) => device.tensor(list, [list.length], "float64");

  function exponentialFit(dtype: "float32" | "float64") {
    const { times, values: measured, start } = golden.exponentials;
    const tensor = (list: readonly number[]) => device.tensor(list, [list.length], dtype);
    const [t, y] = [tensor(times), tensor(measured)];
    const term = ([height, rate]: readonly Tensor[]) => multiply(height, exp(neg(multiply(rate, t))));
    const parameters = {
      slow: [tensor(start.slice(0, 1)), tensor(start.slice(1, 2))],
      fast: [tensor(start.slice(2, 3)), tensor(start.slice(3, 4))],
    };
    const residuals = ({ slow, fast }: typeof parameters) => subtract(add(term(slow), term(fast)), y);
    return { parameters, residuals, data: [t, y] };
  }

  it("fits exponentials to SciPy's solution, in few iterations", async () => {
    const { parameters, residuals, data } = exponentialFit("float64");
    const before = device.memory().tensors;
    const result = await gaussNewton(residuals, parameters);
    expect(result.reason).toBe("converged");
    const found = await Promise.all(leavesOf(result.parameters).map((leaf) => leaf.data()));
    const { solution, value, evaluations, condition } = golden.exponentials;
    // JᵀJ has a largest eigenvalue above 1: the gradient, at most 1.1e-8, times the inverse's norm, at most the condition number.
    expectAllClose(
      found.flatMap((each) => [...each]),
      solution,
      { relative: 0, absolute: 1.1e-8 * condition },
    );
    // The value is flat there: its error is of second order in that of the solution.
    expect(result.value / value - 1).toBeLessThan(1e-10);
    // SciPy factorises exactly; truncated conjugate gradients take more, cheaper steps.
    expect(result.history.length - 1).toBeLessThanOrEqual(2 * evaluations);
    expect(device.memory().tensors).toBe(before + 4);
    disposeTree(parameters, result.parameters, data);
  });

  it("fits in float32 to its tolerance", async () => {
    const { parameters, residuals, data } = exponentialFit("float32");
    const result = await gaussNewton(residuals, parameters);
    expect(result.reason).toBe("converged");
    expect(result.history.at(-1)!.gradientNorm).toBeLessThanOrEqual(2.5e-4);
    expect(result.value).toBeLessThan(1.01 * golden.exponentials.value);
    disposeTree(parameters, result.parameters, data);
  });

  it("solves linear problems in the few steps that its damping needs to vanish, whatever their start", async () => {
    using x = values([100, -100, 7]);
    using target = values([1, 2, 3]);
    using weights = values([1, 10, 0.1]);
    const { parameters, reason, history } = await gaussNewton((p: Tensor) => multiply(subtract(p, target), weights), x);
    expect(reason).toBe("converged");
    expect(history.length - 1).toBeLessThanOrEqual(12);
    // The gradient's tolerance over the least eigenvalue of JᵀJ, 0.01.
    expectAllClose(await parameters.data(), [1, 2, 3], { relative: 0, absolute: 1.1e-6 });
    parameters.dispose();
  });

  it("goes through Rosenbrock's valley by its gain ratios, refusing steps that lead up", async () => {
    using x = values(golden.rosenbrock["2-D"].start);
    const told: GaussNewtonStep[] = [];
    const { parameters, reason, value, history } = await gaussNewton(rosenbrockResiduals, x, {
      onProgress: (step) => told.push(step),
    });
    expect(reason).toBe("converged");
    expect(value).toBeLessThan(1e-14);
    expectAllClose(await parameters.data(), [1, 1], { relative: 0, absolute: 1e-7 });
    expect(told).toEqual(history);
    for (const [index, step] of history.slice(1).entries()) {
      if (step.gainRatio > 0) expect(step.value).toBeLessThanOrEqual(history[index].value);
      else expect([step.value, step.stepSize]).toEqual([history[index].value, 0]);
    }
    expect(history.some(({ gainRatio }) => gainRatio <= 0)).toBe(true);
    expect(history.length - 1).toBeLessThan(golden.rosenbrock["2-D"].scipy.iterations);
    parameters.dispose();
  });

  it("stops at the iteration limit, when asked to, and where nothing is left to gain", async () => {
    using x = values([-1.2, 1]);
    const limited = await gaussNewton(rosenbrockResiduals, x, { iterations: 2 });
    expect([limited.reason, limited.history.length]).toEqual(["iteration-limit", 3]);
    expect(limited.remedy).toMatch(/options\.iterations/);
    const controller = new AbortController();
    const aborted = await gaussNewton(rosenbrockResiduals, x, {
      signal: controller.signal,
      onProgress: ({ evaluations }) => evaluations > 3 && controller.abort(),
    });
    expect(aborted.reason).toBe("aborted");
    const { parameters, residuals, data } = exponentialFit("float64");
    const stalled = await gaussNewton(residuals, parameters, { gradientTolerance: 0 });
    expect(stalled.reason).toBe("stalled");
    expect(Math.abs(stalled.value / golden.exponentials.value - 1)).toBeLessThan(1e-12);
    disposeTree(parameters, data);
    disposeTree(limited.parameters, aborted.parameters, stalled.parameters);
  });

  it("refuses steps that leave the domain, and ends with the last good parameters when all do", async () => {
    using x = values([0.05]);
    const before = device.memory().tensors;
    // NaN below 0, where a full step from 20 leads.
    using far = values([20]);
    const { reason, parameters } = await gaussNewton((p: Tensor) => add(log(p), 3), far);
    expect(reason).toBe("converged");
    expectAllClose(await parameters.data(), [Math.exp(-3)], { relative: 1e-8, absolute: 0 });
    parameters.dispose();

    let calls = 0;
    const breaksDown = (p: Tensor) => multiply(p, ++calls > 3 ? Number.NaN : 1);
    const error = await gaussNewton(breaksDown, x).then(
      () => undefined,
      (reason) => reason,
    );
    expect(error).toBeInstanceOf(DivergedError);
    const last = (error as DivergedError<Tensor>).lastIterate;
    expect(Number.isFinite(await last.item())).toBe(true);
    last.dispose();
    expect(device.memory().tensors).toBe(before + 1);
  });

  it("leaves nothing behind when the residuals throw half-way, and holds the same memory for 100 steps", async () => {
    using x = values([-1.2, 1, -1.2, 1]);
    const before = device.memory();
    let calls = 0;
    const throws = (p: Tensor) => {
      if (++calls > 9) throw new RangeError("enough");
      return rosenbrockResiduals(p);
    };
    await expect(gaussNewton(throws, x)).rejects.toThrow("enough");
    expect(device.memory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes });

    const held = new Set<number>();
    // A root of order 3: convergence is linear, and the steps never run out.
    const { parameters, history } = await gaussNewton((p: Tensor) => multiply(square(p), p), x, {
      gradientTolerance: 0,
      iterations: 100,
      onProgress: () => held.add(device.memory().tensors),
    });
    expect(history.length).toBe(101);
    expect(held.size).toBe(1);
    parameters.dispose();
  });

  it("refuses options, parameters and residuals that make no sense, naming them", async () => {
    using x = values([1, 2]);
    using integers = device.zeros([2], "int32");
    using nothing = device.zeros([0], "float64");
    const before = device.memory().tensors;
    const refuses = (run: Promise<unknown>, argument: string) =>
      expect(run, argument).rejects.toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    await refuses(gaussNewton(rosenbrockResiduals, x, { damping: 0 }), "gaussNewton: options.damping");
    await refuses(gaussNewton(rosenbrockResiduals, x, { innerIterations: 0 }), "gaussNewton: options.innerIterations");
    await refuses(gaussNewton(rosenbrockResiduals, x, { iterations: 0 }), "gaussNewton: options.iterations");
    await refuses(gaussNewton(rosenbrockResiduals, integers), "gaussNewton: parameters");
    await refuses(gaussNewton(rosenbrockResiduals, nothing), "gaussNewton: parameters");
    await refuses(
      gaussNewton((p: Tensor) => slice(p, [[0, 0]]), x),
      "gaussNewton: residuals",
    );
    expect(device.memory().tensors).toBe(before);
  });
});
