import type { Array as JaxArray } from "@jax-js/jax";
import type { ReferenceArray } from "../kernel.ts";
import { toHostArray } from "../kernel.ts";
import type { KernelPeer } from "../kernel-benchmark.ts";
import { installedVersion } from "./installed-version.ts";

export type JaxJs = typeof import("@jax-js/jax");

/**
 * jax-js on its WebAssembly backend, which has one thread in Node.
 *
 * @param operation the kernel's work in jax-js; gets operands of its own, since operations in jax-js consume theirs.
 */
export function jaxJsPeer<Options>(
  operation: (jax: JaxJs, inputs: JaxArray[], options: Options) => JaxArray,
): KernelPeer<Options> {
  return {
    name: "jax-js, wasm",
    devices: ["cpu"],
    version: () => installedVersion("@jax-js/jax"),
    async setup({ options }, arrays) {
      const jax = await loadJaxJs();
      const inputs = arrays.map((array) => toJaxArray(jax, array));
      await jax.blockUntilReady(inputs);
      let result: JaxArray | undefined;
      return {
        async run() {
          result?.dispose();
          const operands = inputs.map((input) => input.ref);
          result = operation(jax, operands, options);
          await jax.blockUntilReady(result);
        },
        outputs: async () => [(await result!.ref.data()) as ArrayLike<number>],
        dispose() {
          for (const array of [...inputs, ...(result ? [result] : [])]) array.dispose();
        },
      };
    },
  };
}

export async function loadJaxJs(): Promise<JaxJs> {
  const jax = await import("@jax-js/jax");
  const devices = await jax.init("wasm");
  if (!devices.includes("wasm")) throw new Error("jax-js has no WebAssembly backend here");
  jax.defaultDevice("wasm");
  return jax;
}

function toJaxArray({ numpy }: JaxJs, array: ReferenceArray): JaxArray {
  if (array.dtype !== "float32" && array.dtype !== "float64" && array.dtype !== "int32")
    throw new Error(`jax-js is compared on float32, float64 and int32, not ${array.dtype}`);
  const values = toHostArray(array) as Float32Array<ArrayBuffer>;
  return numpy.array(values, { dtype: numpy[array.dtype] }).reshape([...array.shape]);
}
