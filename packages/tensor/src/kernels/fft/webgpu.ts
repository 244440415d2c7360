import { fftShader } from "#kernels/fft";
import { type WebGpuArray, type WebGpuCall, workgroupsFor } from "../../device/webgpu/call.ts";
import { UnsupportedError } from "../../errors.ts";
import type { WebGpuImplementation } from "../../kernel.ts";
import { type Shape, sizeOf } from "../../shape.ts";
import { balancedFactors, chirpLength, radicesOf } from "./factors.ts";
import { UnitRoots } from "./roots.ts";
import { chirpFactors, chirpSpectrum } from "./tables.ts";
import { type FftOptions, halfLength } from "./transform.ts";

/** Bytes of workgroup memory for a point: two complex float32. */
const POINT_BYTES = 16;

/** Points that a workgroup holds unless a line is longer: what every adapter has memory for. */
const CAPACITY = 1024;

/** Of a workgroup, as in gpu.wgsl. */
const INVOCATIONS = 256;

type Numbers = "complex" | "real" | "half";

/** As in gpu.wgsl. */
const KINDS: Readonly<Record<Numbers, number>> = { complex: 0, real: 1, half: 2 };

type Binding = WebGpuArray | GPUBuffer;

/** One end of a transform along the middle axis of [outer, length, inner]. */
interface End {
  readonly array: Binding;
  readonly kind: Numbers;
  /** Numbers of a line in memory; those beyond are zero, or not wanted. */
  readonly count: number;
  readonly swapped: boolean;
}

interface AxisTransform {
  readonly outer: number;
  readonly length: number;
  readonly inner: number;
  readonly source: End;
  readonly target: End;
  /** Real numbers of a line of which half the spectrum is kept, and the weight of its entries that stand for two. */
  readonly realLength: number;
  readonly pairWeight: number;
  readonly scale: number;
  /** Factors of the numbers loaded, and of the results, after their parts have been exchanged. */
  readonly sourceFactors?: Float32Array | undefined;
  readonly targetFactors?: Float32Array | undefined;
  readonly swapResult?: boolean;
}

export const fftWebGpu: WebGpuImplementation<FftOptions> = {
  dtypes: ["float32", "complex64"],
  run(call, { kind, inverse, axes, length, pairWeight, scale }) {
    const [x] = call.inputs;
    const [y] = call.outputs;
    if (y.size === 0) return;
    const last = axes[axes.length - 1];
    const order = kind === "real" ? [last, ...axes.slice(0, -1)] : axes;
    let array: Binding = x;
    let shape: Shape = x.shape;
    for (const [index, axis] of order.entries()) {
      const own = axis === last ? kind : "complex";
      const isLast = index === order.length - 1;
      const points = own === "half" ? length : shape[axis];
      const end = (isReal: boolean) =>
        ({
          kind: isReal ? "real" : own === "complex" ? "complex" : "half",
          count: own === "complex" || isReal ? points : halfLength(points),
          swapped: inverse,
        }) as const;
      const after: Shape = own === "complex" ? shape : y.shape;
      const target = isLast ? y : call.scratch(8 * sizeOf(after));
      transformAxis(call, {
        outer: sizeOf(shape.slice(0, axis)),
        length: points,
        inner: sizeOf(shape.slice(axis + 1)),
        source: { ...end(own === "real"), array },
        target: { ...end(own === "half"), array: target },
        realLength: points,
        pairWeight,
        scale: isLast ? scale : 1,
      });
      array = target;
      shape = after;
    }
  },
};

function transformAxis(call: WebGpuCall, transform: AxisTransform): void {
  const { outer, length, inner } = transform;
  if (radicesOf(length)) {
    transformSmooth(call, transform);
    return;
  }
  // See `Chirp`: the second transform is the inverse, by exchanged parts.
  const work = chirpLength(length);
  const factors = chirpFactors(length, "float32") as Float32Array;
  const between = { array: call.scratch(8 * outer * work * inner), kind: "complex", count: work } as const;
  transformSmooth(call, {
    ...transform,
    length: work,
    target: { ...between, swapped: false },
    sourceFactors: factors,
    scale: 1,
  });
  transformSmooth(call, {
    ...transform,
    length: work,
    source: { ...between, swapped: true },
    sourceFactors: chirpSpectrum(length, "float32") as Float32Array,
    swapResult: true,
    targetFactors: factors,
  });
}

