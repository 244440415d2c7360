import selfCalibration from "./self-calibration/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [selfCalibration];
