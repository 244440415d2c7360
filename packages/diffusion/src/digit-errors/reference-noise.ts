/** Words of the state of the Mersenne Twister, and the distance of those that are mixed. */
const WORDS = 624;
const DISTANCE = 397;

/** 32-bit words of MT19937. Source: Matsumoto, Nishimura, "Mersenne Twister" (1998), its reference code. */
function mersenneTwister(seed: number): () => number {
  const state = new Uint32Array(WORDS);
  state[0] = seed;
  for (let i = 1; i < WORDS; i++) state[i] = Math.imul(1812433253, state[i - 1] ^ (state[i - 1] >>> 30)) + i;
  let position = WORDS;
  return () => {
    if (position === WORDS) {
      for (let i = 0; i < WORDS; i++) {
        const y = (state[i] & 0x80000000) | (state[(i + 1) % WORDS] & 0x7fffffff);
        state[i] = state[(i + DISTANCE) % WORDS] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      position = 0;
    }
    let y = state[position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  };
}

/**
 * The 64 noises of 64 numbers that the figures of errors on the digit mixture are for: NumPy's `RandomState(3).standard_normal((64, 64))`, by Marsaglia's polar method.
 */
export function referenceNoise(count = 64 * 64, seed = 3): Float64Array<ArrayBuffer> {
  const word = mersenneTwister(seed);
  const uniform = () => ((word() >>> 5) * 2 ** 26 + (word() >>> 6)) / 2 ** 53;
  const values = new Float64Array(count + 1);
  for (let i = 0; i < count; i += 2) {
    let [x, y, square] = [0, 0, 0];
    do {
      x = 2 * uniform() - 1;
      y = 2 * uniform() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const factor = Math.sqrt((-2 * Math.log(square)) / square);
    values[i] = factor * y;
    values[i + 1] = factor * x;
  }
  return values.slice(0, count);
}
