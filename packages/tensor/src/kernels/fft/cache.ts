/** Values by key, the least recently used given up when their bytes exceed a limit; the newest always stays. */
export class BoundedCache<Value extends { readonly byteLength: number }> {
  readonly #limit: number;
  readonly #values = new Map<string, Value>();
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(key: string, make: () => Value): Value {
    const value = this.#values.get(key) ?? make();
    if (!this.#values.delete(key)) this.#bytes += value.byteLength;
    this.#values.set(key, value);
    for (const [oldest, { byteLength }] of this.#values) {
      if (this.#bytes <= this.#limit || oldest === key) break;
      this.#values.delete(oldest);
      this.#bytes -= byteLength;
    }
    return value;
  }
}
