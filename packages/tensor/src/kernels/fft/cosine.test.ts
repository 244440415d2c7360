import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../../device/device.ts";
import { InvalidInputError, UnsupportedError } from "../../errors.ts";
import { referenceArray, toHostArray } from "../../kernel.ts";
import { caseRandom, expectAllClose, testDerivatives, testDevices } from "../../testing/index.ts";
import { type CosineOptions, dct, idct } from "./cosine.ts";

const OPTIONS: readonly Required<Pick<CosineOptions, "type" | "norm">>[] = ([2, 3] as const).flatMap((type) =>
  (["backward", "forward", "ortho"] as const).map((norm) => ({ type, norm })),
);

/** SciPy's definitions. */
function defined(x: ArrayLike<number>, { type, norm }: (typeof OPTIONS)[number]): Float64Array {
  const n = x.length;
  const cosine = (k: number, j: number) => Math.cos((Math.PI * ((k * (2 * j + 1)) % (4 * n))) / (2 * n));
  return Float64Array.from({ length: n }, (_, index) => {
    let sum = 0;
    for (let other = 0; other < n; other++) {
      const [k, j] = type === 2 ? [index, other] : [other, index];
      const ortho = k === 0 ? Math.sqrt(1 / n) : Math.sqrt(2 / n);
      const factor = norm === "ortho" ? ortho : (type === 3 && k === 0 ? 1 : 2) / (norm === "forward" ? 2 * n : 1);
      sum += factor * x[other] * cosine(k, j);
    }
    return sum;
  });
}

for (const { label, open } of await testDevices())
  describe(`cosine transforms on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it("agree with their definitions, and are undone by idct", async () => {
      if (device.kind === "tensorflow") return;
      const dtype = device.defaultFloat;
      // A few units in the last place of sums of up to 37 standard normal numbers.
      const absolute = dtype === "float64" ? 1e-13 : 5e-5;
      for (const n of [1, 2, 3, 4, 5, 8, 9, 16, 37])
        for (const options of OPTIONS) {
          const { data } = caseRandom(n).array([n], dtype);
          using x = device.tensor(toHostArray(referenceArray(dtype, [n], data)));
          using y = dct(x, options);
          expect(y.dtype).toBe(dtype);
          expectAllClose(
            await y.data(),
            defined(data, options),
            { relative: 0, absolute },
            `${n}, ${JSON.stringify(options)}`,
          );
          using back = idct(y, options);
          expectAllClose(await back.data(), data, { relative: 0, absolute });
        }
    });

    it("go along several axes of any tensor, and leave nothing behind", async () => {
      if (device.kind === "tensorflow") return;
      const dtype = device.defaultFloat;
      const shape = [3, 4, 5];
      const { data } = caseRandom(7).array(shape, dtype);
      const before = device.memory().tensors;
      const x = device.tensor(toHostArray(referenceArray(dtype, shape, data)), shape);
      const y = dct(x, { axes: [0, -1], norm: "ortho" });
      const last = dct(x, { norm: "ortho" });
      const both = dct(last, { axes: 0, norm: "ortho" });
      const tolerance = { relative: 0, absolute: dtype === "float64" ? 1e-14 : 1e-5 };
      expectAllClose(await y.data(), await both.data(), tolerance);
      expectAllClose((await last.data()).slice(0, 5), defined(data.slice(0, 5), { type: 2, norm: "ortho" }), tolerance);
      for (const tensor of [x, y, last, both]) tensor.dispose();
      expect(device.memory().tensors).toBe(before);
    });

    it("refuse bad input", () => {
      device.scope(() => {
        const x = device.zeros([3], "float32");
        expect(() => dct(device.zeros([3], "int32"))).toThrow("dct: x: expected float32 or float64");
        expect(() => dct(x, { type: 1 as 2 })).toThrow("dct: type: expected 2 or 3");
        expect(() => idct(x, { norm: "unit" as "ortho" })).toThrow(InvalidInputError);
        expect(() => idct(x, { axes: 1 })).toThrow("idct: axis");
        expect(() => dct(device.zeros([0], "float32"))).toThrow("at least one element");
        if (device.kind === "tensorflow") expect(() => dct(x)).toThrow(UnsupportedError);
      });
    });
  });

for (const shape of [[4], [2, 5]])
  for (const type of [2, 3] as const) {
    const devices = shape.length === 2 && type === 2 ? (["webgpu"] as const) : [];
    const point = caseRandom(shape.length).array(shape, "float64");
    const name = `type ${type} of [${shape}]`;
    await testDerivatives(`dct, ${name}`, (x) => dct(x, { type }), [point], { devices });
    await testDerivatives(`idct, ${name}`, (x) => idct(x, { type, norm: "ortho" }), [point], { devices: [] });
  }
