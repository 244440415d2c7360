import type { LossGradient } from "./loss-gradient.ts";
import type { MixturePotential } from "./potential.ts";
import { rotate } from "./rotation.ts";

/** What training goes on from: parameters, Adam's moments and where in the stream of mini-batches it is. Plain data. */
export interface LightBridgeState {
  /** Steps taken. */
  readonly step: number;
  readonly potential: MixturePotential;
  /** Adam's mean of gradients: log α (or a), r, log s and rotations one after the other. */
  readonly firstMoments: Float64Array<ArrayBuffer>;
  /** Adam's mean of squared gradients. */
  readonly secondMoments: Float64Array<ArrayBuffer>;
  /** How often an eigenvalue of an S was held within its bounds. */
  readonly clampedEigenvalues: number;
}

/** Which variable stands for the weights, see `LightBridgeOptions.weightVariable`. */
export type WeightVariable = "scaled" | "log";

const FIRST_DECAY = 0.9;
const SECOND_DECAY = 0.999;
const STABILIZER = 1e-8;

/** Eigenvalues of S are held between e to these. */
const LARGEST_LOG_EIGENVALUE = Math.log(1e8);

export function initialState(potential: MixturePotential): LightBridgeState {
  const { components, dimension, rotations } = potential;
  const pairs = rotations ? (dimension * (dimension - 1)) / 2 : 0;
  const length = components * (1 + 2 * dimension + pairs);
  return {
    step: 0,
    potential,
    firstMoments: new Float64Array(length),
    secondMoments: new Float64Array(length),
    clampedEigenvalues: 0,
  };
}

/**
 * One step of Adam (β = 0.9, 0.999; Kingma and Ba, "Adam: A method for stochastic optimization"). Rotations step along the tangent space at Q. The arrays of the given state
 * become those of the new one.
 */
export function adamStep(
  state: LightBridgeState,
  gradient: LossGradient,
  learningRate: number,
  weightVariable: WeightVariable,
): LightBridgeState {
  const { potential, firstMoments, secondMoments } = state;
  const { regularization, components, dimension, logWeights, centers, logEigenvalues, rotations } = potential;
  const step = state.step + 1;
  const rate = learningRate / (1 - FIRST_DECAY ** step);
  const correction = 1 / (1 - SECOND_DECAY ** step);
  let offset = 0;
  const update = (
    gradients: Float64Array<ArrayBuffer>,
    scale: number,
    apply: (index: number, move: number) => void,
  ): void => {
    for (let index = 0; index < gradients.length; index++, offset++) {
      const g = gradients[index] * scale;
      firstMoments[offset] += (1 - FIRST_DECAY) * (g - firstMoments[offset]);
      secondMoments[offset] += (1 - SECOND_DECAY) * (g * g - secondMoments[offset]);
      apply(index, (-rate * firstMoments[offset]) / (Math.sqrt(secondMoments[offset] * correction) + STABILIZER));
    }
  };
  // log α = a / ε: the slope of the loss along a, and a step of a in terms of log α.
  const perWeight = weightVariable === "scaled" ? 1 / regularization : 1;
  update(gradient.logWeights, perWeight, (index, move) => {
    logWeights[index] += move * perWeight;
  });
  update(gradient.centers, 1, (index, move) => {
    centers[index] += move;
  });
  let clampedEigenvalues = state.clampedEigenvalues;
  update(gradient.logEigenvalues, 1, (index, move) => {
    const wanted = logEigenvalues[index] + move;
    if (Math.abs(wanted) > LARGEST_LOG_EIGENVALUE) clampedEigenvalues++;
    logEigenvalues[index] = Math.min(LARGEST_LOG_EIGENVALUE, Math.max(-LARGEST_LOG_EIGENVALUE, wanted));
  });
  if (rotations) {
    const moves = new Float64Array(gradient.rotations.length);
    update(gradient.rotations, 1, (index, move) => {
      moves[index] = move;
    });
    const [size, pairs] = [dimension * dimension, (dimension * (dimension - 1)) / 2];
    for (let k = 0; k < components && pairs > 0; k++)
      rotate(rotations.subarray(k * size, (k + 1) * size), dimension, moves.subarray(k * pairs, (k + 1) * pairs));
  }
  return { step, potential, firstMoments, secondMoments, clampedEigenvalues };
}

export function copyPotential(potential: MixturePotential): MixturePotential {
  const { logWeights, centers, logEigenvalues, rotations } = potential;
  return {
    ...potential,
    logWeights: Float64Array.from(logWeights),
    centers: Float64Array.from(centers),
    logEigenvalues: Float64Array.from(logEigenvalues),
    ...(rotations && { rotations: Float64Array.from(rotations) }),
  };
}

export function copyState(state: LightBridgeState): LightBridgeState {
  return {
    ...state,
    potential: copyPotential(state.potential),
    firstMoments: Float64Array.from(state.firstMoments),
    secondMoments: Float64Array.from(state.secondMoments),
  };
}
