"""Times SciPy's sparse direct factorisation (SuperLU) of the Laplacian on a square grid, as `ansatz bench linalg/sparse-direct` does, and prints JSON.

    OPENBLAS_NUM_THREADS=1 python peers/scipy_sparse.py
"""

import argparse
import json
import os
import statistics
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import scipy  # noqa: E402
from scipy import sparse  # noqa: E402
from scipy.sparse.linalg import splu  # noqa: E402


def laplacian(edge):
    line = sparse.diags([-np.ones(edge - 1), 2 * np.ones(edge), -np.ones(edge - 1)], [-1, 0, 1])
    unit = sparse.eye(edge)
    return (sparse.kron(unit, line) + sparse.kron(line, unit)).tocsc()


def measure(work, rounds):
    durations = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return statistics.median(durations)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    rounds = arguments.parse_args().rounds
    cases = []
    for edge in (64, 256):
        a = laplacian(edge)
        for name, options in {
            "splu, COLAMD": {},
            "splu, symmetric mode, minimum degree": {
                "permc_spec": "MMD_AT_PLUS_A",
                "diag_pivot_thresh": 0.0,
                "options": {"SymmetricMode": True},
            },
        }.items():
            factors = splu(a, **options)
            seconds = measure(lambda: splu(a, **options), rounds)
            solve = measure(lambda: factors.solve(np.ones(edge * edge)), rounds)
            cases.append({"name": f"{name}, {edge}²", "seconds": seconds, "solveSeconds": solve, "entries": factors.L.nnz})
    print(json.dumps({"scipy": scipy.__version__, "cases": cases}, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
