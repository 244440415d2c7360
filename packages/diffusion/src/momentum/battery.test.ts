import { testSolver } from "../sampling/battery.ts";
import { momentumDpmSolver } from "./dpm-solver.ts";
import { momentum } from "./index.ts";
import { momentumUnipc } from "./unipc.ts";

testSolver({ solver: momentum(), order: 2, counts: [320, 640] });
testSolver({ solver: momentum({ kind: "heavy-ball", damping: 0.8 }), order: 1 });
testSolver({ solver: momentum({ kind: "nesterov", damping: 0.8 }), order: 1 });
// Averages lag behind, there and back.
testSolver({ solver: momentumDpmSolver(), order: 1, roundTrip: 0.06 });
testSolver({ solver: momentumUnipc(), order: 1, roundTrip: 0.06 });
