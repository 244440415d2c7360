import { InvalidInputError } from "../errors.ts";
import { xavierUniform } from "../initialisers/initialisers.ts";
import { elu } from "../kernels/map/activations.ts";
import { add, divide, multiply } from "../kernels/map/binary.ts";
import { where } from "../kernels/map/where.ts";
import { matmul } from "../kernels/matmul/index.ts";
import { sum } from "../kernels/reduce/index.ts";
import { softmax } from "../kernels/softmax/index.ts";
import { expandDims, transpose } from "../movement/axes.ts";
import { split } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { type AffineParameters, dense } from "./dense.ts";
import { checkCount, checkExtent, type Layer } from "./layer.ts";

export interface AttentionOptions {
  /** Whether a query sees only the keys up to its own position. Default: false. */
  readonly causal?: boolean;
  /** Which keys a query sees, bool, of a shape that broadcasts to [..., queries, keys]. Default: all. */
  readonly mask?: Tensor;
}

/**
 * Scaled dot-product attention: softmax(Q Kᵀ / √width) V, over the last two axes; the axes before them are batches (and heads). A query that sees no key gives NaN.
 *
 * Source: Vaswani et al., "Attention Is All You Need" (2017), equation 1.
 *
 * @param query [..., queries, width].
 * @param key [..., keys, width].
 * @param value [..., keys, channels].
 * @returns [..., queries, channels].
 * @throws InvalidInputError when shapes or dtypes do not fit.
 */
export function attention(query: Tensor, key: Tensor, value: Tensor, options: AttentionOptions = {}): Tensor {
  checkTokens("attention", query, key, value);
  const { causal = false, mask } = options;
  const { device } = query;
  return device.scope(() => {
    const width = query.shape.at(-1)!;
    let scores = multiply(matmul(query, key, { transposeB: true }), 1 / Math.sqrt(width));
    if (mask) scores = where(mask, scores, Number.NEGATIVE_INFINITY);
    if (causal) scores = where(lowerTriangle(scores), scores, Number.NEGATIVE_INFINITY);
    return matmul(softmax(scores), value);
  });
}

export interface LinearAttentionOptions {
  /** Makes queries and keys positive. Default: elu + 1 (the source's); `"softmax"` over the features of each token is that of general neural operator transformers. */
  readonly features?: "elu" | "softmax";
}

/**
 * Attention whose cost grows as the number of tokens, not its square: φ(Q) (φ(K)ᵀ V), divided by φ(Q) Σ φ(K).
 *
 * Source: Katharopoulos et al., "Transformers are RNNs" (2020), equations 4–7.
 *
 * @param query [..., queries, width].
 * @param key [..., keys, width].
 * @param value [..., keys, channels].
 * @returns [..., queries, channels].
 * @throws InvalidInputError when shapes or dtypes do not fit, or for unknown features.
 */
export function linearAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: LinearAttentionOptions = {},
): Tensor {
  checkTokens("linearAttention", query, key, value);
  const { features = "elu" } = options;
  if (features !== "elu" && features !== "softmax")
    throw new InvalidInputError("linearAttention: options.features", '"elu" or "softmax"', features);
  return query.device.scope(() => {
    const positive = (x: Tensor) => (features === "elu" ? add(elu(x), 1) : softmax(x));
    const [q, k] = [positive(query), positive(key)];
    const weighted = matmul(q, matmul(k, value, { transposeA: true }));
    const totals = matmul(q, expandDims(sum(k, { axes: -2 }), -1));
    return divide(weighted, totals);
  });
}

export type AttentionParameters = {
  readonly query: AffineParameters;
  readonly key: AffineParameters;
  readonly value: AffineParameters;
  readonly output: AffineParameters;
};

export interface MultiHeadAttentionOptions extends LinearAttentionOptions {
  /** `"softmax"` is `attention`, `"linear"` is `linearAttention`. Default: `"softmax"`. */
  readonly kind?: "softmax" | "linear";
  /** Whether a token sees only those up to its own position; for softmax. Default: false. */
  readonly causal?: boolean;
  /** Width of the context's tokens. Default: that of the layer. */
  readonly contextWidth?: number;
  /** Whether biases are added. Default: true. */
  readonly bias?: boolean;
}

