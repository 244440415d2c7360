"""The smallest error that gplearn's symbolic regression finds for 2^x on [0, 1] by number of operations, in so many evaluations of candidates,
beside the front of `ansatz run tensor/function-discovery`; prints JSON.

    python peers/gplearn_exp2.py [evaluations]
"""

import json
import sys
import time

import gplearn
import numpy as np
from gplearn.fitness import make_fitness
from gplearn.genetic import SymbolicRegressor

EVALUATIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
POPULATION = 10_000

x = np.linspace(0, 1, 1024)[:, None]
y = 2 ** x[:, 0]
best = {}


def relative(expected, found, weights):
    return np.max(np.abs(found - expected) / expected)


error = make_fitness(function=relative, greater_is_better=False)
start = time.perf_counter()
regressor = SymbolicRegressor(
    population_size=POPULATION,
    generations=max(1, EVALUATIONS // POPULATION),
    function_set=("add", "sub", "mul", "div"),
    metric=error,
    const_range=(-2, 2),
    init_depth=(1, 4),
    parsimony_coefficient=1e-6,
    random_state=1,
    n_jobs=1,
)
regressor.fit(x, y)
seconds = time.perf_counter() - start
for generation in regressor._programs:
    for program in generation:
        if program is None:
            continue
        operations = sum(1 for node in program.program if hasattr(node, "arity"))
        if operations <= 12 and np.isfinite(program.raw_fitness_):
            best[operations] = min(best.get(operations, np.inf), float(program.raw_fitness_))
front = []
for operations in sorted(best):
    if not front or best[operations] < front[-1]["error"]:
        front.append({"operations": operations, "error": best[operations]})
print(json.dumps({"gplearn": gplearn.__version__, "evaluations": EVALUATIONS, "seconds": seconds, "front": front}, indent=1))
