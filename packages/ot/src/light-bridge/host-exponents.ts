import type { ExponentTables, MixturePotential } from "./potential.ts";

/** Exponents of all components at one point, evaluated in float64 on the calling thread. */
export class HostExponents {
  readonly weights: Float64Array<ArrayBuffer>;
  /** z, `[K, D]`. */
  readonly coordinates: Float64Array<ArrayBuffer>;
  readonly #potential: MixturePotential;
  readonly #tables: ExponentTables;
  readonly #centers: Float64Array<ArrayBuffer> | undefined;

  constructor(potential: MixturePotential, tables: ExponentTables, centers?: Float64Array<ArrayBuffer>) {
    this.#potential = potential;
    this.#tables = tables;
    this.#centers = centers;
    this.weights = new Float64Array(potential.components);
    this.coordinates = new Float64Array(potential.components * potential.dimension);
  }

  /** Fills `weights` with the softmax of the exponents at a point, and `coordinates`; returns the log-sum. */
  at(points: Float64Array<ArrayBuffer>, point: number): number {
    const { components, dimension, rotations } = this.#potential;
    const { offsets, quadratic, linear } = this.#tables;
    const { weights, coordinates } = this;
    let largest = Number.NEGATIVE_INFINITY;
    for (let k = 0; k < components; k++) {
      let exponent = offsets[k];
      for (let j = 0; j < dimension; j++) {
        const own = k * dimension + j;
        let z = 0;
        if (rotations)
          for (let i = 0; i < dimension; i++)
            z += rotations[(k * dimension + i) * dimension + j] * this.#difference(points, point, k, i);
        else z = this.#difference(points, point, k, j);
        coordinates[own] = z;
        exponent += z * (quadratic[own] * z + linear[own]);
      }
      weights[k] = exponent;
      if (exponent > largest) largest = exponent;
    }
    let sum = 0;
    for (let k = 0; k < components; k++) {
      weights[k] = Math.exp(weights[k] - largest);
      sum += weights[k];
    }
    for (let k = 0; k < components; k++) weights[k] /= sum;
    return largest + Math.log(sum);
  }

  /** ε times the gradient of component k's exponent at the point of the last `at`, in the coordinates of the points, into `into` from `offset` on; adds `scale` times it. */
  addGradient(component: number, scale: number, into: Float64Array<ArrayBuffer>, offset = 0): void {
    const { dimension, rotations, regularization } = this.#potential;
    const { quadratic, linear } = this.#tables;
    for (let j = 0; j < dimension; j++) {
      const own = component * dimension + j;
      const value = scale * regularization * (2 * quadratic[own] * this.coordinates[own] + linear[own]);
      if (!rotations) into[offset + j] += value;
      else
        for (let i = 0; i < dimension; i++)
          into[offset + i] += rotations[(component * dimension + i) * dimension + j] * value;
    }
  }

  #difference(points: Float64Array<ArrayBuffer>, point: number, component: number, i: number): number {
    const { dimension } = this.#potential;
    return points[point * dimension + i] - (this.#centers ? this.#centers[component * dimension + i] : 0);
  }
}
