import { componentsPerElement, isDifferentiable } from "../dtype.ts";
import { type CaseRandom, referenceArray } from "../kernel.ts";
import { child, key } from "../random/key.ts";
import { philox4x32 } from "../random/philox.ts";
import { sizeOf } from "../shape.ts";

/** Reproducible random test data: the same seed and name give the same cases on every machine. */
export function caseRandom(seed: number): CaseRandom {
  const root = child(key(seed), 0);
  let block = 0;
  const uniform = () => (philox4x32(root.seed, [block++, 0, ...root.stream])[0] + 0.5) / 2 ** 32;
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const random: CaseRandom = {
    integer: (minimum, maximum) => minimum + Math.floor(uniform() * (maximum - minimum + 1)),
    pick: (values) => values[random.integer(0, values.length - 1)],
    array: (shape, dtype, { scale = 1, below = 100 } = {}) => {
      const draw = (): number => {
        if (dtype === "float32" || dtype === "complex64") return Math.fround(scale * normal());
        if (isDifferentiable(dtype)) return scale * normal();
        return random.integer(0, dtype === "bool" ? 1 : below - 1);
      };
      return referenceArray(dtype, shape, Array.from({ length: sizeOf(shape) * componentsPerElement(dtype) }, draw));
    },
  };
  return random;
}
