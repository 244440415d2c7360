/** This package's benchmarks, for `@ansatz/lab`. */
export default [];
