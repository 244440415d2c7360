import type { RandomStream } from "../random/stream.ts";
import type { CoefficientRule } from "./coefficients.ts";
import { newCoefficient } from "./coefficients.ts";
import { ARITY, type GraphVertex, graphOf, type Leaf, type Operation, type Program, programOf } from "./program.ts";

/** Vertices, input and output included, above which programs only shrink or are rewired. */
const LARGEST = 100;

/** A mutation: changes the graph, of which `result` is the last vertex, and returns the new last vertex. */
type Mutation = (graph: MutableGraph, random: RandomStream, options: MutationOptions) => GraphVertex;

/** @see mutate */
export interface MutationOptions {
  readonly operations: readonly (Operation | Leaf)[];
  readonly coefficients: CoefficientRule;
}

interface MutableGraph {
  readonly vertices: GraphVertex[];
  readonly result: GraphVertex;
}

/** Where an edge ends: an operand of a vertex, or the program's output. */
type Edge = { readonly consumer: GraphVertex; readonly slot: number } | "output";

/**
 * One of the paper's mutations: a vertex inserted into an edge, a vertex removed, or an edge led from elsewhere. Weights are those of its demonstration, 1 : 2 : 3;
 * its fourth mutation only renames vertices, which have no names here.
 */
export function mutate(program: Program, random: RandomStream, options: MutationOptions): Program {
  const vertices = graphOf(program);
  const graph = { vertices, result: vertices.at(-1)! };
  return programOf(chooseMutation(vertices.length + 1, random)(graph, random, options));
}

function chooseMutation(size: number, random: RandomStream): Mutation {
  if (size < 3) return insert;
  if (size >= LARGEST) return random.pick([remove, switchEdge]);
  return random.pick([insert, remove, remove, switchEdge, switchEdge, switchEdge]);
}

function insert(graph: MutableGraph, random: RandomStream, { operations, coefficients }: MutationOptions): GraphVertex {
  const edge = random.pick(edgesOf(graph));
  const operation = random.pick(operations);
  const vertex: GraphVertex = { operation, inputs: [] };
  if (operation === "coefficient") vertex.value = newCoefficient(coefficients, random);
  if (ARITY[operation] > 0) {
    const source = sourceOf(graph, edge);
    const after = edge === "output" ? new Set<GraphVertex>() : reachableFrom(graph, edge.consumer);
    const admissible = graph.vertices.filter((candidate) => !after.has(candidate));
    const kept = random.integer(ARITY[operation]);
    vertex.inputs = Array.from({ length: ARITY[operation] }, (_, slot) =>
      slot === kept ? source : random.pick(admissible),
    );
  }
  return attach(graph, edge, vertex);
}

function remove(graph: MutableGraph, random: RandomStream): GraphVertex {
  const internal = graph.vertices.filter(({ operation }) => operation !== "input");
  if (internal.length === 0) return graph.result;
  const vertex = random.pick(internal);
  const replacement = vertex.inputs.length > 0 ? random.pick(vertex.inputs) : elsewhere(graph, vertex, random);
  for (const consumer of graph.vertices)
    consumer.inputs = consumer.inputs.map((input) => (input === vertex ? replacement : input));
  return graph.result === vertex ? replacement : graph.result;
}

/** A vertex that may stand in for a leaf: none that takes it, directly or not. */
function elsewhere(graph: MutableGraph, vertex: GraphVertex, random: RandomStream): GraphVertex {
  const after = reachableFrom(graph, vertex);
  return random.pick(graph.vertices.filter((candidate) => !after.has(candidate)));
}

function switchEdge(graph: MutableGraph, random: RandomStream): GraphVertex {
  const edge = random.pick(edgesOf(graph));
  const after = edge === "output" ? new Set<GraphVertex>() : reachableFrom(graph, edge.consumer);
  const source = random.pick(graph.vertices.filter((candidate) => !after.has(candidate)));
  return attach(graph, edge, source);
}

function edgesOf({ vertices }: MutableGraph): Edge[] {
  return [...vertices.flatMap((consumer) => consumer.inputs.map((_, slot) => ({ consumer, slot }))), "output"];
}

function sourceOf({ result }: MutableGraph, edge: Edge): GraphVertex {
  return edge === "output" ? result : edge.consumer.inputs[edge.slot];
}

function attach({ result }: MutableGraph, edge: Edge, source: GraphVertex): GraphVertex {
  if (edge === "output") return source;
  edge.consumer.inputs[edge.slot] = source;
  return result;
}

/** The vertex and everything that takes it, directly or not. */
function reachableFrom({ vertices }: MutableGraph, start: GraphVertex): Set<GraphVertex> {
  const reached = new Set([start]);
  // Consumers follow what they take.
  for (const vertex of vertices) if (vertex.inputs.some((input) => reached.has(input))) reached.add(vertex);
  return reached;
}
