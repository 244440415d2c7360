import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { caseRandom, testDevices } from "../../testing/index.ts";
import { fft, ifft, irfft, rfft } from "./index.ts";

/** A shape, and some of its axes in any order. */
const shapeAndAxes = fc.array(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 3 }).chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.shuffledSubarray(
      shape.map((_, axis) => axis),
      { minLength: 1 },
    ),
  }),
);

const norms = fc.constantFrom("backward", "forward", "ortho");

for (const { label, open } of await testDevices())
  if (!label.startsWith("tensorflow"))
    describe(`Fourier transforms on ${label}`, () => {
      let device: Device;
      beforeAll(async () => {
        device = await open();
      });
      afterAll(() => device.dispose());

      // A transform of standard normal numbers errs by a few units of the last place of their norm; the linear ones twice.
      const precision = () => (device.description.dtypes.includes("complex128") ? 1e-14 : 5e-6);
      const complexDtype = () => (device.description.dtypes.includes("complex128") ? "complex128" : "complex64");
      const draw = (shape: readonly number[], seed: number) =>
        caseRandom(seed).array(shape, "complex128").data as Float64Array<ArrayBuffer>;
      const transform = async (
        x: Float64Array<ArrayBuffer>,
        shape: readonly number[],
        options: object,
        inverse = false,
      ) => {
        using input = device.tensor(x, shape, complexDtype());
        using output = (inverse ? ifft : fft)(input, options);
        return Float64Array.from(await output.data());
      };
      const close = (a: ArrayLike<number>, b: ArrayLike<number>, size: number) => {
        for (let index = 0; index < b.length; index++)
          if (!(Math.abs(a[index] - b[index]) <= precision() * size))
            throw new Error(`[${index}] = ${a[index]}, expected ${b[index]}, of size ${size}`);
      };
      const check = (property: fc.IAsyncProperty<unknown>) => fc.assert(property, { numRuns: 25, seed: 1 });

      it("are undone by the inverse with the same options", () =>
        check(
          fc.asyncProperty(shapeAndAxes, norms, fc.nat(1000), async ({ shape, axes }, norm, seed) => {
            const x = draw(shape, seed);
            const y = await transform(x, shape, { axes, norm });
            close(await transform(y, shape, { axes, norm }, true), x, Math.hypot(...x));
          }),
        ));

      it("of real numbers are undone by the inverse, for even and odd lengths", () =>
        check(
          fc.asyncProperty(shapeAndAxes, norms, fc.nat(1000), async ({ shape, axes }, norm, seed) => {
            const x = draw(shape, seed).subarray(
              0,
              shape.reduce((size, extent) => size * extent, 1),
            );
            const float = complexDtype() === "complex128" ? "float64" : "float32";
            using input = device.tensor(Float64Array.from(x), shape, float);
            using spectrum = rfft(input, { axes, norm });
            using back = irfft(spectrum, { axes, norm, length: shape[axes[axes.length - 1]] });
            expect(back.shape).toEqual(shape);
            close(await back.data(), x, Math.hypot(...x));
          }),
        ));

      it("keep the norm, up to the factor of the convention (Parseval)", () =>
        check(
          fc.asyncProperty(shapeAndAxes, fc.nat(1000), async ({ shape, axes }, seed) => {
            const x = draw(shape, seed);
            const y = await transform(x, shape, { axes, norm: "ortho" });
            close([Math.hypot(...y)], [Math.hypot(...x)], Math.hypot(...x));
          }),
        ));

      it("are linear", () =>
        check(
          fc.asyncProperty(shapeAndAxes, fc.nat(1000), async ({ shape, axes }, seed) => {
            const [a, b] = [draw(shape, seed), draw(shape, seed + 1)];
            const options = { axes, norm: "ortho" };
            const [fa, fb] = [await transform(a, shape, options), await transform(b, shape, options)];
            const sum = await transform(
              a.map((value, index) => 3 * value - 2 * b[index]),
              shape,
              options,
            );
            close(
              sum,
              fa.map((value, index) => 3 * value - 2 * fb[index]),
              5 * Math.hypot(...a, ...b),
            );
          }),
        ));

      it("turn a shift into phases", () =>
        check(
          fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(1000), fc.nat(1000), async (n, by, seed) => {
            const x = draw([n], seed);
            const shifted = new Float64Array(2 * n);
            for (let j = 0; j < n; j++) shifted.set(x.subarray(2 * j, 2 * j + 2), 2 * ((j + by) % n));
            const y = await transform(x, [n], { norm: "ortho" });
            const turned = y.map((_, index) => {
              const k = index >> 1;
              const angle = (-2 * Math.PI * ((k * by) % n)) / n;
              const [re, im] = [y[2 * k], y[2 * k + 1]];
              return index % 2
                ? re * Math.sin(angle) + im * Math.cos(angle)
                : re * Math.cos(angle) - im * Math.sin(angle);
            });
            close(await transform(shifted, [n], { norm: "ortho" }), turned, Math.hypot(...x));
          }),
        ));
    });
