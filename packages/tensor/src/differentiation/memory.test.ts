import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { fuse } from "../kernels/fused/index.ts";
import { add, multiply, subtract } from "../kernels/map/binary.ts";
import { sin, square, tanh } from "../kernels/map/unary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { mean, sum } from "../kernels/reduce/index.ts";
import { normal } from "../random/draw.ts";
import { key, split } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { testDevices } from "../testing/index.ts";
import { checkpoint, customJvp, customVjp } from "./custom-rules.ts";
import { grad, hvp, jet, jvp, valueAndGrad, vjp } from "./transforms.ts";
import { leavesOf, rebuild, type TensorTree } from "./tree.ts";

const STEPS = 10_000;
/** A software GPU and a portable engine take milliseconds a step; what leaks does so in every step. */
const SLOW_STEPS = 200;

class Interruption extends Error {}

for (const { label, open } of await testDevices())
  describe(`memory on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("stays the same over a training of many steps, which succeeds", async () => {
      const steps = device.kind === "cpu" ? STEPS : SLOW_STEPS;
      const [one, two, three] = split(key(1), 3);
      const draw = (each: typeof one, shape: number[]) => normal(each, shape, { device });
      using x = draw(three, [16, 2]);
      const target = device.scope(() => sin(sum(x, { axes: 1, keepDimensions: true })));
      let parameters = device.scope(() => ({
        hidden: { weights: draw(one, [2, 8]), bias: device.zeros([8], "float32") },
        output: { weights: multiply(draw(two, [8, 1]), 0.3) },
      }));
      const loss = ({ hidden, output }: typeof parameters) =>
        mean(square(subtract(matmul(tanh(add(matmul(x, hidden.weights), hidden.bias)), output.weights), target)));
      const descend = fuse((value: Tensor, slope: Tensor) => subtract(value, multiply(slope, 0.1)));
      const step = valueAndGrad(loss);
      const train = () => {
        const before = parameters;
        const { value, updated } = device.scope(() => {
          const { value, gradient } = step(before);
          const slopes = leavesOf(gradient);
          const leaves = leavesOf(before).map((leaf, index) => descend(leaf, slopes[index]));
          return { value, updated: rebuild(before, leaves) };
        });
        for (const leaf of leavesOf(before)) leaf.dispose();
        parameters = updated;
        return value;
      };
      using first = train();
      train().dispose();
      const settled = device.memory();
      for (let index = 3; index < steps; index++) {
        train().dispose();
        if (index % 100 === 0) await device.synchronize();
        expect(device.memory().tensors).toBe(settled.tensors);
        expect(device.memory().bytes).toBe(settled.bytes);
      }
      using last = train();
      expect(device.memory().peakBytes).toBe(settled.peakBytes);
      expect(await last.item()).toBeLessThan(0.5 * (await first.item()));
      for (const tensor of [...leavesOf(parameters), target]) tensor.dispose();
      if (device.kind === "cpu") expect(await last.item()).toBeLessThan(1e-3);
    });

    it("is given back when a function throws half-way, whatever is being done with it", () => {
      const breaks = (x: Tensor): Tensor => {
        const y = tanh(multiply(x, x));
        if (y.rank >= 0) throw new Interruption();
        return sum(y);
      };
      const inner = (x: Tensor) => sum(grad(breaks)(sin(x)));
      const ways: Record<string, (x: Tensor) => TensorTree> = {
        grad: grad(breaks),
        "grad of grad": grad(inner),
        vjp: (x) => vjp(breaks, x).value,
        jvp: (x) => jvp(breaks, x, x).value,
        jet: (x) => jet(breaks, x, [x, null]),
        hvp: (x) => hvp(breaks, x, x),
        fuse: (x) => fuse(breaks)(x),
        checkpoint: (x) => grad((at: Tensor) => sum(checkpoint(breaks)(at)))(x),
        "a custom reverse rule": (x) => grad((at: Tensor) => sum(customVjp((y: Tensor) => sin(y), breaks)(at)))(x),
        "a custom forward rule": (x) =>
          jvp((at: Tensor) => sum(customJvp((y: Tensor) => sin(y), breaks)(at)), x, x).tangent,
        "a scope": (x) => device.scope(() => breaks(x)),
      };
      using x = device.tensor(Float32Array.of(0.3, 0.7));
      const before = device.memory();
      for (const [name, run] of Object.entries(ways)) {
        expect(() => device.scope(() => run(x)), name).toThrow(Interruption);
        expect(device.memory().tensors, name).toBe(before.tensors);
        expect(device.memory().bytes, name).toBe(before.bytes);
      }
    });
  });
