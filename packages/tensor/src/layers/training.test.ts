import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { valueAndGrad } from "../differentiation/transforms.ts";
import { leavesOf } from "../differentiation/tree.ts";
import { gelu } from "../kernels/map/activations.ts";
import { add, subtract } from "../kernels/map/binary.ts";
import { sin, square } from "../kernels/map/unary.ts";
import { mean } from "../kernels/reduce/index.ts";
import { adamW, disposeTree } from "../optimisers/index.ts";
import { uniform } from "../random/draw.ts";
import { child, type Key, key, split } from "../random/key.ts";
import { encodeSafetensors, restoreSafetensors } from "../safetensors/index.ts";
import type { Tensor } from "../tensor.ts";
import { testDevices } from "../testing/index.ts";
import { dense, dropout, layerNorm, mlp } from "./index.ts";

const STEPS = 1000;
/** A software GPU and a portable engine take tens of milliseconds a step. */
const SLOW_STEPS = 60;

const hidden = dense(2, 16, { activation: gelu });
const norm = layerNorm(16);
const rest = mlp([16, 16, 1]);

function init(from: Key, device: Device) {
  const [one, two, three] = split(from, 3);
  return { hidden: hidden.init(one, { device }), norm: norm.init(two, { device }), rest: rest.init(three, { device }) };
}

type Parameters = ReturnType<typeof init>;

for (const { label, open } of await testDevices())
  describe(`training on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("lowers the loss, keeps the memory constant, and goes on from a file to the same bits", async () => {
      const steps = device.kind === "cpu" ? STEPS : SLOW_STEPS;
      const optimiser = adamW({ learningRate: 0.01 });
      using x = uniform(key(1), [32, 2], { device });
      using target = device.scope(() => sin(add(x, 1)));
      const step = valueAndGrad((p: Parameters, drops: Key) => {
        const h = dropout(drops, norm.apply(p.norm, hidden.apply(p.hidden, x)), 0.05);
        return mean(square(subtract(rest.apply(p.rest, h), target)));
      });
      const trained = (parameters: Parameters, state: ReturnType<typeof optimiser.init>, k: number) =>
        device.scope(() => {
          const { value, gradient } = step(parameters, child(key(2), k));
          return { loss: value, ...optimiser.update(gradient, state, parameters) };
        });
      let parameters = init(key(3), device);
      let state = optimiser.init(parameters);
      let settled = device.memory();
      const losses: Tensor[] = [];
      for (let k = 0; k < steps; k++) {
        const next = trained(parameters, state, k);
        disposeTree(parameters, state);
        ({ parameters, state } = next);
        if (k === 0 || k === steps - 1) losses.push(next.loss);
        else next.loss.dispose();
        if (k === 1) settled = device.memory();
        if (k % 100 === 99) await device.synchronize();
      }
      expect(device.memory().bytes - losses[1].storage.bytes).toBe(settled.bytes);
      expect(await losses[1].item()).toBeLessThan(0.5 * (await losses[0].item()));

      const bytes = await encodeSafetensors({ parameters, state: { step: state.step, slots: state.slots } });
      const fresh = init(key(4), device);
      const blank = optimiser.init(fresh);
      const saved = restoreSafetensors(bytes, { parameters: fresh, state: { step: blank.step, slots: blank.slots } });
      const direct = trained(parameters, state, steps);
      const resumed = trained(saved.parameters, saved.state, steps);
      const compared = leavesOf([direct.parameters, direct.state.slots]);
      for (const [index, leaf] of leavesOf([resumed.parameters, resumed.state.slots]).entries())
        expect(await leaf.data()).toEqual(await compared[index].data());
    });
  });