/**
 * Attention of several heads, each on its share of the width, between learned projections: of the tokens to themselves, or to a context.
 * x is [..., tokens, width], the context (default: x) [..., context tokens, contextWidth], the result like x; the mask as of `attention`, with an axis for the heads before the last two.
 *
 * Source: Vaswani et al., "Attention Is All You Need" (2017), section 3.2.2. PyTorch's `MultiheadAttention`, whose `in_proj_weight` is query, key and value on top of each other.
 *
 * @throws InvalidInputError when heads do not divide the width, a count is no positive integer, or causality is asked of linear attention.
 */
export function multiHeadAttention(
  width: number,
  heads: number,
  options: MultiHeadAttentionOptions = {},
): Layer<AttentionParameters, [x: Tensor, context?: Tensor, mask?: Tensor]> {
  const { kind = "softmax", causal = false, contextWidth = width, bias = true, features = "elu" } = options;
  checkCount("multiHeadAttention: width", width);
  checkCount("multiHeadAttention: heads", heads);
  if (width % heads !== 0) throw new InvalidInputError("multiHeadAttention: heads", `a divisor of ${width}`, heads);
  if (kind !== "softmax" && kind !== "linear")
    throw new InvalidInputError("multiHeadAttention: options.kind", '"softmax" or "linear"', kind);
  if (kind === "linear" && causal)
    throw new InvalidInputError("multiHeadAttention: options.causal", "false for linear attention", causal);
  const settings = { bias, weights: xavierUniform };
  const own = dense(width, width, settings);
  const context = dense(contextWidth, width, settings);
  return {
    init(key, where) {
      const keys = split(key, 4);
      return {
        query: own.init(keys[0], where),
        key: context.init(keys[1], where),
        value: context.init(keys[2], where),
        output: own.init(keys[3], where),
      };
    },
    apply(parameters, x, given = x, mask) {
      checkExtent("multiHeadAttention: x", x, -1, width);
      checkExtent("multiHeadAttention: context", given, -1, contextWidth);
      if (mask && kind === "linear")
        throw new InvalidInputError("multiHeadAttention: mask", "none for linear attention", mask.shape);
      return x.device.scope(() => {
        const query = toHeads(own.apply(parameters.query, x), heads);
        const key = toHeads(context.apply(parameters.key, given), heads);
        const value = toHeads(context.apply(parameters.value, given), heads);
        const mixed =
          kind === "linear"
            ? linearAttention(query, key, value, { features })
            : attention(query, key, value, { causal, ...(mask ? { mask } : {}) });
        return own.apply(parameters.output, fromHeads(mixed));
      });
    },
  };
}

/** [..., tokens, width] as [..., heads, tokens, width / heads]. */
function toHeads(x: Tensor, heads: number): Tensor {
  const [width] = x.shape.slice(-1);
  return swapMiddle(x.reshape([...x.shape.slice(0, -1), heads, width / heads]));
}

function fromHeads(x: Tensor): Tensor {
  const swapped = swapMiddle(x);
  const [heads, each] = swapped.shape.slice(-2);
  return swapped.reshape([...swapped.shape.slice(0, -2), heads * each]);
}

/** Exchanges the third and second axis from the end. */
function swapMiddle(x: Tensor): Tensor {
  const axes = x.shape.map((_, axis) => axis);
  return transpose(x, [...axes.slice(0, -3), x.rank - 2, x.rank - 3, x.rank - 1]);
}

/** bool [queries, keys]: whether the key is not after the query. */
function lowerTriangle({ device, shape }: Tensor): Tensor {
  const [queries, keys] = shape.slice(-2);
  const mask = Uint8Array.from({ length: queries * keys }, (_, index) =>
    Number(index % keys <= Math.floor(index / keys)),
  );
  return device.tensor(mask, [queries, keys]);
}

function checkTokens(operation: string, query: Tensor, key: Tensor, value: Tensor): void {
  for (const [name, x] of Object.entries({ query, key, value }))
    if (x.rank < 2)
      throw new InvalidInputError(`${operation}: ${name}`, "[..., tokens, channels]", `shape [${x.shape}]`);
  checkExtent(`${operation}: key`, key, -1, query.shape.at(-1)!);
  checkExtent(`${operation}: value`, value, -2, key.shape.at(-2)!);
}