/** A transform of a length that is a product of radices: in one pass where a line fits in workgroup memory, else in four steps, see `fourStep` of long.ts. */
function transformSmooth(call: WebGpuCall, transform: AxisTransform): void {
  const { outer, length, inner } = transform;
  const most = Math.floor(call.limits.maxComputeWorkgroupStorageSize / POINT_BYTES);
  if (length <= most) {
    dispatchPass(call, transform, {
      points: length,
      extentB: 1,
      source: { step: 1, lineStep: 0 },
      target: { step: 1, lineStep: 0 },
    });
    return;
  }
  const [rows, columns] = balancedFactors(length);
  if (rows > most)
    throw new UnsupportedError(
      "webgpu",
      `a Fourier transform of ${length} points`,
      `this adapter's workgroups hold ${most} points, transforms at most the square of that`,
    );
  const between = {
    array: call.scratch(8 * outer * length * inner),
    kind: "complex",
    count: length,
    swapped: false,
  } as const;
  dispatchPass(
    call,
    { ...transform, target: between, targetFactors: undefined, swapResult: false, scale: 1 },
    {
      points: rows,
      extentB: columns,
      source: { step: columns, lineStep: 1 },
      target: { step: columns, lineStep: 1 },
      turned: true,
    },
  );
  dispatchPass(
    call,
    { ...transform, source: between, sourceFactors: undefined },
    { points: columns, extentB: rows, source: { step: 1, lineStep: columns }, target: { step: rows, lineStep: 1 } },
  );
}

/** How a pass goes through lines: number e of a line is that at position · step + b · lineStep. */
interface Pass {
  readonly points: number;
  readonly extentB: number;
  readonly source: PassSide;
  readonly target: PassSide;
  readonly turned?: boolean;
}

interface PassSide {
  readonly step: number;
  readonly lineStep: number;
}

function dispatchPass(call: WebGpuCall, transform: AxisTransform, pass: Pass): void {
  const { outer, length, inner, source, target, sourceFactors, targetFactors, swapResult = false } = transform;
  const { points, extentB, turned = false } = pass;
  const capacity = Math.max(CAPACITY, points);
  const lines = outer * extentB * inner;
  const groupLines = 2 ** Math.floor(Math.log2(Math.min(INVOCATIONS, capacity / points)));
  const finePowers = Math.ceil(Math.sqrt(length));
  const radices = radicesOf(points)!;
  const roots = call.upload(rootTable(points, turned ? length : 0, finePowers));
  const factors = joined(sourceFactors, targetFactors);
  const side = (end: End, { step, lineStep }: PassSide, own: Float32Array | undefined, firstFactor: number) => {
    const byLines = inner > 1 || lineStep === 1;
    return [KINDS[end.kind], end.count, step, lineStep, byLines, end.swapped, own !== undefined, firstFactor].map(
      Number,
    );
  };
  const uniforms = new Uint32Array(36);
  uniforms.set([lines, groupLines, extentB, inner, points, turned ? finePowers : 0, Number(swapResult)]);
  uniforms[7] = transform.realLength;
  new Float32Array(uniforms.buffer).set([transform.pairWeight, transform.scale], 8);
  uniforms.set([radices.length], 10);
  uniforms.set(radices, 12);
  uniforms.set(side(source, pass.source, sourceFactors, 0), 20);
  uniforms.set(side(target, pass.target, targetFactors, (sourceFactors?.length ?? 0) / 2), 28);
  call.dispatch({
    code: fftShader,
    constants: { capacity },
    bindings: [source.array, target.array, roots, factors ? call.upload(factors) : roots],
    uniforms,
    workgroups: workgroupsFor(lines, groupLines),
  });
}

/** Powers of exp(−2πi / points), then those of exp(−2πi / length) up to `fine`, then the multiples of `fine`; no length, none of these. */
function rootTable(points: number, length: number, fine: number): Float32Array {
  const coarse = Math.ceil(length / fine);
  const table = new Float32Array(2 * (points + (length && fine + coarse)));
  const own = new UnitRoots(points);
  for (let power = 0; power < points; power++) own.store(power, table, 2 * power);
  if (length === 0) return table;
  const whole = new UnitRoots(length);
  for (let power = 0; power < fine; power++) whole.store(power, table, 2 * (points + power));
  for (let power = 0; power < coarse; power++) whole.store((power * fine) % length, table, 2 * (points + fine + power));
  return table;
}

function joined(a: Float32Array | undefined, b: Float32Array | undefined): Float32Array | undefined {
  if (!a || !b) return a ?? b;
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
