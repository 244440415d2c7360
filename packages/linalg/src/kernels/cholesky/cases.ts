import { type CaseRandom, type FloatDType, type KernelCase, referenceArray, type Shape } from "@ansatz/tensor";

/** Random matrices G Gᵀ / columns + I with eigenvalues from 1 to about 5, so that errors of the factor stay near those of the arithmetic. */
function positiveDefinite(random: CaseRandom, shape: Shape, dtype: FloatDType): Float64Array {
  const n = shape[shape.length - 1];
  const g = random.array(shape, dtype).data;
  const a = new Float64Array(g.length);
  for (let row = 0; row < g.length / Math.max(1, n); row++)
    for (let j = 0; j < n; j++) {
      const other = row - (row % n) + j;
      let sum = row === other ? n : 0;
      for (let k = 0; k < n; k++) sum += g[row * n + k] * g[other * n + k];
      a[row * n + j] = dtype === "float32" ? Math.fround(sum / n) : sum / n;
    }
  return a;
}

export function randomCholeskyCase(random: CaseRandom): KernelCase<null> {
  const dtype = random.pick(["float32", "float64"] as const);
  const n = random.integer(0, 50);
  const shape = [...random.pick([[], [], [3], [2, 2]]), n, n];
  return {
    name: `${dtype} [${shape}]`,
    inputs: [referenceArray(dtype, shape, positiveDefinite(random, shape, dtype))],
    options: null,
  };
}

export function choleskyCases(random: CaseRandom): readonly KernelCase<null>[] {
  return (["float32", "float64"] as const).flatMap((dtype) => {
    const spoiled = (n: number, index: number, value: number, batches = 1) => {
      const values = positiveDefinite(random, [batches, n, n], dtype);
      values[index] = value;
      return referenceArray(dtype, [batches, n, n], values);
    };
    const plain = (shape: Shape) => referenceArray(dtype, shape, positiveDefinite(random, shape, dtype));
    return Object.entries({
      empty: plain([0, 0]),
      "no matrix": plain([0, 3, 3]),
      "1 × 1": plain([1, 1]),
      "zero pivot": referenceArray(dtype, [1, 1], [0]),
      "blocks and a rest": plain([300, 300]),
      "many small ones": plain([70, 9, 9]),
      "indefinite among others": spoiled(20, 400 + 21 * 11, -3, 3),
      "indefinite far down": spoiled(150, 151 * 140, -1),
      "NaN below": spoiled(5, 5 * 3 + 1, Number.NaN),
      "NaN above, which is not read": spoiled(5, 5 * 1 + 3, Number.NaN),
      infinite: spoiled(4, 4 * 2 + 2, Number.POSITIVE_INFINITY),
    }).map(([name, a]) => ({ name: `${dtype} ${name}`, inputs: [a], options: null }));
  });
}
