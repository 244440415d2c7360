import type { FloatDType } from "../../dtype.ts";
import { benchmarkKernel, type KernelBenchmarkCase } from "../../kernel-benchmark.ts";
import { type JaxJs, jaxJsPeer } from "../../peers/jax-js.ts";
import { type TfJs, tfjsWasmPeer } from "../../peers/tfjs-wasm.ts";
import { type MapOptions, mapKernel } from "./index.ts";

/** Beyond every cache: memory is what counts. */
const LARGE = 1 << 24;
/** Within a core's cache: the function is what counts. */
const SMALL = 1 << 15;

type Unary<Value> = (x: Value) => Value;
type JaxArray = ReturnType<JaxJs["numpy"]["add"]>;
type TfTensor = ReturnType<TfJs["exp"]>;

/** The functions with their names in the peers. */
const FUNCTIONS = {
  exp: [({ numpy }: JaxJs) => numpy.exp, (tf: TfJs) => tf.exp],
  log1p: [({ numpy }: JaxJs) => numpy.log1p, (tf: TfJs) => tf.log1p],
  sin: [({ numpy }: JaxJs) => numpy.sin, (tf: TfJs) => tf.sin],
  tan: [({ numpy }: JaxJs) => numpy.tan, (tf: TfJs) => tf.tan],
  atan: [({ numpy }: JaxJs) => numpy.arctan, (tf: TfJs) => tf.atan],
  tanh: [({ numpy }: JaxJs) => numpy.tanh, (tf: TfJs) => tf.tanh],
  erf: [({ lax }: JaxJs) => lax.erf, (tf: TfJs) => tf.erf],
  sigmoid: [({ nn }: JaxJs) => nn.sigmoid, (tf: TfJs) => tf.sigmoid],
  softplus: [({ nn }: JaxJs) => nn.softplus, (tf: TfJs) => tf.softplus],
  silu: [({ nn }: JaxJs) => nn.silu, (tf: TfJs) => (x: TfTensor) => tf.mul(x, tf.sigmoid(x))],
  gelu: [
    ({ nn }: JaxJs) =>
      (x: JaxArray) =>
        nn.gelu(x, { approximate: false }),
    (tf: TfJs) => (x: TfTensor) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  ],
} as const satisfies Record<string, readonly [jax: (jax: JaxJs) => Unary<JaxArray>, tf: (tf: TfJs) => Unary<TfTensor>]>;

type Compared = keyof typeof FUNCTIONS;

/** Where poles or the end of the domain are near, arguments keep away from them. */
const SCALES: Readonly<Partial<Record<Compared, number>>> = { log1p: 0.1, tan: 0.3 };

export const mapBenchmark = benchmarkKernel(mapKernel, {
  cases: [
    { name: `add [${LARGE}] float32`, inputs: [floats(LARGE), floats(LARGE)], options: { operation: "add" } },
    { name: `relu [${LARGE}] float32`, inputs: [floats(LARGE)], options: { operation: "relu" } },
    ...(Object.keys(FUNCTIONS) as Compared[]).flatMap((operation) => [
      functionOf(operation, "float32"),
      functionOf(operation, "float64"),
    ]),
  ],
  // Some functions of the peers hold six digits only.
  peers: [
    {
      ...jaxJsPeer<MapOptions>((jax, [x, y], { operation }) => {
        if (operation === "add") return jax.numpy.add(x, y);
        if (operation === "relu") return jax.nn.relu(x);
        return (FUNCTIONS[operation as Compared][0](jax) as Unary<JaxArray>)(x);
      }),
      tolerance: { relative: 1e-4, absolute: 1e-5 },
    },
    {
      ...tfjsWasmPeer<MapOptions>((tf, [x, y], { operation }) => {
        if (operation === "add") return tf.add(x, y);
        if (operation === "relu") return tf.relu(x);
        return (FUNCTIONS[operation as Compared][1](tf) as Unary<TfTensor>)(x);
      }),
      tolerance: { relative: 1e-4, absolute: 1e-5 },
    },
  ],
});

function floats(size: number, dtype: FloatDType = "float32", scale = 1) {
  return { shape: [size], dtype, scale };
}

function functionOf(operation: Compared, dtype: FloatDType): KernelBenchmarkCase<MapOptions> {
  return {
    name: `${operation} [${SMALL}] ${dtype}`,
    inputs: [floats(SMALL, dtype, SCALES[operation] ?? 3)],
    options: { operation },
  };
}
