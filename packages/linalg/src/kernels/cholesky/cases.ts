import { type CaseRandom, isComplex, type KernelCase, referenceArray, type Shape } from "@ansatz/tensor";
import type { MatrixDType } from "../../matrix-shape.ts";
import { MATRIX_DTYPES, rounded } from "../matrix-dtypes.ts";

/** Random matrices G Gᴴ / columns + I with eigenvalues from 1 to about 5, so that errors of the factor stay near those of the arithmetic. */
function positiveDefinite(random: CaseRandom, shape: Shape, dtype: MatrixDType): Float64Array {
  const n = shape[shape.length - 1];
  const parts = isComplex(dtype) ? 2 : 1;
  const g = random.array(shape, dtype).data;
  const a = new Float64Array(g.length);
  for (let row = 0; row < g.length / Math.max(1, n * parts); row++)
    for (let j = 0; j < n; j++) {
      const other = row - (row % n) + j;
      let sum = row === other ? n : 0;
      let imaginary = 0;
      for (let k = 0; k < n * parts; k++) sum += g[row * n * parts + k] * g[other * n * parts + k];
      for (let k = 0; k < n * (parts - 1); k++) {
        const [x, y] = [2 * (row * n + k), 2 * (other * n + k)];
        imaginary += g[x + 1] * g[y] - g[x] * g[y + 1];
      }
      a[(row * n + j) * parts] = sum / n;
      if (parts === 2) a[(row * n + j) * 2 + 1] = imaginary / n;
    }
  return rounded(a, dtype);
}

export function randomCholeskyCase(random: CaseRandom): KernelCase<null> {
  const dtype = random.pick(MATRIX_DTYPES);
  const n = random.integer(0, 50);
  const shape = [...random.pick([[], [], [3], [2, 2]]), n, n];
  return {
    name: `${dtype} [${shape}]`,
    inputs: [referenceArray(dtype, shape, positiveDefinite(random, shape, dtype))],
    options: null,
  };
}

export function choleskyCases(random: CaseRandom): readonly KernelCase<null>[] {
  return MATRIX_DTYPES.flatMap((dtype) => {
    const spoiled = (n: number, index: number, value: number, batches = 1) => {
      const values = positiveDefinite(random, [batches, n, n], dtype);
      values[index * (isComplex(dtype) ? 2 : 1)] = value;
      return referenceArray(dtype, [batches, n, n], values);
    };
    const plain = (shape: Shape) => referenceArray(dtype, shape, positiveDefinite(random, shape, dtype));
    return Object.entries({
      empty: plain([0, 0]),
      "no matrix": plain([0, 3, 3]),
      "1 × 1": plain([1, 1]),
      "zero pivot": referenceArray(dtype, [1, 1], isComplex(dtype) ? [0, 1] : [0]),
      "blocks and a rest": plain(dtype === "complex64" ? [40, 40] : isComplex(dtype) ? [150, 150] : [300, 300]),
      "many small ones": plain([isComplex(dtype) ? 20 : 70, 9, 9]),
      "indefinite among others": spoiled(20, 400 + 21 * 11, -3, 3),
      "indefinite far down": isComplex(dtype) ? spoiled(50, 51 * 40, -1) : spoiled(150, 151 * 140, -1),
      "NaN below": spoiled(5, 5 * 3 + 1, Number.NaN),
      "NaN above, which is not read": spoiled(5, 5 * 1 + 3, Number.NaN),
      infinite: spoiled(4, 4 * 2 + 2, Number.POSITIVE_INFINITY),
    }).map(([name, a]) => ({ name: `${dtype} ${name}`, inputs: [a], options: null }));
  });
}
