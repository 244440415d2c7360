import { beforeAll, describe, expect, it } from "vitest";
import { cpuModule } from "#kernels/map";
import type { FloatDType } from "../../dtype.ts";
import { testDevices } from "../../testing/index.ts";
import golden from "./accuracy.json" with { type: "json" };
import { mapKernel } from "./index.ts";
import type { MapOperation } from "./operations.ts";
import { erfc, gelu, geluTanh, silu } from "./reference-functions.ts";
import { SPECIAL_VALUES, SPECIAL_VALUES_OF_TWO } from "./special-values.ts";

type Golden = Exclude<keyof typeof golden, "made">;

/** The bounds that assembly/README.md states, in ulp. */
const BOUNDS: Readonly<Record<Golden, { readonly float32: number; readonly float64: number }>> = {
  exp: { float32: 1, float64: 1 },
  expm1: { float32: 1.5, float64: 1.5 },
  exp2: { float32: 1, float64: 1.5 },
  log: { float32: 1, float64: 1 },
  log1p: { float32: 1, float64: 1 },
  log2: { float32: 1, float64: 1 },
  log10: { float32: 1, float64: 1 },
  sin: { float32: 1, float64: 1 },
  cos: { float32: 1, float64: 1 },
  tan: { float32: 1, float64: 2.5 },
  asin: { float32: 2, float64: 2 },
  acos: { float32: 1.5, float64: 1.5 },
  atan: { float32: 1.5, float64: 1.5 },
  atan2: { float32: 2, float64: 2 },
  sinh: { float32: 1.5, float64: 1.5 },
  cosh: { float32: 1.5, float64: 1.5 },
  tanh: { float32: 1.5, float64: 1.5 },
  asinh: { float32: 1, float64: 1.5 },
  acosh: { float32: 1, float64: 2.5 },
  atanh: { float32: 1, float64: 2 },
  erf: { float32: 1.5, float64: 2 },
  erfc: { float32: 1, float64: 4 },
  sigmoid: { float32: 2, float64: 2 },
  softplus: { float32: 1, float64: 3 },
  silu: { float32: 1, float64: 3 },
  gelu: { float32: 1, float64: 4 },
  geluTanh: { float32: 1, float64: 3.5 },
  elu: { float32: 1, float64: 2 },
  rsqrt: { float32: 1.5, float64: 1.5 },
  power: { float32: 1, float64: 1 },
};

const BINARY: readonly Golden[] = ["power", "atan2", "elu"];

interface Point {
  readonly argument: readonly number[];
  readonly result: number;
  /** What `result` lost by rounding. */
  readonly rest: number;
}

function points(operation: Golden, dtype: FloatDType): Point[] {
  const values = golden[operation][dtype];
  const argumentCount = BINARY.includes(operation) ? 2 : 1;
  const width = argumentCount + (dtype === "float64" ? 2 : 1);
  return Array.from({ length: values.length / width }, (_, row) => {
    const own = values.slice(row * width, (row + 1) * width);
    return { argument: own.slice(0, argumentCount), result: own[argumentCount], rest: own[argumentCount + 1] ?? 0 };
  });
}

/** Distance of neighbours in the dtype at the magnitude of `value`. */
function ulpAt(value: number, dtype: FloatDType): number {
  const [digits, smallest] = dtype === "float64" ? [53, -1074] : [24, -149];
  const magnitude = Math.abs(value);
  let exponent = Math.floor(Math.log2(magnitude));
  if (2 ** exponent > magnitude) exponent--;
  return 2 ** Math.max(exponent + 1 - digits, smallest);
}

type HostFloats = Float32Array<ArrayBuffer> | Float64Array<ArrayBuffer>;

function hostFloats(dtype: FloatDType, values: readonly number[]): HostFloats {
  return dtype === "float64" ? Float64Array.from(values) : Float32Array.from(values);
}

/** Runs a build of the kernels by itself, so that both are tested whatever the engine prefers. */
class Build {
  readonly #memory = new WebAssembly.Memory({ initial: 128, maximum: 65536, shared: true });
  readonly #exports: Record<string, (...parameters: number[]) => void>;

  constructor(code: string) {
    const module = new WebAssembly.Module(Uint8Array.from(atob(code), (character) => character.charCodeAt(0)));
    const { exports } = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    this.#exports = exports as Record<string, (...parameters: number[]) => void>;
  }

