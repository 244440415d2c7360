import { type Device, InvalidInputError, type Tensor, UnsupportedError } from "@ansatz/tensor";
import { type DenoisingModel, PREDICTIONS, type Prediction } from "../models/prediction.ts";
import { loadOnnxRuntime, type OnnxMetadata, type OnnxRuntime, type OnnxSession, type OnnxTensor } from "./runtime.ts";

/** What a network is given besides state and time, the same in every call: embeddings of a prompt, a class. */
export interface OnnxInput {
  readonly data: Float32Array | Float64Array | Int32Array | BigInt64Array;
  readonly shape: readonly number[];
}

export interface OnnxModelOptions {
  /** What the network answers with. Default `"noise"`. */
  readonly prediction?: Prediction;
  /** Its input for the state. Default: `"sample"` (diffusers' name), or the first input. */
  readonly stateInput?: string;
  /** Its input for the time. Default: `"timestep"`, or the second input. */
  readonly timeInput?: string;
  /** Its output. Default: the first. */
  readonly output?: string;
  /** All its other inputs. Default: none. */
  readonly inputs?: Readonly<Record<string, OnnxInput>>;
  /** What is fed for a time, for a network that wants labels: the schedule's `label`. Default: the time itself. */
  readonly label?: (time: number) => number;
  /** Which ONNX Runtime. Default: `onnxruntime-node` where it is installed, else `onnxruntime-web`. */
  readonly runtime?: "node" | "web";
  /** Handed to `InferenceSession.create`: execution providers, threads. */
  readonly sessionOptions?: object;
}

/** A network in ONNX Runtime; `dispose` frees it. */
export interface OnnxModel extends DenoisingModel, AsyncDisposable {
  predict(x: Tensor, time: number): Promise<Tensor>;
  dispose(): Promise<void>;
}

const INTEGER_TYPES: ReadonlySet<string> = new Set(["int32", "int64"]);
const FLOAT_TYPES: ReadonlySet<string> = new Set(["float32", "float64"]);

/**
 * A network from an ONNX file as a model to be sampled from: a UNet exported from diffusers, for example. States are copied to the runtime and back, in the network's own precision.
 *
 * @param source the file's bytes, or its path or address.
 * @param options names of the network's inputs and outputs, what it predicts, and what it is fed for a time.
 * @throws AnsatzError with code "UNSUPPORTED" without ONNX Runtime; InvalidInputError for names that the network does not have or inputs it lacks; UnsupportedError for networks of half precision; whatever the runtime
 *   throws for a file that it cannot load. When sampled from: InvalidInputError for a label with a fraction where whole numbers are wanted.
 */
export async function onnxModel(source: string | Uint8Array, options: OnnxModelOptions = {}): Promise<OnnxModel> {
  const { prediction = "noise", label = (time) => time, inputs = {} } = options;
  if (!PREDICTIONS.includes(prediction))
    throw new InvalidInputError("options.prediction", `one of ${PREDICTIONS.join(", ")}`, prediction);
  const runtime = await loadOnnxRuntime(options.runtime);
  const session = await runtime.InferenceSession.create(source, options.sessionOptions);
  try {
    const names = namesOf(session, options);
    const state = typeOf(session, names.state, FLOAT_TYPES);
    const time = typeOf(session, names.time, new Set([...FLOAT_TYPES, ...INTEGER_TYPES]));
    const others = Object.fromEntries(
      Object.entries(inputs).map(([name, given]) => [name, fixedInput(runtime, name, given)]),
    );
    return {
      prediction,
      async predict(x, at) {
        const batch = x.shape[0] ?? 1;
        const values = await x.data();
        const feeds = {
          ...others,
          [names.state]: new runtime.Tensor(state.type, floats(state.type, values as Float32Array), x.shape),
          [names.time]: timeTensor(runtime, time, label(at), batch),
        };
        const results = await session.run(feeds, [names.output]);
        return onDevice(results[names.output], x, names.output);
      },
      dispose: () => session.release(),
      [Symbol.asyncDispose]: () => session.release(),
    };
  } catch (error) {
    await session.release();
    throw error;
  }
}

interface Names {
  readonly state: string;
  readonly time: string;
  readonly output: string;
}

