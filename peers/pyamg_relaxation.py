"""Times 20 relaxation iterations as `ansatz bench linalg/learned-relaxation` with pyamg and SciPy, one thread, and prints JSON.

    OMP_NUM_THREADS=1 python peers/pyamg_relaxation.py
"""

import json
import time

import numpy as np
import pyamg
import scipy
import scipy.sparse as sparse
from pyamg.relaxation.relaxation import gauss_seidel, sor
from scipy.sparse.linalg import LinearOperator, cg

ITERATIONS = 20


def laplacian(edge):
    line = sparse.diags([-1.0, 2.0, -1.0], [-1, 0, 1], shape=(edge, edge))
    unit = sparse.identity(edge)
    return (sparse.kron(line, unit) + sparse.kron(unit, line)).tocsr()


def fastest(call, repetitions=5):
    best = float("inf")
    for _ in range(repetitions):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def main():
    seconds = {}
    a = laplacian(256)
    b = np.sin(np.arange(256.0 * 256) ** 2)

    def sweeps(relax):
        x = np.zeros_like(b)
        for _ in range(ITERATIONS):
            relax(x)
            np.linalg.norm(b - a @ x)

    seconds["SOR, 256^2 unknowns, pyamg sor"] = fastest(lambda: sweeps(lambda x: sor(a, x, b, 1.5)))
    seconds["SOR with omega 1, 256^2 unknowns, pyamg gauss_seidel"] = fastest(lambda: sweeps(lambda x: gauss_seidel(a, x, b)))

    def symmetric(r):
        z = np.zeros_like(r)
        gauss_seidel(a, z, r, sweep="symmetric")
        return z

    preconditioner = LinearOperator(a.shape, matvec=symmetric, dtype=np.float64)
    seconds["symmetric Gauss-Seidel preconditioned CG, 256^2 unknowns, SciPy with pyamg"] = fastest(
        lambda: cg(a, b, M=preconditioner, maxiter=ITERATIONS, rtol=1e-300)
    )
    print(
        json.dumps(
            {"pyamg": pyamg.__version__, "scipy": scipy.__version__, "iterations": ITERATIONS, "nonzeros": a.nnz, "seconds": seconds},
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
