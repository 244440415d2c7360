/** Callers that have been quiet are forgotten when there are more than this many. */
const REMEMBERED = 10_000;

interface Bucket {
  tokens: number;
  filledAt: number;
}

/** A bucket of requests per caller that holds a minute's worth and fills up steadily. */
export class RateLimit {
  readonly #perMinute: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** Takes a request out of a caller's bucket. @returns 0, or after how many seconds there is one again. */
  take(caller: string, now: number = performance.now()): number {
    const bucket = this.#buckets.get(caller) ?? { tokens: this.#perMinute, filledAt: now };
    bucket.tokens = Math.min(this.#perMinute, bucket.tokens + ((now - bucket.filledAt) / 60_000) * this.#perMinute);
    bucket.filledAt = now;
    // The map keeps the order of insertion, so the first is the one that was quiet longest.
    this.#buckets.delete(caller);
    this.#buckets.set(caller, bucket);
    if (this.#buckets.size > REMEMBERED) this.#buckets.delete(this.#buckets.keys().next().value!);
    if (bucket.tokens < 1) return Math.ceil(((1 - bucket.tokens) / this.#perMinute) * 60);
    bucket.tokens -= 1;
    return 0;
  }
}
