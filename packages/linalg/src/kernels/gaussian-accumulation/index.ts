import {
  bytesPerElement,
  type CaseRandom,
  type DType,
  defineKernel,
  InvalidInputError,
  isFloat,
  type KernelCase,
  type ReferenceArray,
  referenceArray,
  type TensorSpec,
  type Tolerance,
} from "@ansatz/tensor";
import { caseSource } from "../case-source.ts";
import { gaussianAccumulationCpu } from "./cpu.ts";
import { gaussianAccumulationTensorFlow } from "./tensorflow.ts";
import { gaussianAccumulationWebGpu } from "./webgpu.ts";

/**
 * A sum of Gaussians around particles on a tensor grid: inputs are positions [N, 3], charges z [N], exponents t [K], amplitudes a [K] and the nodes x [m₁], y [m₂], z [m₃]; the output is
 * [m₁, m₂, m₃], Σ_ν z_ν Σ_k a_k exp(−t_k² ‖(x, y, z) − x_ν‖²): a canonical tensor of N K terms, written out. On the cpu 2 m₁ m₂ m₃ N K operations of a packed matrix product.
 */
export const gaussianAccumulationKernel = defineKernel<null>({
  name: "gaussian-accumulation",
  summary: "Sums of Gaussians around particles on a tensor grid.",
  infer,
  cost(inputs) {
    const [, [particles], [count], , [m1], [m2], [m3]] = inputs.map(({ shape }) => shape);
    const terms = particles * count;
    return {
      flops: 2 * m1 * m2 * m3 * terms + m1 * m2 * terms + 5 * (m1 + m2 + m3) * terms,
      bytes: (4 * particles + 2 * count + m1 + m2 + m3 + m1 * m2 * m3) * bytesPerElement(inputs[0].dtype),
    };
  },
  reference,
  cpu: gaussianAccumulationCpu,
  webgpu: gaussianAccumulationWebGpu,
  tensorflow: gaussianAccumulationTensorFlow,
  derivatives: "potentials are differentiated after they are approximated, see ChebyshevTucker.gradient",
  cases: () =>
    (["float32", "float64"] as const).flatMap((dtype) => [
      caseOf(caseSource(), dtype, 0, 2, [3, 2, 4]),
      caseOf(caseSource(), dtype, 2, 0, [3, 2, 4]),
      caseOf(caseSource(), dtype, 2, 2, [3, 0, 4]),
      caseOf(caseSource(), dtype, 1, 1, [1, 1, 1]),
      caseOf(caseSource(), dtype, 37, 9, [5, 17, 33]),
      caseOf(caseSource(), dtype, 130, 4, [3, 9, 8]),
      withNaN(caseOf(caseSource(), dtype, 5, 2, [3, 4, 5])),
    ]),
  randomCase: (random) =>
    caseOf(
      random,
      random.pick(["float32", "float64"] as const),
      random.integer(0, 20),
      random.integer(0, 5),
      [1, 2, 3].map(() => random.integer(0, 12)),
    ),
  tolerance,
});

function caseOf(
  random: CaseRandom,
  dtype: "float32" | "float64",
  particles: number,
  count: number,
  nodes: readonly number[],
): KernelCase<null> {
  return {
    name: `${dtype} ${particles} particles, ${count} exponents, grid [${nodes}]`,
    inputs: [
      random.array([particles, 3], dtype, { scale: 0.5 }),
      random.array([particles], dtype),
      random.array([count], dtype, { scale: 2 }),
      random.array([count], dtype),
      ...nodes.map((m) => random.array([m], dtype, { scale: 0.5 })),
    ],
    options: null,
  };
}

function withNaN(each: KernelCase<null>): KernelCase<null> {
  each.inputs[0].data[4] = Number.NaN;
  return { ...each, name: `${each.name}, one of them NaN` };
}

function infer([positions, charges, exponents, amplitudes, ...nodes]: readonly TensorSpec[]): readonly TensorSpec[] {
  const { dtype, shape } = positions;
  if (!isFloat(dtype)) throw new InvalidInputError("gaussianAccumulation: positions", "float32 or float64", dtype);
  if (shape.length !== 2 || shape[1] !== 3)
    throw new InvalidInputError("gaussianAccumulation: positions", "shape [N, 3]", `[${shape}]`);
  if (nodes.length !== 3) throw new InvalidInputError("gaussianAccumulation: nodes", "three axes", nodes.length);
  const expected = { charges: shape[0], amplitudes: exponents.shape[0] };
  for (const [name, spec] of Object.entries({
    charges,
    exponents,
    amplitudes,
    x: nodes[0],
    y: nodes[1],
    z: nodes[2],
  })) {
    if (spec.shape.length !== 1 || spec.shape[0] !== (expected[name as keyof typeof expected] ?? spec.shape[0]))
      throw new InvalidInputError(`gaussianAccumulation: ${name}`, "a vector of the right length", `[${spec.shape}]`);
    if (spec.dtype !== dtype)
      throw new InvalidInputError(`gaussianAccumulation: ${name}`, `dtype ${dtype}`, spec.dtype);
  }
  return [{ shape: nodes.map((each) => each.shape[0]), dtype }];
}

function reference(inputs: readonly ReferenceArray[]): readonly ReferenceArray[] {
  const [positions, charges, exponents, amplitudes, x, y, z] = inputs;
  const shape = [x.data.length, y.data.length, z.data.length];
  const values = new Float64Array(shape[0] * shape[1] * shape[2]);
  let at = 0;
  for (const a of x.data)
    for (const b of y.data)
      for (const c of z.data) {
        for (let particle = 0; particle < charges.data.length; particle++) {
          const [px, py, pz] = positions.data.subarray(3 * particle, 3 * particle + 3);
          const squared = (a - px) ** 2 + (b - py) ** 2 + (c - pz) ** 2;
          for (let k = 0; k < exponents.data.length; k++)
            values[at] += charges.data[particle] * amplitudes.data[k] * Math.exp(-(exponents.data[k] ** 2) * squared);
        }
        at++;
      }
  return [referenceArray(positions.dtype, shape, values)];
}

function tolerance(
  dtype: DType,
  [
    ,
    {
      shape: [particles],
    },
    {
      shape: [count],
    },
  ]: readonly TensorSpec[],
): Tolerance {
  const u = dtype === "float32" ? 2 ** -24 : 2 ** -53;
  // A Gaussian errs by u times its exponent e, which costs e exp(−e) ≤ 1/e of it, three times for the three axes; GPUs' exp by some units more. Terms are products of two normals.
  return { relative: 16 * u, absolute: 32 * u * (1 + particles * count) };
}
