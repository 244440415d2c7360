import { InvalidInputError } from "../errors.ts";
import type { Samples } from "./error-measure.ts";
import { type Arithmetic, evaluate } from "./evaluate.ts";
import { coefficientsOf, type Program, withCoefficients } from "./program.ts";
import { computingModule, measuringModule } from "./program-module.ts";
import { type Format, roundTo } from "./rounding.ts";

const PAGE = 65536;
/** Room for coefficients and results of a generation. */
const SCRATCH_PAGES = 16;

/** The largest weighted error of each of `sets` sets of coefficients, which lie one after another. NaN where a value is none. */
export type ErrorFunction = (coefficients: ArrayLike<number>, sets: number) => Float64Array;

interface LoadedSamples {
  readonly samples: Samples;
  readonly x: number;
  readonly high: number;
  readonly low: number;
  readonly weight: number;
  readonly bytes: number;
}

/** A memory in which compiled programs find samples: load them once, measure many programs on them. */
export class ProgramMemory {
  readonly #memory = new WebAssembly.Memory({ initial: SCRATCH_PAGES });
  readonly #arithmetic: Arithmetic;
  #end = SCRATCH_PAGES * PAGE;

  constructor(arithmetic: Arithmetic) {
    this.#arithmetic = arithmetic;
  }

  /** Arguments are rounded to the format; the values stay those of the arguments given, so give arguments of the format. */
  load(samples: Samples): LoadedSamples {
    // A vector's worth at the end repeats the last sample, which changes no maximum.
    const lanes = this.#arithmetic.format === "float64" ? 2 : 4;
    const count = Math.ceil(samples.x.length / lanes) * lanes;
    const place = (values: Float64Array, bytes: 4 | 8): number => {
      const address = this.#allocate(count * bytes);
      const view =
        bytes === 4
          ? new Float32Array(this.#memory.buffer, address, count)
          : new Float64Array(this.#memory.buffer, address, count);
      for (let k = 0; k < count; k++) view[k] = values[Math.min(k, values.length - 1)];
      return address;
    };
    const elementBytes = lanes === 2 ? 8 : 4;
    const x = place(
      samples.x.map((each) => roundTo(this.#arithmetic.format, each)),
      elementBytes,
    );
    const [high, low, weight] = [samples.high, samples.low, samples.weight].map((values) => place(values, 8));
    return { samples, x, high, low, weight, bytes: count * elementBytes };
  }

  /** Compiles a program; the result measures it on given samples. */
  compile(program: Program): (samples: LoadedSamples) => ErrorFunction {
    const count = coefficientsOf(program).length;
    const { format, fma } = this.#arithmetic;
    const isFused = fma === "fused" && program.vertices.some(({ operation }) => operation === "fma");
    if (isFused) return ({ samples }) => slowErrors(program, count, samples, this.#arithmetic);
    const module = new WebAssembly.Module(measuringModule(program, format));
    const instance = new WebAssembly.Instance(module, { env: { memory: this.#memory } });
    const measure = instance.exports.measure as (...parameters: number[]) => void;
    return ({ x, high, low, weight, bytes }) =>
      (coefficients, sets) => {
        const results = Math.ceil((sets * count * 8) / 16) * 16;
        if (results + 8 * sets > SCRATCH_PAGES * PAGE)
          throw new InvalidInputError("sets", `coefficients of at most ${SCRATCH_PAGES * PAGE} bytes`, sets);
        const given = new Float64Array(this.#memory.buffer, 0, sets * count);
        for (let k = 0; k < given.length; k++) given[k] = roundTo(format, coefficients[k]);
        measure(x, high, low, weight, bytes, 0, results, results + 8 * sets);
        return new Float64Array(this.#memory.buffer.slice(results, results + 8 * sets));
      };
  }

  #allocate(bytes: number): number {
    const address = this.#end;
    this.#end += Math.ceil(bytes / 64) * 64;
    const missing = this.#end - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / PAGE));
    return address;
  }
}

/** WebAssembly has no fused multiply-add whose result is the same on every machine. */
function slowErrors(program: Program, count: number, samples: Samples, arithmetic: Arithmetic): ErrorFunction {
  const { x, high, low, weight } = samples;
  return (coefficients, sets) =>
    Float64Array.from({ length: sets }, (_, index) => {
      const given = withCoefficients(program, Array.from(coefficients).slice(index * count, (index + 1) * count));
      let largest = 0;
      for (let k = 0; k < x.length; k++)
        // Like WebAssembly's, this maximum is NaN as soon as one is.
        largest = Math.max(largest, Math.abs((evaluate(given, x[k], arithmetic) - high[k] - low[k]) * weight[k]));
      return largest;
    });
}

/** A program compiled with its coefficients, for an array that it holds. */
export interface CompiledProgram {
  /** The arguments, which may be overwritten. */
  readonly x: Float32Array | Float64Array;
  /** Values of the array, computed over and over if asked. */
  run(repetitions?: number): Float32Array | Float64Array;
}

/** @see computingModule */
export function compileProgram(program: Program, format: Format, x: Float32Array | Float64Array): CompiledProgram {
  const rounded = withCoefficients(
    program,
    coefficientsOf(program).map((each) => roundTo(format, each)),
  );
  const module = new WebAssembly.Module(computingModule(rounded, format));
  const FloatArray = format === "float64" ? Float64Array : Float32Array;
  const bytes = Math.ceil((x.length * FloatArray.BYTES_PER_ELEMENT) / 64) * 64;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((2 * bytes) / PAGE) });
  const { run } = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<
    string,
    (...parameters: number[]) => void
  >;
  const own = new FloatArray(memory.buffer, 0, x.length);
  own.set(x);
  const values = new FloatArray(memory.buffer, bytes, x.length);
  return {
    x: own,
    run(repetitions = 1) {
      if (bytes > 0) run(0, bytes, bytes, repetitions);
      return values;
    },
  };
}
