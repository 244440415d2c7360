import { InvalidInputError } from "../errors.ts";
import { segmentMean, segmentSum } from "../graph/segments.ts";
import { concatenate } from "../kernels/concatenate/index.ts";
import { gather } from "../kernels/gather/index.ts";
import { gelu, relu } from "../kernels/map/activations.ts";
import { multiply } from "../kernels/map/binary.ts";
import { split } from "../random/key.ts";
import type { Tensor } from "../tensor.ts";
import { type Activation, type AffineParameters, mlp } from "./dense.ts";
import { checkCount, checkExtent, type Layer } from "./layer.ts";

/** Directed edges by the numbers of their ends, int32 [edges] each. `radiusGraph` and `nearestNeighbours` find them (`neighbours` are sources). */
export interface Edges {
  readonly sources: Tensor;
  readonly targets: Tensor;
  /** The caller's word that targets are in ascending order: faster. Default: false. */
  readonly sorted?: boolean;
}

/** How the messages that arrive at a node become one; a node without any gets 0. */
export type Aggregation = "sum" | "mean";

export interface MessagePassingOptions {
  /** Features of each edge. Default: 0, there are none. */
  readonly edgeWidth?: number;
  /** Widths between input and output of both networks. Default: one, of the message's width. */
  readonly hidden?: readonly number[];
  /** Default: `relu`. */
  readonly activation?: Activation;
  /** Default: `"sum"`. */
  readonly aggregation?: Aggregation;
}

export type MessagePassingParameters = {
  readonly message: readonly AffineParameters[];
  readonly update: readonly AffineParameters[];
};

/** A graph with features: nodes [nodes, nodeWidth], edge features [edges, edgeWidth] where there are any. */
export interface GraphInput {
  readonly nodes: Tensor;
  readonly edges: Edges;
  readonly edgeFeatures?: Tensor;
}

/** New nodes [nodes, outputs], and the messages [edges, messageWidth], which may update edge features. */
export interface MessagePassingOutput {
  readonly nodes: Tensor;
  readonly messages: Tensor;
}

/**
 * One round of message passing: along each edge a message MLP([source, target, edge features]), at each node a new value MLP([node, aggregated messages]). Nothing is added to the old value.
 *
 * Source: Battaglia et al., "Interaction Networks" (2016), section 2; Gilmer et al., "Neural Message Passing for Quantum Chemistry" (2017).
 *
 * @throws InvalidInputError when a width is no positive integer, or the aggregation is unknown.
 */
export function messagePassing(
  nodeWidth: number,
  messageWidth: number,
  outputs: number,
  options: MessagePassingOptions = {},
): Layer<MessagePassingParameters, [graph: GraphInput], MessagePassingOutput> {
  const { edgeWidth = 0, hidden = [messageWidth], activation = relu, aggregation = "sum" } = options;
  checkCount("messagePassing: nodeWidth", nodeWidth);
  checkCount("messagePassing: options.edgeWidth", edgeWidth, 0);
  checkAggregation("messagePassing", aggregation);
  const message = mlp([2 * nodeWidth + edgeWidth, ...hidden, messageWidth], { activation });
  const update = mlp([nodeWidth + messageWidth, ...hidden, outputs], { activation });
  return {
    init(key, own) {
      const [forMessage, forUpdate] = split(key);
      return { message: message.init(forMessage, own), update: update.init(forUpdate, own) };
    },
    apply(parameters, { nodes, edges, edgeFeatures }) {
      checkExtent("messagePassing: nodes", nodes, 1, nodeWidth);
      if ((edgeFeatures === undefined) !== (edgeWidth === 0))
        throw new InvalidInputError("messagePassing: edgeFeatures", `[edges, ${edgeWidth}]`, edgeFeatures?.shape);
      return nodes.device.scope(() => {
        const ends = [gather(nodes, edges.sources), gather(nodes, edges.targets)];
        const given = concatenate(edgeFeatures ? [...ends, edgeFeatures] : ends, { axis: 1 });
        const messages = message.apply(parameters.message, given);
        const arrived = aggregate(messages, edges, nodes.shape[0], aggregation);
        return { nodes: update.apply(parameters.update, concatenate([nodes, arrived], { axis: 1 })), messages };
      });
    },
  };
}

export interface IntegralTransformOptions {
  /** Widths between input and output of the kernel network. Default: `[64, 64]`. */
  readonly hidden?: readonly number[];
  /** Default: `gelu`. */
  readonly activation?: Activation;
  /** Whether the kernel also sees the value f(y). Default: false, a transform linear in f. */
  readonly seesValues?: boolean;
  /** Whether the kernel is multiplied with the value f(y); without it, it must see the value to depend on it. Default: true. */
  readonly multipliesValues?: boolean;
  /** `"mean"` approximates an integral against the density of the points. Default: `"mean"`. */
  readonly aggregation?: Aggregation;
}

/** Values f [points, channels] at positions y [points, dimension], wanted at positions x [queries, dimension]; edges lead from points to queries. */
export interface IntegralTransformInput {
  readonly values: Tensor;
  readonly points: Tensor;
  readonly queries: Tensor;
  readonly edges: Edges;
}

/**
 * Integral transform of graph neural operators: (K f)(x) = mean of κ(y, x) ⊙ f(y) over the points y that an edge joins to x; 0 where there is none. κ is a network of both positions.
 *
 * Source: Li et al., "Neural Operator: Graph Kernel Network for Partial Differential Equations" (2020), equation 9.
 *
 * @param channels of the values and of the result.
 * @throws InvalidInputError when a count is no positive integer, the aggregation is unknown, or the result would not depend on the values.
 */
export function integralTransform(
  dimension: number,
  channels: number,
  options: IntegralTransformOptions = {},
): Layer<readonly AffineParameters[], [input: IntegralTransformInput]> {
  const {
    hidden = [64, 64],
    activation = gelu,
    seesValues = false,
    multipliesValues = true,
    aggregation = "mean",
  } = options;
  checkCount("integralTransform: dimension", dimension);
  checkCount("integralTransform: channels", channels);
  checkAggregation("integralTransform", aggregation);
  if (!seesValues && !multipliesValues)
    throw new InvalidInputError(
      "integralTransform: options.multipliesValues",
      "true, unless the kernel sees them",
      false,
    );
  const kernel = mlp([2 * dimension + (seesValues ? channels : 0), ...hidden, channels], { activation });
  return {
    init: (key, own) => kernel.init(key, own),
    apply(parameters, { values, points, queries, edges }) {
      checkExtent("integralTransform: points", points, 1, dimension);
      checkExtent("integralTransform: queries", queries, 1, dimension);
      checkExtent("integralTransform: values", values, 1, channels);
      return values.device.scope(() => {
        const own = gather(values, edges.sources);
        const positions = [gather(points, edges.sources), gather(queries, edges.targets)];
        const given = concatenate(seesValues ? [...positions, own] : positions, { axis: 1 });
        const weights = kernel.apply(parameters, given);
        const terms = multipliesValues ? multiply(weights, own) : weights;
        return aggregate(terms, edges, queries.shape[0], aggregation);
      });
    },
  };
}

function aggregate(x: Tensor, { targets, sorted = false }: Edges, count: number, aggregation: Aggregation): Tensor {
  return aggregation === "sum" ? segmentSum(x, targets, count, { sorted }) : segmentMean(x, targets, count, { sorted });
}

function checkAggregation(operation: string, aggregation: Aggregation): void {
  if (aggregation !== "sum" && aggregation !== "mean")
    throw new InvalidInputError(`${operation}: options.aggregation`, '"sum" or "mean"', aggregation);
}