  apply(operation: MapOperation, dtype: FloatDType, ...columns: number[][]): number[] {
    const count = columns[0].length;
    const [block, ...addresses] = [64, 65, 80, 95, 110].map((page) => page * 65536);
    const [first, second] = columns.map((column, index) => {
      this.#view(dtype, addresses[index], count).set(column);
      return addresses[index];
    });
    const output = addresses[2];
    const name = `map_${operation}_${dtype === "float64" ? "f64" : "f32"}`;
    if (columns.length === 1) this.#exports[name](first, output, 0, count);
    else {
      new Uint32Array(this.#memory.buffer, block, 8).set([output, count, 0, 0, first, 1, second, 1]);
      this.#exports[name](block, 0, count);
    }
    return Array.from(this.#view(dtype, output, count));
  }

  #view(dtype: FloatDType, address: number, count: number): Float32Array | Float64Array {
    const type = dtype === "float64" ? Float64Array : Float32Array;
    return new type(this.#memory.buffer, address, count);
  }
}

/** Odd numbers of elements, so that vectors and the elements after them are both met. */
const ODD = 997;

/** Reproducible bit patterns: all exponents, both signs, subnormals, infinities and NaN. */
function bitPatterns(dtype: FloatDType): number[] {
  const words = new Uint32Array(ODD * (dtype === "float64" ? 2 : 1));
  for (let index = 0, state = 1; index < words.length; index++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    words[index] = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) ^ (state >>> 12);
  }
  return Array.from(dtype === "float64" ? new Float64Array(words.buffer) : new Float32Array(words.buffer));
}

const DTYPES: readonly FloatDType[] = ["float32", "float64"];
const INFINITY = Number.POSITIVE_INFINITY;

const BUILDS = [
  ["relaxed SIMD", cpuModule.relaxedSimd],
  ["SIMD", cpuModule.simd],
] as const;

describe.each(BUILDS)("elementary functions of the %s build", (_, code) => {
  let build: Build;
  beforeAll(() => {
    build = new Build(code);
  });

  it.each(Object.keys(BOUNDS) as Golden[])("%s keeps its bound against mpmath", (operation) => {
    for (const dtype of DTYPES) {
      const expected = points(operation, dtype);
      const columns = expected[0].argument.map((_, column) => expected.map(({ argument }) => argument[column]));
      const actual = build.apply(operation, dtype, ...columns);
      const errors = expected.map(
        ({ result, rest }, index) => Math.abs(actual[index] - result - rest) / ulpAt(result, dtype),
      );
      const worst = errors.indexOf(Math.max(...errors));
      expect(
        errors[worst],
        `${dtype} ${operation}(${expected[worst].argument}) = ${actual[worst]}`,
      ).toBeLessThanOrEqual(BOUNDS[operation][dtype]);
    }
  });

  it.each(SPECIAL_VALUES)("%s has IEEE 754's special values", (operation, pairs) => {
    for (const dtype of DTYPES) {
      const inDType = (values: number[]) => Array.from(hostFloats(dtype, values));
      const actual = build.apply(
        operation,
        dtype,
        pairs.map(([x]) => x),
      );
      expect(actual, dtype).toEqual(inDType(pairs.map(([, y]) => y)));
    }
  });

  it.each(SPECIAL_VALUES_OF_TWO)("%s has IEEE 754's special values", (operation, rows) => {
    for (const dtype of DTYPES) {
      const actual = build.apply(
        operation,
        dtype,
        rows.map(([x]) => x),
        rows.map(([, y]) => y),
      );
      const expected = rows.map(([, , result]) => result);
      expect(actual, dtype).toEqual(Array.from(hostFloats(dtype, expected)));
    }
  });

  it("exp and sigmoid underflow gradually, and exp overflows exactly where its result does", () => {
    const thresholds = {
      float32: [88.72283172607422, 88.72283935546875],
      float64: [709.782712893384, 709.7827128933841],
    };
    for (const dtype of DTYPES) {
      const smallest = dtype === "float64" ? -745.1332191019411 : -103.97207641601562;
      const [below, above] = build.apply("exp", dtype, thresholds[dtype]);
      expect(below).toBeLessThan(INFINITY);
      expect(above).toBe(INFINITY);
      const subnormal = Array.from({ length: ODD }, (_, index) => smallest + index / 64);
      for (const operation of ["exp", "sigmoid"] as const) {
        const actual = build.apply(operation, dtype, subnormal);
        const exact = Array.from(
          hostFloats(dtype, subnormal),
          (x) => Math.exp(x) / (operation === "exp" ? 1 : 1 + Math.exp(x)),
        );
        // 2 ulp, and at most another by which Math's exp may be off.
        for (const [index, y] of actual.entries())
          expect(Math.abs(y - exact[index]), `${dtype} ${operation}(${subnormal[index]})`).toBeLessThanOrEqual(
            3 * ulpAt(exact[index], dtype),
          );
        expect(actual[0]).toBe(dtype === "float64" ? 2 ** -1074 : 2 ** -149);
      }
    }
  });

  it.each<[MapOperation, (x: number) => number]>([
    ["silu", silu],
    ["gelu", gelu],
    ["geluTanh", geluTanh],
    ["softplus", Math.exp],
    ["erfc", (x) => erfc(-x)],
  ])("%s keeps its accuracy where the result is subnormal", (operation, exact) => {
    for (const dtype of DTYPES) {
      const smallest = dtype === "float64" ? 2 ** -1074 : 2 ** -149;
      const largest = dtype === "float64" ? 2 ** -1022 : 2 ** -126;
      const x = Array.from(
        hostFloats(
          dtype,
          Array.from({ length: 40_000 }, (_, index) => -8 - index / 50),
        ),
      ).filter((each) => Math.abs(exact(each)) <= largest && Math.abs(exact(each)) >= 4 * smallest);
      expect(x.length).toBeGreaterThan(8);
      const actual = build.apply(operation, dtype, operation === "erfc" ? x.map((each) => -each) : x);
      // Its own half unit, and the reference's, of the exponential and of what follows.
      for (const [index, y] of actual.entries())
        expect(Math.abs(y - exact(x[index])), `${dtype} ${operation} ${x[index]}`).toBeLessThanOrEqual(3 * smallest);
    }
  });

  it.each<[MapOperation, (x: number) => number]>([
    ["sqrt", Math.sqrt],
    ["reciprocal", (x) => 1 / x],
    ["square", (x) => x * x],
    ["floor", Math.floor],
    ["ceil", Math.ceil],
    ["abs", Math.abs],
    ["neg", (x) => -x],
    ["sign", Math.sign],
  ])("%s is correctly rounded for any bit pattern", (operation, exact) => {
    for (const dtype of DTYPES) {
      const x = bitPatterns(dtype);
      // Rounding the float64 result to float32 rounds twice, which is known to be harmless for these (Figueroa, "When is double rounding innocuous?").
      const expected = Array.from(hostFloats(dtype, x.map(exact)));
      expect(build.apply(operation, dtype, x), dtype).toEqual(expected);
    }
  });

  it.each<[MapOperation, (a: number, b: number) => number]>([
    ["add", (a, b) => a + b],
    ["subtract", (a, b) => a - b],
    ["multiply", (a, b) => a * b],
    ["divide", (a, b) => a / b],
    ["minimum", Math.min],
    ["maximum", Math.max],
  ])("%s is correctly rounded for any two bit patterns", (operation, exact) => {
    for (const dtype of DTYPES) {
      const a = bitPatterns(dtype);
      const b = a.toReversed();
      const expected = Array.from(
        hostFloats(
          dtype,
          a.map((value, index) => exact(value, b[index])),
        ),
      );
      expect(build.apply(operation, dtype, a, b), dtype).toEqual(expected);
    }
  });
});

describe("sin, cos and tan of large arguments", async () => {
  // TensorFlow.js engines use what their platform has.
  const devices = (await testDevices()).filter(({ label }) => !label.startsWith("tensorflow"));

  it.each(devices)("are right up to the largest float32 on $label", async ({ open }) => {
    await using device = await open();
    const x = Float32Array.from(bitPatterns("float32"), (value) => (Math.abs(value) > 1 ? value : value * 2 ** 127));
    using tensor = device.tensor(x);
    for (const operation of ["sin", "cos", "tan"] as const) {
      using result = mapKernel.run([tensor], { operation })[0];
      const actual = await result.data();
      for (const [index, y] of actual.entries()) {
        const exact = Math[operation](x[index]);
        if (Number.isNaN(exact)) expect(y).toBeNaN();
        else expect(Math.abs(y - exact), `${operation}(${x[index]})`).toBeLessThanOrEqual(5 * ulpAt(exact, "float32"));
      }
    }
  });
});
