export type ComplexPartsOperation = "real" | "imag" | "conj" | "complex";

export interface ComplexPartsOptions {
  readonly operation: ComplexPartsOperation;
}
