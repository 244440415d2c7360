import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { InvalidInputError } from "../errors.ts";
import { testDevices } from "../testing/index.ts";
import { adam, disposeTree, parameterGroups, sgd } from "./index.ts";

for (const { label, open } of await testDevices())
  describe(`parameter groups on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());
    const values = (list: readonly number[]) => device.tensor(list, [list.length], device.defaultFloat);
    const tree = (a: number, b: number, c: number) => ({
      encoder: [{ weights: values([a]) }],
      head: { weights: values([b, b]), bias: values([c]) },
    });

    it("step each parameter by the optimiser of its group, and leave frozen ones alone", async () => {
      const momentum = { learningRate: 0.5, momentum: 0.5 };
      const optimiser = parameterGroups(
        { frozen: null, fast: sgd({ learningRate: 0.5 }), slow: sgd(momentum) },
        (path) => (path === "encoder.0.weights" ? "frozen" : path.endsWith("bias") ? "slow" : "fast"),
      );
      let parameters = tree(1, 2, 3);
      const gradients = tree(Number.NaN, 1, 2);
      let state = optimiser.init(parameters);
      expect(state.slots.map(({ length }) => length)).toEqual([0, 0, 1]);
      const settled = device.memory().tensors;
      for (let k = 0; k < 2; k++) {
        const next = device.scope(() => optimiser.update(gradients, state, parameters));
        disposeTree(parameters, state);
        ({ parameters, state } = next);
        expect(device.memory().tensors).toBe(settled);
      }
      expect([...(await parameters.encoder[0].weights.data())]).toEqual([1]);
      expect([...(await parameters.head.weights.data())]).toEqual([1, 1]);
      expect([...(await parameters.head.bias.data())]).toEqual([3 - 1 - 1.5]);
      expect(await state.step.item()).toBe(2);
      disposeTree(parameters, gradients, state);
    });

    it("are one optimiser where there is one group", async () => {
      const [alone, grouped] = [adam(), parameterGroups({ all: adam() }, () => "all")];
      const x = values([1, -2]);
      const slope = values([0.3, 4]);
      const one = alone.update(slope, alone.init(x), x);
      const other = grouped.update(slope, grouped.init(x), x);
      expect(await other.parameters.data()).toEqual(await one.parameters.data());
    });
  });

describe("parameter groups", () => {
  it("refuse names that are no group's, trees that differ, and to train nothing", async () => {
    const [{ open }] = await testDevices();
    await using device = await open();
    const x = { a: device.zeros([2], "float64") };
    const refuses = (run: () => unknown, argument: string) =>
      expect(run, argument).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    refuses(() => parameterGroups({ all: sgd() }, () => "none" as "all").init(x), "parameterGroups: groupOf(a)");
    refuses(() => parameterGroups({ all: null }, () => "all").init(x), "parameterGroups: parameters");
    const optimiser = parameterGroups({ all: sgd() }, () => "all");
    refuses(() => optimiser.update({ a: x.a, b: x.a } as typeof x, optimiser.init(x), x), "update: gradients");
  });
});
