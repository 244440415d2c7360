import type { CaseRandom, DType, Shape } from "@ansatz/tensor";
import { isComplex, isFloat, referenceArray, sizeOf } from "@ansatz/tensor";

/** Reproducible data for hand-picked cases: sines of squares, which are spread like noise over [−√2, √2]. */
export function caseSource(): CaseRandom {
  let drawn = 0;
  const next = () => Math.SQRT2 * Math.sin(0.7 * ++drawn * drawn);
  const source: CaseRandom = {
    integer: (minimum, maximum) => minimum + (++drawn % (maximum - minimum + 1)),
    pick: (values) => values[source.integer(0, values.length - 1)],
    array: (shape: Shape, dtype: DType, { scale = 1, below = 100 } = {}) =>
      referenceArray(
        dtype,
        shape,
        Array.from({ length: sizeOf(shape) * (isComplex(dtype) ? 2 : 1) }, () => {
          if (dtype === "float32" || dtype === "complex64") return Math.fround(scale * next());
          return isFloat(dtype) || isComplex(dtype) ? scale * next() : source.integer(0, below - 1);
        }),
      ),
  };
  return source;
}
