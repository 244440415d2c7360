/** This package's experiments, for `@ansatz/lab`. */
export default [];
