import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { grad } from "../differentiation/transforms.ts";
import { leavesOf } from "../differentiation/tree.ts";
import { InvalidInputError } from "../errors.ts";
import { add, multiply, subtract } from "../kernels/map/binary.ts";
import { square } from "../kernels/map/unary.ts";
import { sum } from "../kernels/reduce/index.ts";
import { slice } from "../movement/slices.ts";
import type { Tensor } from "../tensor.ts";
import { expectAllClose, testDevices } from "../testing/index.ts";
import {
  adam,
  adamax,
  adamW,
  clipByGlobalNorm,
  clipByValue,
  cosineDecay,
  cosineRestarts,
  disposeTree,
  exponentialDecay,
  globalNorm,
  movingAverage,
  type Optimiser,
  oneCycle,
  type Schedule,
  sgd,
  stepDecay,
  warmUp,
} from "./index.ts";
import golden from "./torch.json" with { type: "json" };

const MAKERS: Readonly<Record<string, (options: never) => Optimiser>> = { sgd, adam, adamW, adamax };
const OPTIMISERS = Object.entries(golden.optimisers).map(([name, { options, path }]) => ({
  name,
  path,
  make: () => MAKERS[name.split(",")[0]](options as never),
}));

function rosenbrock(x: Tensor): Tensor {
  const [head, tail] = [slice(x, [[0, 2]]), slice(x, [[1, 3]])];
  return sum(add(multiply(square(subtract(tail, square(head))), 100), square(subtract(1, head))));
}

