import { child, type Key, randomKernel, referenceArray } from "@ansatz/tensor";

/** Numbers drawn at a time. */
const BLOCK = 512;

/** Uniform numbers in (0, 1) of a key, one after the other, as many as are asked for: what rejection needs. The same on every machine. */
export class UniformStream {
  readonly #key: Key;
  #block = 0;
  #numbers: ArrayLike<number> = [];
  #at = 0;

  constructor(key: Key) {
    this.#key = key;
  }

  next(): number {
    if (this.#at === this.#numbers.length) {
      const { seed, stream } = child(this.#key, this.#block++);
      const words = referenceArray("int32", [4], Int32Array.from([...seed, ...stream]));
      const [{ data }] = randomKernel.reference([words], { distribution: "uniform", shape: [BLOCK], dtype: "float64" });
      this.#numbers = data;
      this.#at = 0;
    }
    return this.#numbers[this.#at++];
  }

  /** Uniform in 0 … count − 1. */
  below(count: number): number {
    return Math.min(count - 1, Math.floor(count * this.next()));
  }
}
