import type { ComplexOperation } from "./operations.ts";

export interface ComplexMapOptions {
  readonly operation: ComplexOperation;
}
