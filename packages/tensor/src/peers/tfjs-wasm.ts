import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { toHostArray } from "../kernel.ts";
import type { KernelPeer } from "../kernel-benchmark.ts";
import { installedVersion } from "./installed-version.ts";

export type TfJs = typeof import("@tensorflow/tfjs-core");

/**
 * TensorFlow.js on its WebAssembly backend (XNNPACK), which has one thread in Node.
 *
 * @param operation the kernel's work in TensorFlow.js; runs inside `tf.tidy`.
 */
export function tfjsWasmPeer<Options>(
  operation: (tf: TfJs, inputs: TfTensor[], options: Options) => TfTensor,
): KernelPeer<Options> {
  return {
    name: "tfjs-wasm",
    devices: ["cpu"],
    version: () => installedVersion("@tensorflow/tfjs-backend-wasm"),
    async setup({ options }, arrays) {
      const refused = arrays.find(({ dtype }) => dtype !== "float32" && dtype !== "int32");
      if (refused) throw new Error(`TensorFlow.js has no ${refused.dtype}`);
      const tf = await loadTfJs();
      const inputs = arrays.map((array) =>
        tf.tensor(toHostArray(array), [...array.shape], array.dtype as "float32" | "int32"),
      );
      let result: TfTensor | undefined;
      return {
        run() {
          result?.dispose();
          result = tf.tidy(() => operation(tf, inputs, options));
        },
        outputs: async () => [await result!.data()],
        dispose: () => tf.dispose([...inputs, ...(result ? [result] : [])]),
      };
    },
  };
}

export async function loadTfJs(): Promise<TfJs> {
  const tf = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-backend-wasm");
  if (!(await tf.setBackend("wasm"))) throw new Error("the WebAssembly backend of TensorFlow.js does not start here");
  await tf.ready();
  return tf;
}
