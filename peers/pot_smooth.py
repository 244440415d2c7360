"""Times POT's objectives and gradients of sparsity-constrained transport (ot.smooth), and prints JSON.

    python peers/pot_smooth.py data.bin --batches 1 --rows 1024 --columns 1024 --entries 8 --regularization 1

The file is what peers/sparse-evaluations.ts writes: float64, for each batch the costs [rows, columns], potentials of the rows and of the columns, masses of the rows and of the columns.
"""

import argparse
import contextlib
import io
import json
import time

import numpy
import ot
from ot.smooth import SparsityConstrained, dual_obj_grad, semi_dual_obj_grad


def fastest(evaluate, repetitions):
    seconds = float("inf")
    for _ in range(repetitions):
        start = time.perf_counter()
        value = evaluate()
        seconds = min(seconds, time.perf_counter() - start)
    return value, seconds


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("data")
    arguments.add_argument("--batches", type=int, default=1)
    arguments.add_argument("--rows", type=int, default=1024)
    arguments.add_argument("--columns", type=int, default=1024)
    arguments.add_argument("--entries", type=int, default=8)
    arguments.add_argument("--regularization", type=float, default=1.0)
    arguments.add_argument("--repetitions", type=int, default=15, help="the fastest is reported")
    given = arguments.parse_args()

    m, n = given.rows, given.columns
    rows = numpy.fromfile(given.data, "<f8").reshape(given.batches, m * n + 2 * m + 2 * n)
    regularization = SparsityConstrained(max_nz=given.entries, gamma=given.regularization)
    problems = []
    for row in rows:
        costs, alpha, beta, a, b = numpy.split(row, numpy.cumsum([m * n, m, n, m]))
        problems.append((costs.reshape(m, n), alpha, beta, a, b))

    def semi_dual():
        return sum(semi_dual_obj_grad(alpha, a, b, costs, regularization)[0] for costs, alpha, _, a, b in problems)

    def dual():
        return sum(dual_obj_grad(alpha, beta, a, b, costs, regularization)[0] for costs, alpha, beta, a, b in problems)

    result = {"peer": "POT ot.smooth", "version": ot.__version__, "numpy": numpy.__version__}
    for name, evaluate in (("semi-dual", semi_dual), ("dual", dual)):
        # Version 0.9.7 prints shapes from its projection.
        with contextlib.redirect_stdout(io.StringIO()):
            value, seconds = fastest(evaluate, given.repetitions)
        result[name] = {"value": float(value), "seconds": seconds, "evaluationsPerSecond": 1 / seconds}
    print(json.dumps(result))


if __name__ == "__main__":
    main()
