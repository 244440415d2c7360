import {
  add,
  type Derivatives,
  divide,
  expandDims,
  greater,
  multiply,
  neg,
  type RuleContext,
  scatterAlongAxis,
  subtract,
  sum,
  type Tensor,
  takeAlongAxis,
  where,
} from "@ansatz/tensor";
import type { SparseConjugateOptions } from "./options.ts";

type Context = RuleContext<SparseConjugateOptions>;

/**
 * The entries that have mass do not change in a neighbourhood, except at ties. On them, with s their scores:
 * ∂value = t·∂s (+ τ ∂b); masses follow the projection's Jacobian: (1/γ)·mask, or (1/γ)(mask − mask maskᵀ/|active|); t/γ, or (1/γ)(diag t − t tᵀ/b).
 */
export const sparseConjugateDerivatives: Derivatives<SparseConjugateOptions> = {
  structure: "nonlinear",
  forward([costs, rowPotentials, columns], context) {
    const { outputs, inputs, options } = context;
    const [, masses, indices] = outputs;
    const parts: Tensor[] = [];
    if (rowPotentials) parts.push(taken(rowPotentials, indices));
    if (costs) parts.push(neg(takeAlongAxis(costs, indices, { axis: 2 })));
    const isDual = options.columnInput === "potentials";
    if (columns && isDual) parts.push(multiply(expandDims(columns, 2), ones(masses)));
    const scores = parts.length > 0 ? parts.reduce(add) : undefined;
    let value = scores && sum(multiply(masses, scores), { axes: 2 });
    let mass = scores && massChange(scores, context);
    if (columns && !isDual) {
      const own = multiply(columns, marginalValue(context));
      const spread = multiply(expandDims(columns, 2), massShares(context));
      value = value ? add(value, own) : own;
      mass = mass ? add(mass, spread) : spread;
    }
    return [value ?? inputs[0].device.zeros(outputs[0].shape, masses.dtype), mass ?? ones(masses, 0), null];
  },
  reverse([value, mass], context) {
    const { outputs, inputs, options, needed } = context;
    const [, masses, indices] = outputs;
    if (!value && !mass) return [null, null, null];
    const parts: Tensor[] = [];
    if (value) parts.push(multiply(expandDims(value, 2), masses));
    if (mass) parts.push(massChange(mass, context));
    const scores = parts.reduce(add);
    return [
      needed[0] ? neg(spreadOver(inputs[0], indices, scores)) : null,
      needed[1] ? collected(inputs[1], indices, scores) : null,
      needed[2] ? columnCotangent() : null,
    ];

    function columnCotangent(): Tensor {
      if (options.columnInput === "potentials") return sum(scores, { axes: 2 });
      const own: Tensor[] = [];
      if (value) own.push(multiply(value, marginalValue(context)));
      if (mass) own.push(sum(multiply(mass, massShares(context)), { axes: 2 }));
      return own.reduce(add);
    }
  },
};

/** Entries [batches, columns, k] of [batches, rows]. */
function taken(rowPotentials: Tensor, indices: Tensor): Tensor {
  const [batches, columns, most] = indices.shape;
  const flat = takeAlongAxis(rowPotentials, indices.reshape([batches, columns * most]), { axis: 1 });
  return flat.reshape(indices.shape);
}

/** The adjoint of `taken`. */
function collected(like: Tensor, indices: Tensor, entries: Tensor): Tensor {
  const flat = [indices.shape[0], indices.shape[1] * indices.shape[2]];
  const zeros = like.device.zeros(like.shape, like.dtype);
  return scatterAlongAxis(zeros, indices.reshape(flat), entries.reshape(flat), { axis: 1, mode: "add" });
}

/** The adjoint of taking along the last axis. */
function spreadOver(like: Tensor, indices: Tensor, entries: Tensor): Tensor {
  return scatterAlongAxis(like.device.zeros(like.shape, like.dtype), indices, entries, { axis: 2, mode: "add" });
}

function ones(like: Tensor, value = 1): Tensor {
  return like.device.full(like.shape, value, like.dtype);
}

/** 1 where there is mass. */
function activity(masses: Tensor): Tensor {
  return where(greater(masses, 0), ones(masses), ones(masses, 0));
}

/** The symmetric Jacobian of masses by scores, applied. */
function massChange(scores: Tensor, context: Context): Tensor {
  const { options } = context;
  const [, masses] = context.outputs;
  const weights = options.regularizer === "entropic" ? masses : activity(masses);
  const weighted = multiply(weights, scores);
  const change =
    options.columnInput === "potentials"
      ? weighted
      : subtract(weighted, multiply(massShares(context), sum(weighted, { axes: 2, keepDimensions: true })));
  return divide(change, options.regularization);
}

/** Derivative of masses by the mass of their column: shares that sum to 1, or 0 in a column without mass. */
function massShares({ outputs: [, masses], options }: Context): Tensor {
  const weights = options.regularizer === "entropic" ? masses : activity(masses);
  const total = sum(weights, { axes: 2, keepDimensions: true });
  return divide(weights, where(greater(total, 0), total, ones(total)));
}

/** τ, the derivative of a value by the mass of its column: s − γ Ω′(t) at every entry with mass. */
function marginalValue(context: Context): Tensor {
  const { inputs, outputs, options } = context;
  const columns = inputs[2];
  const [value, masses] = outputs;
  const hasMass = greater(columns, 0);
  const safe = where(hasMass, columns, ones(columns));
  // Σ t (s − γ Ω′(t)) = b τ, so that b τ = value − (γ/2) Σ t², or value − γ b.
  if (options.regularizer === "entropic")
    return where(hasMass, subtract(divide(value, safe), options.regularization), ones(columns, 0));
  const squares = multiply(sum(multiply(masses, masses), { axes: 2 }), options.regularization / 2);
  return where(hasMass, divide(subtract(value, squares), safe), ones(columns, 0));
}