function namesOf(session: OnnxSession, options: OnnxModelOptions): Names {
  const { inputNames, outputNames } = session;
  const { stateInput, timeInput, inputs = {} } = options;
  const chosen = (wanted: string | undefined, usual: string, position: number) =>
    wanted ?? (inputNames.includes(usual) ? usual : inputNames[position]);
  const state = chosen(stateInput, "sample", 0);
  const time = chosen(timeInput, "timestep", 1);
  const output = options.output ?? outputNames[0];
  for (const [argument, name] of [
    ["options.stateInput", state],
    ["options.timeInput", time],
    ...Object.keys(inputs).map((each) => ["options.inputs", each] as const),
  ] as const)
    if (!inputNames.includes(name))
      throw new InvalidInputError(argument, `one of the network's inputs, ${inputNames.join(", ")}`, name);
  if (state === time) throw new InvalidInputError("options.timeInput", "another input than the state's", time);
  if (!outputNames.includes(output))
    throw new InvalidInputError("options.output", `one of the network's outputs, ${outputNames.join(", ")}`, output);
  const missing = inputNames.filter((name) => name !== state && name !== time && !(name in inputs));
  if (missing.length > 0)
    throw new InvalidInputError("options.inputs", `values for ${missing.join(", ")}`, Object.keys(inputs));
  return { state, time, output };
}

type TensorMetadata = Extract<OnnxMetadata, { isTensor: true }>;

function typeOf({ inputMetadata }: OnnxSession, name: string, allowed: ReadonlySet<string>): TensorMetadata {
  const found = inputMetadata.find((each) => each.name === name);
  if (!found?.isTensor) throw new UnsupportedError("onnx", `the input ${name}`, "it is no tensor");
  if (!allowed.has(found.type))
    throw new UnsupportedError(
      "onnx",
      `the input ${name} of ${found.type}`,
      `it must be of ${[...allowed].join(", ")}`,
    );
  return found;
}

function fixedInput({ Tensor: OnnxTensorOf }: OnnxRuntime, name: string, { data, shape }: OnnxInput): OnnxTensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  if (data.length !== size)
    throw new InvalidInputError(`options.inputs.${name}`, `${size} values for [${shape}]`, data.length);
  const type =
    data instanceof Float32Array
      ? "float32"
      : data instanceof Float64Array
        ? "float64"
        : data instanceof Int32Array
          ? "int32"
          : "int64";
  return new OnnxTensorOf(type, data, shape);
}

/** A scalar, or as many equal labels as there are examples, as the network declares it. */
function timeTensor(
  { Tensor: OnnxTensorOf }: OnnxRuntime,
  { name, type, shape }: TensorMetadata,
  label: number,
  batch: number,
): OnnxTensor {
  if (INTEGER_TYPES.has(type) && !Number.isInteger(label))
    throw new InvalidInputError(
      `the network's input ${name}`,
      "a whole label: choose a grid of whole steps, or round labels (`roundLabels` of the schedule)",
      label,
    );
  if (shape.length > 1)
    throw new UnsupportedError("onnx", `the input ${name} of shape [${shape}]`, "a time is a scalar or a vector");
  const count = shape.length === 0 ? 1 : shape[0] === 1 ? 1 : batch;
  const values = new Array<number>(count).fill(label);
  const data =
    type === "int64"
      ? BigInt64Array.from(values, BigInt)
      : type === "int32"
        ? Int32Array.from(values)
        : floats(type, values);
  return new OnnxTensorOf(type, data, shape.length === 0 ? [] : [count]);
}

function floats(type: string, values: ArrayLike<number>): Float32Array | Float64Array {
  if (type === "float32") return values instanceof Float32Array ? values : Float32Array.from(values);
  return values instanceof Float64Array ? values : Float64Array.from(values);
}

/** In the precision and on the device of the state. */
function onDevice(result: OnnxTensor, x: Tensor, name: string): Tensor {
  if (!FLOAT_TYPES.has(result.type))
    throw new UnsupportedError("onnx", `the output ${name} of ${result.type}`, "it must be of float32 or float64");
  const device: Device = x.device;
  const values = result.data as ArrayLike<number>;
  const data = x.dtype === "float32" ? Float32Array.from(values) : Float64Array.from(values);
  result.dispose?.();
  return device.tensor(data, result.dims, x.dtype);
}
