import { testSolver } from "../sampling/battery.ts";
import { exponentialIntegrator } from "./index.ts";

// Order 3 approaches 4 slowly, as ρ' varies strongly near the end.
testSolver({ solver: exponentialIntegrator(), order: 3.4 });
testSolver({ solver: exponentialIntegrator({ kind: "rhoAB" }), order: 3.6 });
testSolver({ solver: exponentialIntegrator({ kind: "ipndm" }), order: 2, counts: [320, 640] });
testSolver({ solver: exponentialIntegrator({ kind: "rhoRK" }), order: 3, evaluations: (steps) => 3 * steps });
