"""Times SciPy's von Mises–Fisher fits and draws of `ansatz bench tensor/von-mises-fisher`, one thread, and prints JSON.

    OPENBLAS_NUM_THREADS=1 taskset -c 0 python peers/scipy_von_mises_fisher.py
"""

import json
import time
import warnings

import numpy as np
import scipy
from scipy.stats import vonmises_fisher

COUNT = 200


def fastest(call, repetitions=5):
    best = float("inf")
    for _ in range(repetitions):
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
    return 1e3 * best, result


rows = []
warnings.simplefilter("ignore")
for dimension in (2048, 8192, 32_768):
    mean = np.zeros(dimension)
    mean[0] = 1
    row = {"dimension": dimension, "concentration": dimension}
    # A draw rotates with a matrix of dimension², 8 GB in the last case.
    if dimension == 2048:
        sample = lambda: vonmises_fisher(mean, dimension, seed=1).rvs(COUNT)
        row["sample milliseconds"], _ = fastest(sample, repetitions=2)
    samples = np.random.default_rng(1).normal(size=(COUNT, dimension))
    samples[:, 0] += 0.78 * np.sqrt(dimension)
    samples /= np.linalg.norm(samples, axis=1, keepdims=True)
    try:
        row["fit milliseconds"], (_, row["fitted"]) = fastest(lambda: vonmises_fisher.fit(samples))
        row["fitted"] = float(row["fitted"])
    except Exception as error:
        row["fit error"] = repr(error)
    rows.append(row)
print(json.dumps({"scipy": scipy.__version__, "samples": COUNT, "rows": rows}, indent=1))
