import {
  type Device,
  InvalidInputError,
  key,
  openDevice,
  slice,
  square,
  squeeze,
  sum,
  Tensor,
  type TensorTree,
  valueAndGrad,
} from "@ansatz/tensor";
import { disposeTree } from "@ansatz/tensor/optimisers";
import { caseRandom, expectAllClose, testDevices } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { stateSpaceGroup } from "./dynamics.ts";
import { type DiagonalSystem, normalDiagonalisation, perturbThenDiagonalise } from "./index.ts";
import { s4Layer } from "./s4-layer.ts";
import { s5Layer } from "./s5-layer.ts";
import { sequenceClassifier } from "./sequence-classifier.ts";
import type { SequenceLayer } from "./sequence-layer.ts";

const system = await perturbThenDiagonalise(16);
// Nine states: an eigenvalue without a partner.
const odd = await perturbThenDiagonalise(9, { method: "random", key: key(2), size: 1e-3 });
const small = await normalDiagonalisation(4);
const complexDevices = (await testDevices()).filter(({ dtypes }) => dtypes.includes("complex64"));
const CHANNELS = 3;

const leavesOf = (tree: TensorTree): Tensor[] =>
  tree instanceof Tensor ? [tree] : Object.values(tree).flatMap((branch) => leavesOf(branch as TensorTree));

// biome-ignore lint/suspicious/noExplicitAny: layers of different parameters in one list
type AnyLayer = SequenceLayer<any>;

const layersOf = (own: DiagonalSystem): Record<string, AnyLayer> => ({
  "S4, bilinear": s4Layer(CHANNELS, own),
  "S4, hold": s4Layer(CHANNELS, own, { discretisation: "hold" }),
  "S5, bilinear": s5Layer(CHANNELS, own),
  "S5, hold, two blocks": s5Layer(CHANNELS, own, { discretisation: "hold", blocks: 2 }),
  "S5, from HiPPO's input": s5Layer(CHANNELS, own, { inputWeights: "hippo" }),
});

/** Outputs sample by sample, put together as [batch, length, channels]. */
async function stepped(
  layer: AnyLayer,
  parameters: unknown,
  x: Float64Array,
  length: number,
  device: Device,
  dtype: "float32" | "float64",
) {
  let state: Tensor = layer.initState(1, { device, dtype });
  const values: number[] = [];
  for (let k = 0; k < length; k++) {
    using sample = device.tensor(x.slice(k * CHANNELS, (k + 1) * CHANNELS), [1, CHANNELS], dtype);
    const next = layer.applyStep(parameters, sample, state);
    values.push(...(await next.output.data()));
    state.dispose();
    next.output.dispose();
    state = next.state;
  }
  state.dispose();
  return values;
}

