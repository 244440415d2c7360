import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import { valueAndGrad } from "../differentiation/transforms.ts";
import { leavesOf } from "../differentiation/tree.ts";
import { DivergedError, InvalidInputError } from "../errors.ts";
import { add, multiply, subtract } from "../kernels/map/binary.ts";
import { exp, log, square } from "../kernels/map/unary.ts";
import { sum } from "../kernels/reduce/index.ts";
import { slice } from "../movement/slices.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose } from "../testing/index.ts";
import { disposeTree, lbfgs, type MinimizationStep } from "./index.ts";
import golden from "./scipy.json" with { type: "json" };

function rosenbrock(x: Tensor): Tensor {
  const [head, tail] = [slice(x, [[0, x.size - 1]]), slice(x, [[1, x.size]])];
  return sum(add(multiply(square(subtract(tail, square(head))), 100), square(subtract(1, head))));
}

describe("lbfgs", () => {
  let device: Device;
  beforeAll(async () => {
    device = await openDevice("cpu", { threads: 1 });
  });
  afterAll(() => device.dispose());
  const values = (list: readonly number[]) => device.tensor(list, [list.length], "float64");

  it.each(Object.entries(golden.rosenbrock))(
    "finds the least value of Rosenbrock's function in about as many iterations as SciPy and PyTorch: %s",
    async (_, { start, scipy, torch }) => {
      using x = values(start);
      const before = device.memory().tensors;
      const { parameters, reason, value, history } = await lbfgs(valueAndGrad(rosenbrock), x, {
        gradientTolerance: golden.tolerance,
      });
      expect(reason).toBe("converged");
      expect(history.at(-1)!.gradientNorm).toBeLessThanOrEqual(golden.tolerance);
      // The Hessian's least eigenvalue is about 0.4 there: errors are gradient / 0.4.
      expectAllClose(await parameters.data(), new Array(x.size).fill(1), { relative: 0, absolute: 3e-8 });
      expect(value).toBeLessThan(1e-14);
      // The three differ in how they interpolate; the peers are up to a fifth apart from each other.
      const most = 1.2 * Math.max(scipy.iterations, torch.iterations);
      expect(history.length - 1).toBeLessThanOrEqual(most);
      expect(history.at(-1)!.evaluations).toBeLessThanOrEqual(1.2 * Math.max(scipy.evaluations, torch.evaluations));
      expect(device.memory().tensors).toBe(before + 1);
      parameters.dispose();
    },
  );

  it("minimises over trees of parameters, in float32 and float64, each to its tolerance", async () => {
    const run = async (dtype: "float32" | "float64") => {
      const tree = {
        a: device.tensor([-1.2], [1, 1], dtype),
        rest: [device.tensor([1, 0.5], [2], dtype), device.zeros([0], dtype)],
      };
      const loss = ({ a, rest: [b] }: typeof tree) =>
        sum(add(multiply(square(subtract(b, square(a))), 100), add(square(subtract(1, a)), square(subtract(1, b)))));
      const result = await lbfgs(valueAndGrad(loss), tree);
      const found = await Promise.all(leavesOf(result.parameters).map((leaf) => leaf.data()));
      const shapes = leavesOf(result.parameters).map(({ shape }) => shape);
      disposeTree(tree, result.parameters);
      return { ...result, shapes, found: found.flatMap((each) => [...each]) };
    };
    for (const [dtype, absolute] of [
      // The default tolerance of the gradient over the Hessian's least eigenvalue, which is above 1.
      ["float32", 2.5e-4],
      ["float64", 1.1e-8],
    ] as const) {
      const { reason, shapes, found } = await run(dtype);
      expect(reason, dtype).toBe("converged");
      expect(shapes).toEqual([[1, 1], [2], [0]]);
      expectAllClose(found, [1, 1, 1], { relative: 0, absolute }, dtype);
    }
  });

  it("tells its progress, and counts from the start", async () => {
    using x = values([3, -4]);
    const told: MinimizationStep[] = [];
    const { history, parameters } = await lbfgs(
      valueAndGrad((p: Tensor) => sum(square(p))),
      x,
      {
        onProgress: (step) => told.push(step),
      },
    );
    expect(history[0]).toEqual({ value: 25, gradientNorm: 8, stepSize: 0, evaluations: 1 });
    expect(told).toEqual(history);
    parameters.dispose();
  });

  it("stops at the iteration limit, when asked to, and where nothing is left to gain, each with a remedy", async () => {
    using x = values([-1.2, 1]);
    const limited = await lbfgs(valueAndGrad(rosenbrock), x, { iterations: 3 });
    expect([limited.reason, limited.history.length]).toEqual(["iteration-limit", 4]);
    expect(limited.remedy).toMatch(/options\.iterations/);

    const controller = new AbortController();
    const aborted = await lbfgs(valueAndGrad(rosenbrock), x, {
      signal: controller.signal,
      onProgress: ({ evaluations }) => evaluations > 5 && controller.abort(),
    });
    expect(aborted.reason).toBe("aborted");
    using again = device.scope(() => rosenbrock(aborted.parameters));
    expect(await again.item()).toBe(aborted.value);

    const wrong = (p: Tensor) => {
      const { value, gradient } = valueAndGrad((y: Tensor) => sum(square(y)))(p);
      return { value, gradient: multiply(gradient, -1) };
    };
    const stalled = await lbfgs(wrong, x);
    expect([stalled.reason, stalled.value]).toEqual(["stalled", 1.2 ** 2 + 1]);
    expect(stalled.remedy).toMatch(/gradient/);

    // Values next to 1e8 are 1.5e-8 apart, which alone would not tell points apart where gradients are below about 1e-4; slopes do.
    const offset = await lbfgs(
      valueAndGrad((p: Tensor) => add(rosenbrock(p), 1e8)),
      x,
      { gradientTolerance: 1e-14 },
    );
    expect(offset.reason).toBe("converged");
    expectAllClose(await offset.parameters.data(), [1, 1], { relative: 0, absolute: 1e-13 });
    disposeTree(limited.parameters, aborted.parameters, stalled.parameters, offset.parameters);
  });

  it("shortens steps that leave the domain", async () => {
    using x = values([0.01, 20]);
    // x − log x is NaN below 0, and least at 1.
    const barrier = (p: Tensor) => sum(subtract(p, log(p)));
    const { reason, parameters } = await lbfgs(valueAndGrad(barrier), x);
    expect(reason).toBe("converged");
    expectAllClose(await parameters.data(), [1, 1], { relative: 0, absolute: 2e-8 });
    parameters.dispose();
  });

  it("ends with the last good parameters when it diverges", async () => {
    const caught = async (run: Promise<unknown>) => {
      const error = await run.then(
        () => undefined,
        (reason) => reason,
      );
      expect(error).toBeInstanceOf(DivergedError);
      const last = (error as DivergedError<Tensor>).lastIterate;
      const found = [...(await last.data())];
      last.dispose();
      return found;
    };
    using x = values([2]);
    const before = device.memory().tensors;
    using nan = values([Number.NaN]);
    expect(
      await caught(
        lbfgs(
          valueAndGrad((p: Tensor) => sum(square(p))),
          nan,
        ),
      ),
    ).toEqual([Number.NaN]);
    let evaluations = 0;
    const breaksDown = (p: Tensor) => (++evaluations <= 3 ? rosenbrock(p) : multiply(rosenbrock(p), Number.NaN));
    using start = values([-1.2, 1]);
    const good = await caught(lbfgs(valueAndGrad(breaksDown), start));
    expect(good.every(Number.isFinite)).toBe(true);
    expect(good).not.toEqual([-1.2, 1]);
    const unbounded = (p: Tensor) => sum(multiply(exp(p), -1));
    expect((await caught(lbfgs(valueAndGrad(unbounded), x))).every(Number.isFinite)).toBe(true);
    expect(device.memory().tensors).toBe(before + 2);
  });

  it("leaves nothing behind when the function throws half-way", async () => {
    using x = values([-1.2, 1]);
    const before = device.memory();
    let evaluations = 0;
    const throws = (p: Tensor) => {
      if (++evaluations > 6) throw new RangeError("enough");
      return rosenbrock(p);
    };
    await expect(lbfgs(valueAndGrad(throws), x)).rejects.toThrow("enough");
    expect(device.memory()).toMatchObject({ tensors: before.tensors, bytes: before.bytes });
  });

  it("holds no more memory after 100 iterations than after its memory is full", async () => {
    using x = values(Array.from({ length: 20 }, (_, k) => (k % 2 ? 1 : -1.2)));
    const held: number[] = [];
    const { parameters } = await lbfgs(valueAndGrad(rosenbrock), x, {
      gradientTolerance: 0,
      iterations: 110,
      onProgress: () => held.push(device.memory().tensors),
    });
    expect(held.length).toBe(111);
    expect(new Set(held.slice(12)).size).toBe(1);
    parameters.dispose();
  });

  it("refuses options, parameters and functions that make no sense, naming them", async () => {
    using x = values([1, 2]);
    using integers = device.zeros([2], "int32");
    const before = device.memory().tensors;
    const bowl = valueAndGrad((p: Tensor) => sum(square(p)));
    const refuses = (run: Promise<unknown>, argument: string) =>
      expect(run, argument).rejects.toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    await refuses(lbfgs(bowl, x, { memory: 0 }), "lbfgs: options.memory");
    await refuses(lbfgs(bowl, x, { iterations: 1.5 }), "lbfgs: options.iterations");
    await refuses(lbfgs(bowl, x, { gradientTolerance: -1 }), "lbfgs: options.gradientTolerance");
    await refuses(lbfgs(bowl, x, { sufficientDecrease: 1 }), "lbfgs: options.sufficientDecrease");
    await refuses(lbfgs(bowl, x, { curvature: 1e-5 }), "lbfgs: options.curvature");
    await refuses(lbfgs(bowl, x, { searchEvaluations: 0 }), "lbfgs: options.searchEvaluations");
    await refuses(lbfgs(bowl, integers), "lbfgs: parameters");
    const flat = (p: Tensor) => ({ value: device.scope(() => sum(p)), gradient: slice(p, [[0, 1]]) });
    await refuses(lbfgs(flat, x), "valueAndGradient: gradient");
    const several = (p: Tensor) => ({ value: p.alias(), gradient: p.alias() });
    await refuses(lbfgs(several, x), "valueAndGradient: value");
    expect(device.memory().tensors).toBe(before);
  });
});
