import { testDevices } from "@ansatz/tensor/testing";
import { describe, expect, it } from "vitest";
import { artifactScore } from "./artifact-score.ts";

describe.each(await testDevices())("artifact score on $label", ({ open }) => {
  it("adds up the cells in which a normalised channel is out of range, latent by latent", async () => {
    await using device = await open();
    const values = new Float32Array(2 * 2 * 32 * 32);
    const at = (latent: number, channel: number, row: number, column: number) =>
      ((latent * 2 + channel) * 32 + row) * 32 + column;
    values[at(0, 0, 0, 0)] = 11; // (11 − 1)/2 = 5 standard deviations
    values[at(0, 1, 1, 1)] = -3.5; // in the same cell, less
    values[at(0, 1, 31, 31)] = -4; // a cell of its own
    values[at(0, 1, 16, 16)] = 2.9; // below the threshold
    using latents = device.tensor(values, [2, 2, 32, 32]);
    const { scores, magnitudes } = await artifactScore(latents, { means: [1, 0], standardDeviations: [2, 1] });
    expect(Array.from(scores)).toEqual([9, 0]);
    expect(magnitudes[0]).toHaveLength(256);
    expect(magnitudes[0][0]).toBe(5);
    expect(magnitudes[0][255]).toBe(4);
    expect(magnitudes[1][0]).toBe(0.5);
  });

  it("counts NaN as out of range instead of passing it by", async () => {
    await using device = await open();
    using latents = device.tensor(Float32Array.from([Number.NaN, 0, 0, 0]), [1, 1, 2, 2]);
    expect((await artifactScore(latents)).scores[0]).toBeNaN();
  });

  it("refuses what it cannot score", async () => {
    await using device = await open();
    using latents = device.tensor(new Float32Array(20 * 20), [1, 1, 20, 20]);
    using flat = device.tensor(new Float32Array(4), [2, 2]);
    await expect(artifactScore(latents)).rejects.toThrow("options.extent");
    await expect(artifactScore(latents, { extent: 10, means: [0, 0] })).rejects.toThrow("options.means");
    await expect(artifactScore(latents, { extent: 10, standardDeviations: [0] })).rejects.toThrow("standardDeviations");
    await expect(artifactScore(latents, { extent: 10, threshold: 0 })).rejects.toThrow("threshold");
    await expect(artifactScore(flat)).rejects.toThrow("latents");
  });
});
