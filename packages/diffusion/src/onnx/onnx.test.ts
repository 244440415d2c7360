import { openDevice, UnsupportedError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { linearSchedule } from "../noise-schedules/index.ts";
import { ddim, sample } from "../sampling/index.ts";
import { onnxModel } from "./index.ts";
import { loadOnnxRuntime } from "./runtime.ts";
import { testModel } from "./test-model.ts";

const runtime = "web" as const;

describe("a model from an ONNX file", () => {
  it.each([
    { timeType: "float32", timeShape: [] },
    { timeType: "float32", timeShape: ["batch"] },
    { timeType: "int64", timeShape: [1] },
    { timeType: "float64", timeShape: ["batch"] },
  ] as const)("is fed states and times as it wants them: $timeType [$timeShape]", async (wanted) => {
    await using device = await openDevice("cpu", { threads: 1 });
    await using model = await onnxModel(testModel(wanted), { runtime, label: (time) => 1000 * time });
    for (const dtype of ["float32", "float64"] as const) {
      using x = device.tensor([1, 2, 3, 4, 5, 6], [3, 2], dtype);
      using noise = await model.predict(x, 0.5);
      expect(noise.dtype).toBe(dtype);
      expect(noise.shape).toEqual([3, 2]);
      expect(Array.from(await noise.data())).toEqual([1, 2, 3, 4, 5, 6].map((value) => 0.5 * value + 125));
    }
  });

  it("is sampled from as the same function in TypeScript is, in its own precision", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    await using model = await onnxModel(testModel({ timeType: "float64", timeShape: [], type: "float64" }), {
      runtime,
      prediction: "velocity",
    });
    using noise = device.tensor(Float64Array.of(0.7, -1.3, 2, 0.1), [2, 2]);
    const options = { schedule: linearSchedule(), solver: ddim(), steps: 8, noise };
    const { x } = await sample(model, options);
    const own = await sample(
      {
        prediction: "velocity",
        async predict(state, time) {
          const values = await state.data();
          return device.tensor(
            Float64Array.from(values, (value) => 0.5 * value + 0.25 * time),
            state.shape,
          );
        },
      },
      options,
    );
    expect(Array.from(await x.data())).toEqual(Array.from(await own.x.data()));
  });

  it("takes further inputs by name, and names of its own", async () => {
    await using device = await openDevice("cpu", { threads: 1 });
    const bytes = testModel({ timeType: "float32", timeShape: [], shift: true, names: ["latent", "t"] });
    const inputs = { shift: { data: Float32Array.of(10, 20), shape: [1, 2] } };
    await using model = await onnxModel(bytes, { runtime, inputs });
    using x = device.tensor([2, 4], [1, 2], "float32");
    using noise = await model.predict(x, 4);
    expect(Array.from(await noise.data())).toEqual([12, 23]);
  });

  it("is refused, with what it lacks, before it is used", async () => {
    const bytes = testModel({ timeType: "int64", timeShape: [], shift: true });
    const inputs = { shift: { data: Float32Array.of(1, 2), shape: [1, 2] } };
    await expect(onnxModel(bytes, { runtime })).rejects.toThrow(/values for shift/);
    await expect(onnxModel(bytes, { runtime, inputs, stateInput: "x" })).rejects.toThrow(/sample, timestep, shift/);
    await expect(onnxModel(bytes, { runtime, inputs, output: "y" })).rejects.toThrow(/out_sample/);
    await expect(onnxModel(bytes, { runtime, inputs, timeInput: "sample" })).rejects.toThrow(/another input/);
    await expect(
      onnxModel(bytes, { runtime, inputs: { shift: { data: Float32Array.of(1), shape: [1, 2] } } }),
    ).rejects.toThrow(/2 values/);
    await expect(onnxModel(bytes, { prediction: "noises" as "noise" })).rejects.toThrow(/prediction/);
    await expect(onnxModel(bytes, { runtime: "native" as "node" })).rejects.toThrow(/"node" or "web"/);
    // The times of the states: int64 is no precision for them.
    await expect(onnxModel(bytes, { runtime, inputs, stateInput: "timestep", timeInput: "sample" })).rejects.toThrow(
      UnsupportedError,
    );
    await using device = await openDevice("cpu", { threads: 1 });
    await using model = await onnxModel(bytes, { runtime, inputs });
    using x = device.zeros([1, 2], "float32");
    await expect(model.predict(x, 0.5)).rejects.toThrow(/roundLabels/);
  });

  it("says what to install where there is no runtime", async () => {
    await expect(loadOnnxRuntime("node")).rejects.toThrow(/npm install onnxruntime-node/);
  });
});
