"""Times SciPy's logarithms of modified Bessel functions (of `ive` and `kve`, which are scaled by exp(∓x)) on one core, on points as in packages/tensor/src/kernels/log-bessel/kernel.bench.ts.

taskset -c 0 python peers/scipy_log_bessel.py
"""

import time

import numpy as np
import scipy
from scipy.special import ive, kve

COUNT = 1 << 17


def log_i(v, x):
    return np.log(ive(v, x)) + x


def log_k(v, x):
    return np.log(kve(v, x)) - x


draw = np.random.default_rng(1)
print(f"scipy {scipy.__version__}, numpy {np.__version__}, {COUNT} points, best of 5")
with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
    for where, orders, values in (
        ("orders and arguments in [0, 300]", (0, 300), (0, 300)),
        ("orders in [1000, 10000], arguments in [0, 500]", (1000, 10_000), (0, 500)),
        ("orders and arguments below 12", (0, 12), (0, 12)),
    ):
        v, x = draw.uniform(*orders, COUNT), draw.uniform(*values, COUNT)
        for name, function in (("log I", log_i), ("log K", log_k)):
            seconds = []
            for _ in range(5):
                start = time.perf_counter()
                result = function(v, x)
                seconds.append(time.perf_counter() - start)
            lost = np.mean(~np.isfinite(result))
            print(f"{name}, {where}: {min(seconds) / COUNT * 1e9:.0f} ns per element, {100 * lost:.1f} % not finite")
