import type { Program } from "./program.ts";
import { compileProgram } from "./program-memory.ts";
import type { Format } from "./rounding.ts";

/** Elements of an array that is computed over and over: it and the results stay in the first-level cache. */
const ELEMENTS = 1024;

/** Calls before anything is counted, by which the engine has compiled the loop to its best. */
const WARM_UP_SECONDS = 0.02;

export interface KernelTime {
  /** Of the fastest batch. */
  readonly nanosecondsPerElement: number;
  /** Time over that of the last program given: the reference, measured in turn with the others. */
  readonly relative: number;
}

/**
 * Times programs as WebAssembly SIMD on one core, in alternating batches: the least of many, since everything that disturbs a measurement makes it longer.
 * The last program is the reference. Differs from run to run and between machines; ratios differ less.
 */
export function timePrograms(
  programs: readonly Program[],
  format: Format,
  { batches = 30, repetitions = 200 }: { readonly batches?: number; readonly repetitions?: number } = {},
): KernelTime[] {
  const x = format === "float64" ? new Float64Array(ELEMENTS) : new Float32Array(ELEMENTS);
  for (let k = 0; k < ELEMENTS; k++) x[k] = k / ELEMENTS;
  const compiled = programs.map((program) => compileProgram(program, format, x));
  for (const each of compiled) {
    const start = performance.now();
    while (performance.now() - start < 1000 * WARM_UP_SECONDS) each.run(repetitions);
  }
  const fastest = compiled.map(() => Number.POSITIVE_INFINITY);
  for (let batch = 0; batch < batches; batch++)
    for (const [index, each] of compiled.entries()) {
      const start = performance.now();
      each.run(repetitions);
      fastest[index] = Math.min(fastest[index], performance.now() - start);
    }
  return fastest.map((milliseconds) => ({
    nanosecondsPerElement: (1e6 * milliseconds) / (ELEMENTS * repetitions),
    relative: milliseconds / fastest.at(-1)!,
  }));
}
