import { AnsatzError, InvalidInputError } from "@ansatz/tensor";

/** The part of ONNX Runtime that is used: the packages are optional peers, so that their types are not imported. */
export interface OnnxRuntime {
  readonly InferenceSession: {
    create(source: string | Uint8Array, options?: object): Promise<OnnxSession>;
  };
  readonly Tensor: new (
    type: string,
    data: Float32Array | Float64Array | Int32Array | BigInt64Array,
    shape: readonly number[],
  ) => OnnxTensor;
}

export interface OnnxTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
  dispose?(): void;
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly inputMetadata: readonly OnnxMetadata[];
  run(
    feeds: Readonly<Record<string, OnnxTensor>>,
    fetches?: readonly string[],
  ): Promise<Readonly<Record<string, OnnxTensor>>>;
  release(): Promise<void>;
}

/** Of an input: its shape has names where an extent is free. */
export type OnnxMetadata =
  | { readonly name: string; readonly isTensor: false }
  | {
      readonly name: string;
      readonly isTensor: true;
      readonly type: string;
      readonly shape: readonly (number | string)[];
    };

const PACKAGES = { node: "onnxruntime-node", web: "onnxruntime-web" } as const;

/**
 * Loads ONNX Runtime: the native one, or the WebAssembly one where that is not installed.
 *
 * @throws AnsatzError with code "UNSUPPORTED" when neither is.
 */
export async function loadOnnxRuntime(wanted?: "node" | "web"): Promise<OnnxRuntime> {
  if (wanted !== undefined && !(wanted in PACKAGES))
    throw new InvalidInputError("options.runtime", '"node" or "web"', wanted);
  const kinds = wanted
    ? [wanted]
    : globalThis.process?.versions?.node
      ? (["node", "web"] as const)
      : (["web"] as const);
  const causes: unknown[] = [];
  for (const kind of kinds) {
    // A variable, because bundlers try to follow a literal to a package that need not be there.
    const name: string = PACKAGES[kind];
    try {
      const module = await import(/* @vite-ignore */ name);
      return "InferenceSession" in module ? module : module.default;
    } catch (cause) {
      causes.push(cause);
    }
  }
  throw new AnsatzError(
    "UNSUPPORTED",
    `an ONNX model needs ONNX Runtime: npm install ${kinds.map((kind) => PACKAGES[kind]).join(" (or ")}${kinds.length > 1 ? ")" : ""}`,
    { cause: new AggregateError(causes) },
  );
}
