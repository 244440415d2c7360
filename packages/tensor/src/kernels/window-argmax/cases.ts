import { type CaseRandom, type KernelCase, referenceArray } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import type { WindowOptions } from "./windows.ts";

export function windowCases(): KernelCase<WindowOptions>[] {
  const none = [0, 0] as const;
  const SETTINGS: Readonly<Record<string, readonly [shape: Shape, options: WindowOptions]>> = {
    "one axis": [[2, 3, 7], { window: [2], stride: [2], padding: [none] }],
    "two axes": [[2, 3, 6, 8], { window: [2, 2], stride: [2, 2], padding: [none, none] }],
    "overlapping, padded": [
      [1, 2, 7, 9],
      {
        window: [3, 3],
        stride: [2, 1],
        padding: [
          [1, 1],
          [2, 0],
        ],
      },
    ],
    "three axes": [[1, 2, 4, 5, 6], { window: [2, 3, 2], stride: [2, 1, 2], padding: [none, [1, 1], none] }],
    ...Object.fromEntries(
      [1, 2, 3].map((stride) => [
        `long rows, a step of ${stride}`,
        [[1, 2, 3, 31], { window: [2, 3], stride: [1, stride], padding: [none, [1, 1]] }],
      ]),
    ),
    "no examples": [[0, 2, 4], { window: [2], stride: [1], padding: [none] }],
    "all in one": [[2, 2, 3, 4], { window: [3, 4], stride: [1, 1], padding: [none, none] }],
    "more than one thread takes": [[8, 16, 40, 41], { window: [2, 2], stride: [2, 2], padding: [none, none] }],
  };
  const values = [0.5, 0.5, -1, 2, Number.NEGATIVE_INFINITY, 1.5, -0.25, 2, 0, Number.NaN, -3, 0.125, 1];
  return Object.entries(SETTINGS).flatMap(([name, [shape, options]]) =>
    (["float32", "float64"] as const).map((dtype) => {
      const data = Array.from({ length: sizeOf(shape) }, (_, k) => values[(k * k + (k >> 3)) % values.length]);
      return { name: `${dtype}, ${name}`, inputs: [referenceArray(dtype, shape, data)], options };
    }),
  );
}

export function randomWindowCase(random: CaseRandom): KernelCase<WindowOptions> {
  const rank = random.integer(1, 3);
  const perAxis = <T>(draw: (axis: number) => T): T[] => Array.from({ length: rank }, (_, axis) => draw(axis));
  const window = perAxis(() => random.integer(1, 3));
  const padding = perAxis(
    (axis) => [random.integer(0, window[axis] - 1), random.integer(0, window[axis] - 1)] as const,
  );
  const shape = [random.integer(1, 2), random.integer(1, 3), ...perAxis((axis) => window[axis] + random.integer(0, 5))];
  const options = { window, stride: perAxis(() => random.integer(1, 3)), padding };
  const dtype = random.pick(["float32", "float64"] as const);
  return { name: `${dtype} [${shape}] ${JSON.stringify(options)}`, inputs: [random.array(shape, dtype)], options };
}