describe("state-space layers", () => {
  for (const { label, open, dtypes } of complexDevices)
    for (const [name, layer] of Object.entries(layersOf(system)))
      it(`${name}: convolution, scan and steps agree on ${label}`, { timeout: 120_000 }, async () => {
        await using device = await open();
        const isDouble = dtypes.includes("complex128");
        const dtype = isDouble ? "float64" : "float32";
        const length = isDouble ? 4096 : 300;
        // A software GPU takes a tenth of a second for a step.
        const steps = !isDouble ? 20 : name.endsWith("bilinear") ? length : 300;
        const before = device.memory().tensors;
        const parameters = layer.init(key(3), { device, dtype });
        const values = caseRandom(4).array([1, length, CHANNELS], dtype).data as Float64Array;
        {
          using x = device.tensor(Array.from(values), [1, length, CHANNELS], dtype);
          using scanned = layer.apply(parameters, x, "scan");
          using convolved = layer.apply(parameters, x, "convolution");
          const expected = Array.from(await scanned.data());
          const size = Math.max(...expected.map(Math.abs));
          // The must-show's bounds, of values relative to the largest.
          const tolerance = { relative: 0, absolute: (isDouble ? 1e-10 : 1e-4) * size };
          expectAllClose(await convolved.data(), expected, tolerance, "convolution");
          expectAllClose(
            await stepped(layer, parameters, values, steps, device, dtype),
            expected.slice(0, steps * CHANNELS),
            tolerance,
            "steps",
          );
        }
        disposeTree(parameters);
        expect(device.memory().tensors).toBe(before);
      });

  it("agree over 4096 samples in float32, to 1e-4", async () => {
    await using device = await openDevice("cpu");
    const values = Array.from(caseRandom(4).array([1, 4096, CHANNELS], "float32").data);
    using x = device.tensor(values, [1, 4096, CHANNELS], "float32");
    for (const layer of Object.values(layersOf(system)).slice(0, 4)) {
      const parameters = layer.init(key(3), { device });
      using scanned = layer.apply(parameters, x, "scan");
      using convolved = layer.apply(parameters, x, "convolution");
      const expected = Array.from(await scanned.data());
      const absolute = 1e-4 * Math.max(...expected.map(Math.abs));
      expectAllClose(await convolved.data(), expected, { relative: 0, absolute });
      disposeTree(parameters);
    }
  });

  it("count an eigenvalue without a partner once", async () => {
    expect([...odd.weights].toSorted()[0]).toBe(1);
    await using device = await openDevice("cpu");
    // One channel, C of one mode at a time, a small step: the impulse response is Re (weight c b e^(λ t)) Δ at first.
    const step = 1e-6;
    const layer = s4Layer(1, odd, { steps: [step, step], discretisation: "hold" });
    const drawn = layer.init(key(5), { device, dtype: "float64" });
    const ones = device.tensor(
      Array.from({ length: 2 * odd.modes }, (_, k) => 1 - (k % 2)),
      [1, odd.modes, 2],
      "float64",
    );
    const parameters = { ...drawn, output: ones, direct: device.zeros([1], "float64") };
    using impulse = device.tensor([1, 0], [1, 2, 1], "float64");
    using y = layer.apply(parameters, impulse);
    const expected = odd.weights.reduce((total, weight, k) => total + weight * odd.input[2 * k], 0) * step;
    // The first sample is that sum but for the decay within a step.
    expectAllClose((await y.data()).slice(0, 1), [expected], { relative: 0, absolute: 1e-3 * step });
    disposeTree(drawn, { ones, direct: parameters.direct });
  });

  for (const [name, layer] of Object.entries(layersOf(small)).slice(0, 4))
    it(`${name}: learns by gradients through both modes alike`, async () => {
      await using device = await openDevice("cpu");
      const parameters = layer.init(key(6), { device, dtype: "float64" });
      using x = device.tensor(
        Array.from(caseRandom(7).array([2, 9, CHANNELS], "float64").data),
        [2, 9, CHANNELS],
        "float64",
      );
      const gradients = (["scan", "convolution"] as const).map((mode) =>
        valueAndGrad((own: TensorTree) => sum(square(layer.apply(own, x, mode))))(parameters),
      );
      const [scanned, convolved] = gradients.map(({ gradient }) => leavesOf(gradient));
      for (const [index, leaf] of scanned.entries())
        expectAllClose(await convolved[index].data(), await leaf.data(), { relative: 1e-9, absolute: 1e-9 });
      for (const { value, gradient } of gradients) disposeTree({ value }, gradient);
      disposeTree(parameters);
    });

  it("refuse what does not fit, naming the argument", async () => {
    await using device = await openDevice("cpu");
    const refuses = (run: () => unknown, argument: string) =>
      expect(run).toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
    refuses(() => s4Layer(0, small), "s4Layer: channels");
    refuses(() => s4Layer(1, small, { steps: [0.1, 0.01] }), "s4Layer: options.steps");
    refuses(() => s4Layer(1, small, { discretisation: "euler" as never }), "s4Layer: options.discretisation");
    refuses(() => s5Layer(2, small, { blocks: 0 }), "s5Layer: options.blocks");
    refuses(() => s5Layer(2, small, { inputWeights: "ones" as never }), "s5Layer: options.inputWeights");
    refuses(() => sequenceClassifier(1, 2, small, { layer: "s6" as never }), "sequenceClassifier: options.layer");
    refuses(() => sequenceClassifier(1, 2, small, { width: 0 }), "sequenceClassifier: options.width");
    const layer = s4Layer(CHANNELS, small);
    const parameters = layer.init(key(1), { device });
    using empty = device.zeros([1, 0, CHANNELS], "float32");
    using narrow = device.zeros([1, 4, 2], "float32");
    using good = device.zeros([1, 4, CHANNELS], "float32");
    refuses(() => layer.apply(parameters, empty), "s4Layer: x");
    refuses(() => layer.apply(parameters, narrow), "s4Layer: x");
    refuses(() => layer.apply(parameters, good, "steps" as never), "s4Layer: mode");
    disposeTree(parameters);
  });
});

describe("sequenceClassifier", () => {
  for (const layer of ["s4", "s5"] as const)
    it(`gives the scores of a whole sequence sample by sample too, with ${layer}`, async () => {
      await using device = await openDevice("cpu");
      const classifier = sequenceClassifier(2, 4, small, { layer, width: 6, depth: 2 });
      const own = { device, dtype: "float64" } as const;
      const parameters = classifier.init(key(8), own);
      const values = Array.from(caseRandom(9).array([3, 12, 2], "float64").data);
      using x = device.tensor(values, [3, 12, 2], "float64");
      using scanned = classifier.apply(parameters, x, { mode: "scan" });
      using convolved = classifier.apply(parameters, x, { mode: "convolution" });
      let state = classifier.initState(3, own);
      let last: Tensor | undefined;
      for (let k = 0; k < 12; k++) {
        using sample = device.scope(() => squeeze(slice(x, [null, [k, k + 1]]), [1]));
        const next = classifier.applyStep(parameters, sample, state);
        disposeTree(state);
        last?.dispose();
        ({ output: last, state } = next);
      }
      const expected = await scanned.data();
      expectAllClose(await convolved.data(), expected, { relative: 0, absolute: 1e-10 });
      expectAllClose(await last!.data(), expected, { relative: 0, absolute: 1e-10 });
      last!.dispose();
      disposeTree(state);
      using dropped = classifier.apply(parameters, x, { dropout: { key: key(3), rate: 0.5 } });
      expect(Array.from(await dropped.data())).not.toEqual(Array.from(expected));
      disposeTree(parameters);
    });

  it("sorts its parameters for the optimiser", () => {
    const dynamics = ["blocks.0.core.logDecay", "blocks.0.core.input", "logStep", "frequency"];
    for (const path of dynamics) expect(stateSpaceGroup(path)).toBe("dynamics");
    for (const path of ["encoder.weights", "blocks.1.core.output", "blocks.0.core.direct"])
      expect(stateSpaceGroup(path)).toBe("other");
  });
});
