export {
  type LinearCombinationOptions,
  linearCombination,
  linearCombinationKernel,
  linearCombinationPair,
} from "./kernels/linear-combination/index.ts";
