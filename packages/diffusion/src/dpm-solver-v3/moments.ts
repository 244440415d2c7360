import { mean, multiply, square, stack, subtract, type Tensor } from "@ansatz/tensor";

/** Means of f and f₁ over examples, their centred second moments, for each dimension. */
export interface Moments {
  readonly count: number;
  readonly f: Float64Array;
  readonly slope: Float64Array;
  /** Mean of (f − E f)². */
  readonly variance: Float64Array;
  /** Mean of (f − E f)(f₁ − E f₁). */
  readonly covariance: Float64Array;
}

/** Moments over the examples of a batch; means are taken off before products are formed. @param f [count, size] */
export async function batchMoments(f: Tensor, slope: Tensor): Promise<Moments> {
  const [count, size] = f.shape;
  using all = f.device.scope(() => {
    const average = (x: Tensor) => mean(x, { axes: 0, keepDimensions: true });
    const [fMean, slopeMean] = [average(f), average(slope)];
    const centred = subtract(f, fMean);
    return stack([fMean, slopeMean, average(square(centred)), average(multiply(centred, subtract(slope, slopeMean)))]);
  });
  const values = Float64Array.from((await all.data()) as Float64Array);
  const part = (index: number) => values.subarray(index * size, (index + 1) * size);
  return { count, f: part(0), slope: part(1), variance: part(2), covariance: part(3) };
}

/** Moments of two batches together. Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances". */
export function mergedMoments(a: Moments, b: Moments): Moments {
  const count = a.count + b.count;
  const [p, q] = [a.count / count, b.count / count];
  const blend = (x: Float64Array, y: Float64Array) => x.map((value, index) => p * value + q * y[index]);
  const between = (index: number, other: "f" | "slope") =>
    p * q * (a.f[index] - b.f[index]) * (a[other][index] - b[other][index]);
  return {
    count,
    f: blend(a.f, b.f),
    slope: blend(a.slope, b.slope),
    variance: blend(a.variance, b.variance).map((value, index) => value + between(index, "f")),
    covariance: blend(a.covariance, b.covariance).map((value, index) => value + between(index, "slope")),
  };
}

/** All dimensions as draws of one. */
export function pooledMoments(moments: Moments): Moments {
  const { f, slope, variance, covariance, count } = moments;
  const size = f.length;
  const average = (values: Float64Array) => values.reduce((sum, value) => sum + value, 0) / size;
  const [fMean, slopeMean] = [average(f), average(slope)];
  const within = (values: Float64Array, other: Float64Array, otherMean: number) =>
    average(values.map((value, index) => value + (f[index] - fMean) * (other[index] - otherMean)));
  return {
    count: count * size,
    f: Float64Array.of(fMean),
    slope: Float64Array.of(slopeMean),
    variance: Float64Array.of(within(variance, f, fMean)),
    covariance: Float64Array.of(within(covariance, slope, slopeMean)),
  };
}