for (const { label, open } of await testDevices())
  describe(`optimisers on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());
    const dtype = () => device.defaultFloat;
    const values = (list: readonly number[]) => device.tensor(list, [list.length], dtype());

    it.each(OPTIMISERS)("go PyTorch's way: $name", async ({ make, path }) => {
      const optimiser = make();
      let parameters: Tensor = values(golden.start);
      let state = optimiser.init(parameters);
      for (const expected of path) {
        const next = device.scope(() => optimiser.update(grad(rosenbrock)(parameters), state, parameters));
        disposeTree(parameters, state);
        ({ parameters, state } = next);
        // Rounding grows a little from step to step in this valley.
        const tolerance = dtype() === "float64" ? 1e-10 : 1e-3;
        expectAllClose(await parameters.data(), expected, { relative: tolerance, absolute: tolerance });
      }
      disposeTree(parameters, state);
    });

    it.each(OPTIMISERS)(
      "go down a bowl of several tensors, leave no memory behind, and resume to the same bits: $name",
      async ({ make }) => {
        const optimiser = make();
        const start = () => ({ a: values([1, -2]), inner: [values([0.5]), device.zeros([0], dtype())] });
        const bowl = (p: ReturnType<typeof start>) => add(sum(square(p.a)), sum(square(p.inner[0])));
        let parameters = start();
        let state = optimiser.init(parameters);
        const step = () => {
          const next = device.scope(() => optimiser.update(grad(bowl)(parameters), state, parameters));
          disposeTree(parameters, state);
          ({ parameters, state } = next);
        };
        step();
        const settled = device.memory().tensors;
        for (let k = 0; k < 20; k++) step();
        expect(device.memory().tensors).toBe(settled);
        using loss = device.scope(() => bowl(parameters));
        expect(await loss.item()).toBeLessThan(5.25);

        // Through the host, as from a file.
        const copy = async (tensor: Tensor) => device.tensor(await tensor.data(), tensor.shape, tensor.dtype);
        const saved = {
          step: await copy(state.step),
          slots: await Promise.all(state.slots.map((slots) => Promise.all(slots.map(copy)))),
        };
        const direct = device.scope(() => optimiser.update(grad(bowl)(parameters), state, parameters));
        const resumed = device.scope(() => make().update(grad(bowl)(parameters), saved, parameters));
        expect(await resumed.parameters.a.data()).toEqual(await direct.parameters.a.data());
        for (const [index, leaf] of leavesOf(direct.state.slots).entries())
          expect(await leavesOf(resumed.state.slots)[index].data()).toEqual(await leaf.data());
        disposeTree(parameters, state, saved, direct.parameters, direct.state, resumed.parameters, resumed.state);
      },
    );

    it("follow schedules that are PyTorch's", async () => {
      const schedules: Record<string, Schedule> = {
        stepDecay: stepDecay(0.1, 7, 0.5),
        exponentialDecay: exponentialDecay(0.1, 0.9),
        cosineDecay: cosineDecay(0.1, 20, 0.01),
        cosineRestarts: cosineRestarts(0.1, 6, 0.01),
        "cosineRestarts, growing": cosineRestarts(0.1, 3, 0.01, 2),
        oneCycle: oneCycle(0.1, 20),
      };
      using steps = values(Array.from({ length: 20 }, (_, k) => k));
      for (const [name, expected] of Object.entries(golden.schedules)) {
        using rates = device.scope(() => schedules[name](steps));
        expectAllClose(await rates.data(), expected, { relative: 1e-5, absolute: 1e-8 }, name);
      }
      using warm = device.scope(() => warmUp(4, exponentialDecay(1, 0.5))(values([0, 1, 3, 4, 5])));
      expectAllClose(await warm.data(), [0.25, 0.5, 1, 1, 0.5], { relative: 1e-6, absolute: 0 });
    });

    it("restart at the right steps for thousands of them", async () => {
      const steps = Array.from({ length: 20_000 }, (_, k) => k);
      const expected: number[] = [];
      for (let period = 7; expected.length < steps.length; period *= 3)
        for (let k = 0; k < period; k++) expected.push(0.5 * (1 + Math.cos((Math.PI * k) / period)));
      using rates = device.scope(() => cosineRestarts(1, 7, 0, 3)(values(steps)));
      // A step in the wrong cycle would be off by 1; tensorflow's powers are less exact.
      expectAllClose(await rates.data(), expected.slice(0, steps.length), { relative: 0, absolute: 1e-4 });
    });

    it("take a schedule for the learning rate", async () => {
      const optimiser = sgd({ learningRate: stepDecay(1, 1, 0.5) });
      using x = values([8]);
      using slope = values([1]);
      const first = optimiser.update(slope, optimiser.init(x), x);
      const second = optimiser.update(slope, first.state, first.parameters);
      expect([...(await second.parameters.data())]).toEqual([6.5]);
    });

    it("clip gradients together or one by one, and average parameters", async () => {
      const gradients = { a: values([3]), b: [values([0, -4])] };
      expect(await globalNorm(gradients).item()).toBeCloseTo(5, 5);
      const clipped = clipByGlobalNorm(gradients, 2.5);
      expectAllClose(await clipped.b[0].data(), [0, -2], { relative: 1e-5, absolute: 1e-6 });
      expectAllClose(await clipByGlobalNorm(gradients, 10).a.data(), [3], { relative: 1e-6, absolute: 0 });
      expect([...(await clipByValue(gradients, 2).b[0].data())]).toEqual([0, -2]);
      const average = movingAverage({ p: values([1]) }, { p: values([2]) }, 0.75);
      expect([...(await average.p.data())]).toEqual([1.25]);
    });

    it("pass NaN on to the parameter it belongs to only", async () => {
      const optimiser = adam();
      using x = values([1, 2]);
      using slope = values([Number.NaN, 0]);
      const { parameters } = optimiser.update(slope, optimiser.init(x), x);
      expect([...(await parameters.data())]).toEqual([Number.NaN, 2]);
    });
  });

describe("optimisers", () => {
  it("refuse options and trees that make no sense, naming them", async () => {
    const refuses = (run: () => unknown, argument: string) =>
      expect(run, argument).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    refuses(() => sgd({ momentum: 1 }), "sgd: options.momentum");
    refuses(() => sgd({ nesterov: true }), "sgd: options.momentum");
    refuses(() => adam({ learningRate: -1 }), "adam: options.learningRate");
    refuses(() => adamW({ secondDecay: Number.NaN }), "adamW: options.secondDecay");
    refuses(() => adamax({ epsilon: Number.POSITIVE_INFINITY }), "adamax: options.epsilon");
    refuses(() => stepDecay(1, 0), "stepDecay: period");
    refuses(() => cosineRestarts(1, 2, 0, 1.5), "cosineRestarts: growth");
    refuses(() => oneCycle(1, 10, { rising: 1 }), "oneCycle: options.rising");
    const [{ open }] = await testDevices();
    await using device = await open();
    const optimiser = adam();
    const x = device.zeros([2], "float64");
    const state = optimiser.init(x);
    refuses(() => optimiser.init([]), "init: parameters");
    refuses(() => optimiser.update(device.zeros([3], "float64"), state, x), "update: gradients");
    refuses(() => optimiser.update([x, x], state, [x, x]), "update: state");
    refuses(() => optimiser.update(x, sgd().init(x), x), "update: state");
    refuses(() => clipByGlobalNorm(x, 0), "clipByGlobalNorm: largest");
    refuses(() => clipByGlobalNorm({}, 1), "clipByGlobalNorm: gradients");
    refuses(() => clipByValue(x, Number.NaN), "clipByValue: largest");
    refuses(() => movingAverage(x, x, 2), "movingAverage: decay");
  });
});
