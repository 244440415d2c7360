import {
  type Device,
  grad,
  key as keyOf,
  multiply,
  normal,
  openDevice,
  sin,
  softmax,
  split,
  sum,
  type Tensor,
} from "@ansatz/tensor";
import { sgd } from "@ansatz/tensor/optimisers";
import { caseRandom, expectAllClose, testDerivatives, testDevices } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { sparseTransport } from "./index.ts";
import { sparseTransportLayer } from "./layer.ts";

/** Random costs and masses, [2, 6, 4]. */
function problems(device: Device, dtype: "float32" | "float64") {
  const [forCosts, forRows, forColumns] = split(keyOf(7), 3);
  return device.scope(() => [
    normal(forCosts, [2, 6, 4], { device, dtype }),
    softmax(normal(forRows, [2, 6], { device, dtype }), { axis: 1 }),
    softmax(normal(forColumns, [2, 4], { device, dtype }), { axis: 1 }),
  ]);
}

describe("the layer of sparse plans", async () => {
  it("solves a batch of problems", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const tensors = problems(device, "float32");
    const options = { maximumEntries: 5, regularization: 0.5 };
    const layer = sparseTransportLayer(tensors[0], tensors[1], tensors[2], { ...options, steps: 300 });
    const [costs, rowMasses, columnMasses] = await Promise.all(tensors.map((tensor) => tensor.data()));
    const [masses, indices, rowSums] = await Promise.all(
      [layer.masses, layer.indices, layer.rowSums].map((tensor) => tensor.data()),
    );
    // What a few hundred steps of a method of first order leave.
    expectAllClose(rowSums, rowMasses, { relative: 0, absolute: 1e-3 });
    for (const batch of [0, 1]) {
      const exact = await sparseTransport({
        costMatrix: { data: Float64Array.from(costs.slice(24 * batch, 24 * (batch + 1))), shape: [6, 4] },
        rowMarginal: rowMasses.slice(6 * batch, 6 * (batch + 1)) as Float32Array,
        columnMarginal: columnMasses.slice(4 * batch, 4 * (batch + 1)) as Float32Array,
        ...{ maximumEntries: 5, regularization: 0.5 },
      });
      expect(exact.reason).toBe("converged");
      const plan = new Float64Array(24);
      for (let at = 0; at < 20; at++)
        plan[indices[20 * batch + at] * 4 + Math.floor(at / 5)] += masses[20 * batch + at];
      expectAllClose(plan, exact.plan().data, { relative: 0, absolute: 1e-3 });
    }
    for (const tensor of [...tensors, ...Object.values(layer)]) tensor.dispose();
    expect(device.memory().tensors).toBe(0);
  });

  it.each(await testDevices())("takes the same steps on $label", async ({ open }) => {
    await using host = await openDevice("cpu", { threads: 1 });
    await using device = await open();
    const found = [];
    for (const [on, dtype] of [
      [host, "float32"],
      [device, "float32"],
    ] as const) {
      using potentials = on.scope(() => {
        const [costs, rows, columns] = problems(on, dtype);
        return sparseTransportLayer(costs, rows, columns, { maximumEntries: 5, regularization: 2, steps: 3 })
          .rowPotentials;
      });
      found.push(await potentials.data());
    }
    expectAllClose(found[1], found[0], { relative: 1e-5, absolute: 1e-6 });
    expect(device.memory().tensors).toBe(0);
  });

  it("passes the projection's Jacobian back, in the envelope's backward pass", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const [costs, rows, columns] = problems(device, "float64");
    const options = { maximumEntries: 4, regularization: 2, steps: 40 };
    using plan = device.scope(() => sparseTransportLayer(costs, rows, columns, options).masses);
    const gradient = device.scope(() =>
      grad((c: Tensor) => {
        const { masses } = sparseTransportLayer(c, rows, columns, options);
        return sum(multiply(masses, plan));
      })(costs),
    );
    const entries = await plan.data();
    const found = (await gradient.data()) as Float64Array;
    // Σ t · dt with dt = −(1/γ)(I − 11ᵀ/|active|) dc: −(t − mean t)/γ at the active entries.
    let expected = 0;
    for (let column = 0; column < 8; column++) {
      const active = Array.from(entries.slice(4 * column, 4 * (column + 1))).filter((mass) => mass > 0);
      const mean = active.reduce((a, b) => a + b, 0) / active.length;
      expected += active.reduce((total, mass) => total + ((mass - mean) / 2) ** 2, 0);
    }
    expect(found.reduce((total, entry) => total + entry ** 2, 0)).toBeCloseTo(expected, 12);
  });
});

const random = caseRandom(11);
await testDerivatives(
  "the layer, through its steps",
  (costs, rows, columns) => {
    const { masses } = sparseTransportLayer(costs, softmax(rows, { axis: 1 }), softmax(columns, { axis: 1 }), {
      ...{ maximumEntries: 3, regularization: 4, regularizer: "entropic", steps: 3, backward: "unrolled" },
      optimiser: sgd({ learningRate: 1 }),
    });
    return sum(sin(masses), { axes: 2 });
  },
  [random.array([2, 5, 3], "float64"), random.array([2, 5], "float64"), random.array([2, 3], "float64")],
  { jetOrder: 2, devices: [] },
);

describe("options of the layer", () => {
  it.each([
    [[6, 4], {}, "costs"],
    [[1, 6, 4], { steps: 0 }, "steps"],
    [[1, 6, 4], { backward: "none" }, "backward"],
    [[1, 6, 4], { maximumEntries: 7 }, "maximumEntries"],
  ])("are refused: %o %o", async (shape, wrong, argument) => {
    await using device = await openDevice("cpu", { threads: 1 });
    device.scope(() => {
      const [rows, columns] = [device.full([1, 6], 1 / 6, "float64"), device.full([1, 4], 1 / 4, "float64")];
      const options = { maximumEntries: 4, regularization: 1, ...wrong };
      expect(() => sparseTransportLayer(device.zeros(shape, "float64"), rows, columns, options as never)).toThrow(
        argument,
      );
    });
  });
});
