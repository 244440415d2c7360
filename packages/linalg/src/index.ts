export { NotPositiveDefiniteError, SingularMatrixError } from "./errors.ts";
export { cholesky, choleskyKernel } from "./kernels/cholesky/index.ts";
export { type LuFactors, lu, luKernel } from "./kernels/lu/index.ts";
export {
  type SolveTriangularOptions,
  solveTriangular,
  solveTriangularKernel,
} from "./kernels/solve-triangular/index.ts";
