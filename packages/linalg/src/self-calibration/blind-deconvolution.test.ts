import {
  type Device,
  InvalidInputError,
  irfft,
  key,
  matmul,
  multiply,
  normal,
  openDevice,
  rfft,
  type Tensor,
} from "@ansatz/tensor";
import { expectAllClose } from "@ansatz/tensor/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blindDeconvolution } from "./blind-deconvolution.ts";

let device: Device;
beforeAll(async () => {
  device = await openDevice("cpu");
});
afterAll(() => device.dispose());

/** Eight taps that decay, so that the spectrum has no zero, and inputs in random subspaces. */
function observed(points: number, unknowns: number, count: number) {
  return device.scope(() => {
    const taps = Float64Array.from({ length: points }, (_, k) =>
      k < 8 ? (-0.6) ** k * (1 + 0.2 * Math.sin(3 * k)) : 0,
    );
    const filter = device.tensor(taps);
    const subspaces = normal(key(1), [count, points, unknowns], { device, dtype: "float64" });
    const weights = normal(key(2), [count, unknowns, 1], { device, dtype: "float64" });
    const inputs = matmul(subspaces, weights).reshape([count, points]);
    const observations = irfft(multiply(rfft(inputs, { axes: [1] }), rfft(filter)), { axes: [1], length: points });
    return { filter, subspaces, inputs, observations };
  });
}

/** The least distance of two vectors of length 1, either sign. */
function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const size = Math.sqrt(Array.from(b).reduce((sum, each) => sum + each * each, 0));
  const by = (sign: number) =>
    Math.sqrt(Array.from(a).reduce((sum, each, k) => sum + (each - (sign * b[k]) / size) ** 2, 0));
  return Math.min(by(1), by(-1));
}

describe("blindDeconvolution", () => {
  it("finds a filter of eight taps on 256 points from four inputs in random subspaces, to 1e-10", async () => {
    const { filter, subspaces, inputs, observations } = observed(256, 32, 4);
    const { bytes } = device.memory();
    const found = await blindDeconvolution({ observations, subspaces }, { taps: [8] });
    expect(distance(await found.filter.data(), await filter.data())).toBeLessThan(1e-10);
    expect(found.imaginaryShare).toBeLessThan(1e-15);
    using again = device.scope(() =>
      irfft(multiply(rfft(found.inputs, { axes: [1] }), rfft(found.filter)), { axes: [1], length: 256 }),
    );
    expectAllClose(await again.data(), await observations.data(), { absolute: 1e-9, relative: 0 });
    found.filter.dispose();
    found.inputs.dispose();
    found.signals.dispose();
    again.dispose();
    expect(device.memory().bytes).toBe(bytes);
    for (const each of [filter, subspaces, inputs, observations] as Tensor[]) each.dispose();
  });

  it("refuses what does not fit", async () => {
    const { subspaces, observations } = observed(32, 4, 2);
    using flat = observations.reshape([64]);
    await expect(blindDeconvolution({ observations: flat, subspaces })).rejects.toThrow(InvalidInputError);
    await expect(blindDeconvolution({ observations, subspaces: observations })).rejects.toThrow(InvalidInputError);
    await expect(blindDeconvolution({ observations, subspaces }, { taps: [33] })).rejects.toThrow(InvalidInputError);
  });
});
