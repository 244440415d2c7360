import { type CaseRandom, type KernelCase, type ReferenceArray, referenceArray } from "@ansatz/tensor";
import type { StabilityMapOptions } from "./options.ts";

/** Euler's method, Adams–Bashforth of order 2 and 4, and Euler's with a heavy ball of β = 0.5. */
const METHODS: Readonly<Record<string, readonly [state: readonly number[], slope: readonly number[]]>> = {
  euler: [[-1], [1]],
  "adams-bashforth 2": [
    [-1, 0],
    [1.5, -0.5],
  ],
  "adams-bashforth 4": [
    [-1, 0, 0, 0],
    [55 / 24, -59 / 24, 37 / 24, -9 / 24],
  ],
  "heavy ball": [
    [-1.5, 0.5],
    [0.5, 0],
  ],
  "of degree 6": [
    [-1, 0.2, 0.1, -0.1, 0.3, -0.2],
    [1, 2, -1, 0.5, 0.25, 0.1],
  ],
};

export function stabilityMapCases(): readonly KernelCase<StabilityMapOptions>[] {
  return (["float32", "float64"] as const).flatMap((dtype) => [
    ...Object.entries(METHODS).map(([name, parts]) => ({
      name: `${name}, ${dtype}`,
      inputs: parts.map((part) => referenceArray(dtype, [part.length], part)),
      options: { rows: 9, columns: 13, real: [-3.1, 1.2], imaginary: [-2.1, 2.3] } as const,
    })),
    ...[
      [0, 5],
      [3, 0],
      [1, 1],
      [1, 37],
    ].map(([rows, columns]) => ({
      name: `${rows} × ${columns}, ${dtype}`,
      inputs: METHODS["adams-bashforth 2"].map((part) => referenceArray(dtype, [2], part)),
      options: { rows, columns, real: [-2, 0.7], imaginary: [0.3, 1] } as const,
    })),
  ]);
}

export function randomStabilityMapCase(random: CaseRandom): KernelCase<StabilityMapOptions> {
  const dtype = random.pick(["float32", "float64"] as const);
  const degree = random.integer(1, 6);
  const inputs: ReferenceArray[] = [random.array([degree], dtype), random.array([degree], dtype)];
  const options = {
    rows: random.integer(1, 12),
    columns: random.integer(1, 12),
    real: [-random.integer(1, 4), random.integer(1, 2)],
    imaginary: [-random.integer(1, 3), random.integer(1, 3)],
  } as const;
  return { name: `${dtype}, degree ${degree}, ${options.rows} × ${options.columns}`, inputs, options };
}
