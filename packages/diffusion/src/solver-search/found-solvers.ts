import digits5 from "./found/digits-5.json" with { type: "json" };
import digits10 from "./found/digits-10.json" with { type: "json" };
import threeGaussians5 from "./found/three-gaussians-5.json" with { type: "json" };
import threeGaussians10 from "./found/three-gaussians-10.json" with { type: "json" };
import type { SolverGenome } from "./genome.ts";
import { checkGenome } from "./validate-genome.ts";

/**
 * Solvers that `searchSolver` has found for the linear variance-preserving schedule: on the exact mixture of 500 handwritten digits of 8 × 8 pixels (`digitMixture()`), and on three
 * Gaussians in the plane (`THREE_GAUSSIANS`), with 5 and 10 evaluations.
 *
 * The one for digits with 5 evaluations takes DPM-Solver-v3's prediction: `searchedSolver` wants `statistics` of the model with it, from `estimateStatistics`. It was found with those of 256 draws (`mixtureDraws` in float64 by
 * `child(key(1), 0)`) on 120 intervals (by `child(key(1), 1)`), and is as good with those of other draws.
 *
 * Recipes, options of `searchSolver` that are not the defaults: three Gaussians `{ key: key(2) }`; digits with 5 evaluations, with statistics, `{ key: key(1), samples: 1024, budget: 500, stages: 9, finalSamples: 1 }`; digits with
 * 10 evaluations `{ key: key(1), samples: 256, budget: 300, stages: 6, finalists: 20, finalSamples: 4 }`, and of its finalists the third, the best on 192 noises each of keys 60 and 61.
 */
export const foundSolvers = {
  get digits5(): SolverGenome {
    return checkGenome(digits5);
  },
  get digits10(): SolverGenome {
    return checkGenome(digits10);
  },
  get threeGaussians5(): SolverGenome {
    return checkGenome(threeGaussians5);
  },
  get threeGaussians10(): SolverGenome {
    return checkGenome(threeGaussians10);
  },
};
