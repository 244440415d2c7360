import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Device } from "../device/device.ts";
import { DivergedError, InvalidInputError } from "../errors.ts";
import { multiply } from "../kernels/map/binary.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { key } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { testDevices } from "../testing/index.ts";
import { spectralRadius } from "./spectral-radius.ts";

const { cos, sin } = Math;

/** Matrices row by row, and their spectral radius. */
const MATRICES: readonly (readonly [name: string, rows: readonly (readonly number[])[], radius: number])[] = [
  [
    "a symmetric matrix",
    [
      [2, 1, 0],
      [1, 3, 1],
      [0, 1, 4],
    ],
    3 + Math.sqrt(3),
  ],
  [
    "a nonsymmetric matrix",
    [
      [1, 2, 0],
      [0, -4, 1],
      [0, 0, 3],
    ],
    4,
  ],
  [
    "two opposite dominant eigenvalues",
    [
      [0, 2, 0],
      [2, 0, 0],
      [0, 0, 1],
    ],
    2,
  ],
  [
    "a rotation with a small rest",
    [
      [3 * cos(1), -3 * sin(1), 0],
      [3 * sin(1), 3 * cos(1), 0],
      [0, 0, 0.5],
    ],
    3,
  ],
  [
    "the identity",
    [
      [1, 0],
      [0, 1],
    ],
    1,
  ],
  [
    "a nilpotent matrix",
    [
      [0, 1],
      [0, 0],
    ],
    0,
  ],
  ["a single number", [[-7]], 7],
];

for (const { label, open } of await testDevices())
  describe(`the spectral radius on ${label}`, () => {
    let device: Device;
    beforeAll(async () => {
      device = await open();
    });
    afterAll(() => device.dispose());

    it.each(MATRICES)("of %s is found, and nothing left behind", async (_, rows, expected) => {
      using matrix = device.tensor(rows.flat(), [rows.length, rows.length], device.defaultFloat);
      using like = device.zeros([rows.length, 1], device.defaultFloat);
      const before = device.memory().tensors;
      const { radius, reason } = await spectralRadius((v) => matmul(matrix, v), like, { key: key(1) });
      expect(reason).toBe("converged");
      // The tolerance bounds the last change; with ratios of eigenvalues below 0.9 the error is less than ten of them.
      const tolerance = device.defaultFloat === "float64" ? 1e-9 : 1e-4;
      expect(Math.abs(radius - expected)).toBeLessThanOrEqual(tolerance * Math.max(1, expected));
      expect(device.memory().tensors).toBe(before);
    });

    it("is what it is when the iterations run out or are aborted", async () => {
      using like = device.zeros([2], "float32");
      using diagonal = device.tensor(Float32Array.of(2, 1));
      const apply = (v: Tensor) => multiply(v, diagonal);
      const short = await spectralRadius(apply, like, { key: key(2), iterations: 1 });
      expect([short.reason, short.iterations]).toEqual(["iteration-limit", 1]);
      const aborted = await spectralRadius(apply, like, { key: key(2), signal: AbortSignal.abort() });
      expect(aborted.reason).toBe("aborted");
    });

    it("is refused for bad arguments, and for operators that are not finite", async () => {
      using like = device.zeros([2], "float32");
      using integers = device.zeros([2], "int32");
      using none = device.zeros([0], "float32");
      const refuses = (run: Promise<unknown>, argument: string) =>
        expect(run).rejects.toThrow(expect.objectContaining({ name: InvalidInputError.name, argument }));
      await refuses(
        spectralRadius((v) => v, integers, { key: key(0) }),
        "like",
      );
      await refuses(
        spectralRadius((v) => v, none, { key: key(0) }),
        "like",
      );
      await refuses(
        spectralRadius((v) => v, like, { key: key(0), iterations: 0 }),
        "iterations",
      );
      await refuses(
        spectralRadius((v) => v, like, { key: key(0), tolerance: -1 }),
        "tolerance",
      );
      await refuses(
        spectralRadius((v) => v.reshape([2, 1]), like, { key: key(0) }),
        "apply",
      );
      const before = device.memory().tensors;
      await expect(spectralRadius((v) => multiply(v, Number.NaN), like, { key: key(0) })).rejects.toThrow(
        DivergedError,
      );
      expect(device.memory().tensors).toBe(before);
    });
  });
