/** Numbers on the host. */
export type Values = Float64Array<ArrayBuffer>;
