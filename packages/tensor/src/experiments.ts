import digits from "./digits/experiment.ts";
import functionDiscovery from "./function-discovery/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [digits, functionDiscovery];
