import type { Tensor } from "../../tensor.ts";
import { caseRandom, testDerivatives } from "../../testing/index.ts";
import { type FourierNorm, fft, ifft, irfft, rfft } from "./index.ts";

const NORMS: readonly FourierNorm[] = ["backward", "forward", "ortho"];

/** Shapes with axes: odd and even lengths, one of several axes, several of them, not in order. */
const SETTINGS: readonly (readonly [readonly number[], readonly number[]])[] = [
  [[1], [0]],
  [[4], [0]],
  [[5], [0]],
  [[3, 2], [0]],
  [
    [2, 4],
    [1, 0],
  ],
  [
    [3, 5],
    [0, 1],
  ],
  [
    [2, 2, 3],
    [2, 0, 1],
  ],
];

for (const [number, [shape, axes]] of SETTINGS.entries()) {
  const random = caseRandom(number);
  const norm = NORMS[number % 3];
  const name = `[${shape}] over ${axes}, ${norm}`;
  const last = axes[axes.length - 1];
  const length = shape[last];
  const options = { axes, norm };
  // The rules do not know the device, and shaders are compiled anew for every test: one shape is enough there.
  const devices = number === 5 ? (["webgpu"] as const) : [];
  const check = (label: string, f: (x: Tensor) => Tensor, of: readonly number[], dtype: "float64" | "complex128") =>
    testDerivatives(`${label} of ${dtype}, ${name}`, f, [random.array(of, dtype)], { devices });

  await check("fft", (x) => fft(x, options), shape, "complex128");
  await check("ifft", (x) => ifft(x, options), shape, "complex128");
  await check("fft", (x) => fft(x, options), shape, "float64");
  await check("rfft", (x) => rfft(x, options), shape, "float64");
  await check(
    "irfft",
    (x) => irfft(x, { ...options, length }),
    shape.with(last, Math.floor(length / 2) + 1),
    "complex128",
  );
}
