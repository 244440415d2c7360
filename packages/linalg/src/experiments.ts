import chebyshevTucker from "./chebyshev-tucker/experiment.ts";
import determinantalSampling from "./determinantal-sampling/experiment.ts";
import learnedRelaxation from "./learned-relaxation/experiment.ts";
import selfCalibration from "./self-calibration/experiment.ts";
import stateSpace from "./state-space/experiment.ts";

/** This package's experiments, for `@ansatz/lab`. */
export default [chebyshevTucker, learnedRelaxation, determinantalSampling, selfCalibration, stateSpace];
