import { readFile } from "node:fs/promises";
import { openDevice, UnsupportedError } from "@ansatz/tensor";
import { describe, expect, it } from "vitest";
import { linearCombination } from "../kernels/linear-combination/index.ts";
import { mixtureModel, THREE_GAUSSIANS } from "../models/index.ts";
import { conversion } from "../models/prediction.ts";
import { sample } from "../sampling/index.ts";
import golden from "./golden.json" with { type: "json" };
import { diffusersNoiseSchedule, diffusersScheduler } from "./index.ts";

const fixture = (name: string) => readFile(new URL(`fixtures/${name}.json`, import.meta.url), "utf8");

describe("a diffusers scheduler", () => {
  it.each(
    golden.cases.map(({ config, steps, ...rest }, index) => {
      const { _class_name, solver_order, prediction_type, final_sigmas_type } = JSON.parse(
        config.replace("-Infinity", "null"),
      );
      const name = `${index}: ${_class_name} ${solver_order ?? ""} ${prediction_type} ${final_sigmas_type ?? ""} ${steps} steps`;
      return { name, config, steps, ...rest };
    }),
  )("does the steps of diffusers: $name", async ({ config, steps, labels, result }) => {
    await using device = await openDevice("cpu", { threads: 1 });
    const scheduler = diffusersScheduler(config);
    // Diffusers keeps ᾱ in float32, and near the data 1 − ᾱ, from which it takes labels between whole ones, has but four digits.
    const own = scheduler.labels(steps);
    expect(own).toHaveLength(labels.length);
    for (const [index, label] of labels.entries()) expect(Math.abs(own[index] - label)).toBeLessThan(2e-3);
    using noise = device.tensor(Float64Array.from(golden.noise), [2, 2]);
    const exact = mixtureModel(THREE_GAUSSIANS, { schedule: scheduler.schedule, device, dtype: "float64" });
    const seen: number[] = [];
    const { schedule, prediction } = scheduler;
    const model = scheduler.model((x, label) => {
      seen.push(label);
      const time = schedule.timeOfStep(label);
      const [ofState, ofNoise] = conversion("noise", prediction, {
        alpha: schedule.alpha(time),
        sigma: schedule.sigma(time),
      });
      return device.scope(() => linearCombination([ofState, ofNoise], [x, exact.predict(x, time)]));
    });
    const sampled = await sample(model, { ...scheduler.sampling(steps), noise });
    expect(sampled.evaluations).toBe(seen.length);
    for (const [index, label] of seen.entries()) expect(label).toBeCloseTo(own[index], 6);
    const values = await sampled.x.data();
    const largest = Math.max(...result.map(Math.abs));
    // Diffusers keeps its noise levels in float32.
    for (const [index, value] of values.entries()) expect(Math.abs(value - result[index])).toBeLessThan(1e-5 * largest);
  });

  it("takes all of diffusers' evaluations but those of a last step that goes nowhere", () => {
    const scheduler = diffusersScheduler({ _class_name: "PNDMScheduler", skip_prk_steps: true });
    expect(scheduler.labels(10)).toHaveLength(11);
    const { solver, ...problem } = scheduler.sampling(10);
    expect(solver.plan(problem).evaluations).toBe(10);
    const offset = diffusersScheduler({ _class_name: "PNDMScheduler", skip_prk_steps: true, steps_offset: 1 });
    const { solver: same, ...shifted } = offset.sampling(10);
    expect(same.plan(shifted).evaluations).toBe(11);
  });

  it("is read from the files of published models", async () => {
    const latent = diffusersScheduler(await fixture("stable-diffusion-2-1"));
    expect(latent.className).toBe("DDIMScheduler");
    expect(latent.prediction).toBe("velocity");
    expect(latent.ignored).toEqual(["skip_prk_steps"]);
    expect(latent.labels(50).slice(0, 2)).toEqual([981, 961]);
    expect(latent.labels(50).at(-1)).toBe(1);
    expect(latent.schedule.alphasCumulative[0]).toBeCloseTo(1 - 0.00085, 12);
    const large = diffusersScheduler(await fixture("stable-diffusion-xl"));
    expect(large.labels(25)[0]).toBe(961);
    expect(large.sampling(25)).toMatchObject({ finalDenoise: true });
    const first = await fixture("stable-diffusion-1-5");
    expect(diffusersScheduler(first).sampling(50).solver.name).toBe("PLMS");
    expect(diffusersScheduler(first).labels(50).slice(0, 4)).toEqual([981, 961, 961, 941]);
    const { schedule, prediction } = diffusersNoiseSchedule(first);
    expect(prediction).toBe("noise");
    expect(schedule.halfLogSnr(1)).toBeCloseTo(latent.schedule.halfLogSnr(1), 12);
  });

  it("is refused rather than read wrong", () => {
    const base = { _class_name: "DPMSolverMultistepScheduler" };
    const read = (changes: object) => () => diffusersScheduler({ ...base, ...changes });
    expect(read({})).not.toThrow();
    expect(read({ use_beta_sigmas: true })).toThrow(UnsupportedError);
    expect(read({ use_exponential_sigmas: true })).toThrow(/cut to whole/);
    expect(read({ use_karras_sigmas: true, use_lu_lambdas: true })).toThrow(/use_lu_lambdas/);
    expect(read({ algorithm_type: "sde-dpmsolver++" })).toThrow(/sde-dpmsolver/);
    expect(read({ solver_order: 4 })).toThrow(/solver_order/);
    expect(read({ variance_type: "learned_range" })).toThrow(/variance_type/);
    expect(read({ rescale_betas_zero_snr: true })).toThrow(/rescale_betas_zero_snr/);
    expect(read({ beta_schedule: "sigmoid" })).toThrow(/beta_schedule/);
    expect(read({ beta_start: "0.1" })).toThrow(/config\.beta_start/);
    expect(read({ some_new_setting: 1 })).toThrow(/some_new_setting/);
    expect(read({ _class_name: "MyScheduler" })).toThrow(/MyScheduler/);
    expect(read({ _class_name: undefined })).toThrow(/_class_name/);
    expect(() => diffusersScheduler("{")).toThrow(/scheduler_config/);
    expect(() => diffusersScheduler([])).toThrow(/settings/);
    // The cosine table's end has to be cut, which diffusers does on demand.
    expect(read({ beta_schedule: "squaredcos_cap_v2" })).toThrow(/lambda_min_clipped/);
    expect(() => diffusersScheduler({ _class_name: "DDIMScheduler" })).toThrow(/clip_sample/);
    const ddim = diffusersScheduler({ _class_name: "DDIMScheduler", clip_sample: false, timestep_spacing: "linspace" });
    expect(() => ddim.sampling(7)).toThrow(/divides 1000/);
    expect(() => ddim.sampling(0)).toThrow(/steps/);
    const spread = { use_karras_sigmas: true, final_sigmas_type: "sigma_min" };
    for (const className of ["UniPCMultistepScheduler", "DPMSolverSinglestepScheduler"])
      expect(() => diffusersScheduler({ _class_name: className, ...spread }).sampling(10)).toThrow(
        /begin where it ends/,
      );
    expect(() =>
      diffusersScheduler({
        ...{ ...base, beta_schedule: "squaredcos_cap_v2", lambda_min_clipped: -5.1, use_karras_sigmas: true },
      }),
    ).toThrow(/λ < −5.1/);
    const midpoint = { _class_name: "KDPM2DiscreteScheduler" };
    expect(() => diffusersScheduler(midpoint).sampling(8)).toThrow(/between whole ones/);
    expect(() => diffusersScheduler({ ...midpoint, use_karras_sigmas: true })).toThrow(/rounds the labels of some/);
    const pndm = { _class_name: "PNDMScheduler" };
    expect(() => diffusersScheduler({ ...pndm, prediction_type: "v_prediction" })).toThrow(/velocities/);
    expect(() => diffusersScheduler({ ...pndm, set_alpha_to_one: true })).toThrow(/set_alpha_to_one/);
    expect(() => diffusersScheduler(pndm).sampling(40)).toThrow(/even stride/);
    expect(() => diffusersScheduler(pndm).sampling(3)).toThrow(/steps/);
    for (const className of ["LMSDiscreteScheduler", "FlowMatchEulerDiscreteScheduler", "EDMEulerScheduler"])
      expect(() => diffusersScheduler({ _class_name: className })).toThrow(UnsupportedError);
    expect(() => diffusersScheduler({ ...base, algorithm_type: "dpmsolver" }).sampling(10)).toThrow(/sigma_min/);
    expect(() => diffusersScheduler({ ...base, thresholding: true, sample_max_value: 2 }).sampling(10)).toThrow(
      /sample_max_value/,
    );
  });
});
