import { testSolver } from "../sampling/battery.ts";
import { classicalMultistep } from "./classical.ts";
import { pseudoNumerical } from "./index.ts";

testSolver({ solver: pseudoNumerical({ method: "s-pndm" }), order: 1.9, evaluations: (steps) => steps + 1 });
testSolver({ solver: pseudoNumerical(), order: 2, counts: [320, 640], evaluations: (steps) => steps + 9 });
testSolver({
  solver: pseudoNumerical({ method: "plms" }),
  order: 2,
  counts: [320, 640],
  evaluations: (steps) => steps + 1,
});
// A tick this small is as good as the derivative.
testSolver({
  solver: classicalMultistep({ tick: 1e-7 }),
  order: 2,
  evaluations: (steps) => steps + 9,
  exactOnPoints: false,
});
