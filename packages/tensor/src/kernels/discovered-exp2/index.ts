import { InvalidInputError } from "../../errors.ts";
import { defineKernel, type KernelCase, referenceArray } from "../../kernel.ts";
import { sizeOf } from "../../shape.ts";
import type { Tensor } from "../../tensor.ts";
import { discoveredExp2Cpu } from "./cpu.ts";
import { discoveredExp2WebGpu } from "./webgpu.ts";

/** Operations for one element: the program's, and what splits the argument and scales the result. */
const OPERATIONS = 13 + 4;

/** 2^x by a discovered program, see `discoveredExp2`. */
export const discoveredExp2Kernel = defineKernel<undefined>({
  name: "discovered-exp2",
  summary: "2^x of float32, by a program of a search's front.",
  infer([{ shape, dtype }]) {
    if (dtype !== "float32") throw new InvalidInputError("discoveredExp2: x", "a float32 tensor", dtype);
    return [{ shape, dtype }];
  },
  cost: ([{ shape }]) => ({ flops: OPERATIONS * sizeOf(shape), bytes: 8 * sizeOf(shape) }),
  reference: ([{ shape, data }]) => [
    referenceArray(
      "float32",
      shape,
      Array.from(data, (x) => 2 ** x),
    ),
  ],
  cpu: discoveredExp2Cpu,
  webgpu: discoveredExp2WebGpu,
  tensorflow: "programs are exported as AssemblyScript and WGSL, not as TensorFlow's operations",
  derivatives: "it shows how an exported program becomes a kernel; exp2 differentiates",
  batch: ({ inputs, options, run }) => run(inputs, options),
  cases,
  randomCase(random) {
    const shape = [random.integer(0, 5), random.integer(1, 90)];
    return {
      name: `[${shape}]`,
      inputs: [random.array(shape, "float32", { scale: random.pick([1, 20, 200]) })],
      options: undefined,
    };
  },
  // One unit in the last place is 2⁻²³ of a power of two; a WGSL compiler that fuses products and sums, and rounds them otherwise, gets another. Results below the
  // normal numbers may become 0 there.
  tolerance: () => ({ relative: 2 ** -22, absolute: 2 ** -126 }),
});

/**
 * 2^x of every float32, within one unit in the last place on cpu: the whole part of x goes to the exponent, the rest through `discoveredExp2Program`, exported by
 * `exportSource`. An example of what becomes of a discovery; the package's `exp2` has more dtypes and derivatives.
 *
 * @throws InvalidInputError unless x is float32; UnsupportedError on tensorflow.
 */
export function discoveredExp2(x: Tensor): Tensor<"float32"> {
  return discoveredExp2Kernel.run([x], undefined)[0] as Tensor<"float32">;
}

const SPECIAL = [
  ...[0, -0, 0.5, -0.5, 1, -1, 1 - 2 ** -24, -(2 ** -30), 2 ** -30, 127, 127.5, 128, 129, -126, -126.5, -149, -150],
  ...[-151, 251, 252, 253, -252, -253, 1e9, -1e9, 3e38, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
];

function cases(): KernelCase<undefined>[] {
  const sizes = [SPECIAL.length, 1, 2, 3];
  return [
    ...sizes.map((size) => ({
      name: `the first ${size} of special values`,
      inputs: [referenceArray("float32", [size], SPECIAL.slice(0, size))],
      options: undefined,
    })),
    { name: "a scalar", inputs: [referenceArray("float32", [], [0.3])], options: undefined },
    { name: "nothing", inputs: [referenceArray("float32", [0], [])], options: undefined },
  ];
}
