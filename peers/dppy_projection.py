"""Times projection determinantal processes of Legendre polynomials with DPPy, at the sizes of `ansatz bench linalg/determinantal-sampling`, and prints JSON.

    OPENBLAS_NUM_THREADS=1 python peers/dppy_projection.py
"""

import json
import time
from importlib.metadata import version

import numpy as np
from dppy.multivariate_jacobi_ope import MultivariateJacobiOPE


def seconds_per_sample(size, dimension, samples):
    process = MultivariateJacobiOPE(size, np.zeros((dimension, 2)))
    process.sample(random_state=0)
    start = time.perf_counter()
    for seed in range(samples):
        process.sample(random_state=seed + 1)
    return (time.perf_counter() - start) / samples


def main():
    seconds = {
        "m = 10, one coordinate": seconds_per_sample(10, 1, 20),
        "m = 50, one coordinate": seconds_per_sample(50, 1, 5),
        "m = 56, three coordinates": seconds_per_sample(56, 3, 3),
    }
    print(json.dumps({"dppy": version("dppy"), "seconds": seconds}, indent=2))


if __name__ == "__main__":
    main()
