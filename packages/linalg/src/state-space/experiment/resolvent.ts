import { hippoLegs } from "../hippo.ts";

/** (iω I − A)⁻¹ of HiPPO-LegS as a real matrix of twice the size, by substitution in each column. */
export function resolvent(n: number, frequency: number): Float64Array<ArrayBuffer> {
  const { matrix } = hippoLegs(n);
  const result = new Float64Array(4 * n * n);
  for (let column = 0; column < n; column++) {
    const re = new Float64Array(n);
    const im = new Float64Array(n);
    for (let j = column; j < n; j++) {
      let [sumRe, sumIm] = [j === column ? 1 : 0, 0];
      for (let k = column; k < j; k++) {
        sumRe += matrix[j * n + k] * re[k];
        sumIm += matrix[j * n + k] * im[k];
      }
      const square = matrix[j * n + j] ** 2 + frequency ** 2;
      re[j] = (-sumRe * matrix[j * n + j] + sumIm * frequency) / square;
      im[j] = (-sumIm * matrix[j * n + j] - sumRe * frequency) / square;
      result[j * 2 * n + column] = result[(n + j) * 2 * n + n + column] = re[j];
      result[(n + j) * 2 * n + column] = im[j];
      result[j * 2 * n + n + column] = -im[j];
    }
  }
  return result;
}
