import {
  type ComplexDType,
  cast,
  concatenate,
  conj,
  fft,
  InvalidInputError,
  ifft,
  matmul,
  multiply,
  pad,
  slice,
  sum,
  type Tensor,
  transpose,
} from "@ansatz/tensor";

/**
 * The known maps A_l of p measurements, as functions of all signals at once: a signal shared by all measurements is [n], distinct ones are [p, n].
 */
export interface SensingOperator {
  readonly measurements: number;
  readonly sensors: number;
  /** Numbers in one signal. */
  readonly unknowns: number;
  /** Complex [p, m]: A_l x, or A_l x_l. */
  apply(signals: Tensor): Tensor;
  /** Of y [p, m]: Σ_l A_lᴴ y_l, [n], or A_lᴴ y_l, [p, n]. */
  applyAdjoint(y: Tensor): Tensor;
}

/** Matrices A_l, [p, m, n], or one for all measurements, [m, n]. It does not own the tensor. */
export function matrixSensing(a: Tensor, measurements: number, signals: "shared" | "distinct"): SensingOperator {
  const [sensors, unknowns] = a.shape.slice(-2);
  const isShared = signals === "shared";
  return {
    measurements,
    sensors,
    unknowns,
    apply: (x) =>
      a.device.scope(() =>
        matmul(a, x.reshape(isShared ? [1, unknowns, 1] : [measurements, unknowns, 1])).reshape([
          measurements,
          sensors,
        ]),
      ),
    applyAdjoint: (y) =>
      a.device.scope(() => {
        const adjoint = conj(transpose(a, a.rank === 3 ? [0, 2, 1] : [1, 0]));
        const each = matmul(adjoint, y.reshape([measurements, sensors, 1])).reshape([measurements, unknowns]);
        return isShared ? sum(each, { axes: [0] }) : each;
      }),
  };
}

/**
 * The paper's fast ensemble A_l = H M_l, in m log m operations a measurement: M_l multiplies the signal by random signs, H is the first n columns of the unitary discrete Fourier transform of length m.
 *
 * Source: Self-Calibration and Bilinear Inverse Problems via Linear Least Squares, section 2.
 *
 * @param signs [p, n], float64 or float32, ±1; the operator does not own the tensor.
 * @param sensors m ≥ n.
 * @throws InvalidInputError when shapes do not fit.
 */
export function signedFourierSensing(signs: Tensor, sensors: number, signals: "shared" | "distinct"): SensingOperator {
  if (signs.rank !== 2) throw new InvalidInputError("signedFourierSensing: signs", "shape [p, n]", signs.shape);
  const [measurements, unknowns] = signs.shape;
  if (!Number.isInteger(sensors) || sensors < unknowns)
    throw new InvalidInputError("signedFourierSensing: sensors", `an integer ≥ ${unknowns}`, sensors);
  const isShared = signals === "shared";
  return {
    measurements,
    sensors,
    unknowns,
    apply: (x) =>
      signs.device.scope(() => {
        const signed = multiply(cast(signs, x.dtype), isShared ? x.reshape([1, unknowns]) : x);
        const longer = pad(signed, [
          [0, 0],
          [0, sensors - unknowns],
        ]);
        return fft(longer, { axes: [1], norm: "ortho" });
      }),
    applyAdjoint: (y) =>
      signs.device.scope(() => {
        const back = ifft(y, { axes: [1], norm: "ortho" });
        const each = multiply(cast(signs, back.dtype), slice(back, [null, [0, unknowns]]));
        return isShared ? sum(each, { axes: [0] }) : each;
      }),
  };
}

/** The matrices of an operator, [p, m, n], by applying it to unit signals. */
export function sensingMatrices(
  operator: SensingOperator,
  signals: "shared" | "distinct",
  like: Tensor<ComplexDType>,
): Tensor<ComplexDType> {
  const { measurements: p, sensors: m, unknowns: n } = operator;
  return like.device.scope(() => {
    const columns = Array.from({ length: n }, (_, k) => {
      const unit = new Float64Array(2 * n);
      unit[2 * k] = 1;
      const one = like.device.tensor(unit, [n], like.dtype);
      const all = signals === "shared" ? one : multiply(one.reshape([1, n]), like.device.full([p, 1], 1, like.dtype));
      return operator.apply(all).reshape([p, m, 1]);
    });
    return concatenate(columns, { axis: 2 }) as Tensor<ComplexDType>;
  });
}
