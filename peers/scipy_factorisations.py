"""Times SciPy's factorisations at the sizes of `ansatz bench linalg/`, on one thread, and prints JSON.

    OPENBLAS_NUM_THREADS=1 python peers/scipy_factorisations.py
"""

import argparse
import json
import os
import platform
import statistics
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np  # noqa: E402
import scipy  # noqa: E402
from scipy import linalg  # noqa: E402

CASES = [(64, "float64"), (256, "float64"), (512, "float64"), (512, "float32"), (512, "complex128")]


def factorisations(n, dtype):
    generator = np.random.default_rng(n)
    noise = generator.standard_normal((n, n)).astype(dtype)
    if np.iscomplexobj(noise):
        noise += 1j * generator.standard_normal((n, n))
    symmetric = noise + noise.conj().T
    positive = symmetric / 2 + 4 * n * np.eye(n, dtype=dtype)
    return {
        "cholesky": lambda: linalg.cholesky(positive, lower=True),
        "lu": lambda: linalg.lu_factor(noise),
        "qr": lambda: linalg.qr(noise, mode="economic"),
        "qr, pivoted": lambda: linalg.qr(noise, mode="economic", pivoting=True),
        "eigen-symmetric": lambda: linalg.eigh(symmetric),
        "svd": lambda: linalg.svd(noise, full_matrices=False),
        "eigen": lambda: linalg.eig(noise),
        "expm": lambda: linalg.expm(noise / np.sqrt(n)),
    }


def measure(work, seconds):
    """Durations of single calls for so long, after two that are not counted."""
    work()
    work()
    durations = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(durations) < 5:
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return durations


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=1.0, help="for each size")
    given = arguments.parse_args()
    cases = []
    for n, dtype in CASES:
        for name, work in factorisations(n, dtype).items():
            durations = measure(work, given.seconds)
            cases.append(
                {
                    "case": f"{name} n = {n} {dtype}",
                    "medianSeconds": statistics.median(durations),
                    "minimumSeconds": min(durations),
                    "calls": len(durations),
                }
            )
    print(
        json.dumps(
            {
                "made": f"python peers/scipy_factorisations.py, scipy {scipy.__version__}, numpy {np.__version__}",
                "machine": platform.processor() or platform.machine(),
                "threads": os.environ["OPENBLAS_NUM_THREADS"],
                "cases": cases,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
