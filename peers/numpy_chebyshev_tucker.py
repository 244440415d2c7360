"""Times the constructions and evaluations of `ansatz bench linalg/chebyshev-tucker linalg/tucker-points` with NumPy and SciPy, and prints JSON.

    OPENBLAS_NUM_THREADS=1 python peers/numpy_chebyshev_tucker.py
"""

import json
import time

import numpy as np
import scipy
from scipy.fft import dctn


def fastest(call, repetitions=5):
    best = float("inf")
    for _ in range(repetitions):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def coefficients(values):
    c = dctn(values, type=1) / (np.array(values.shape) - 1).prod()
    for axis, m in enumerate(values.shape):
        for end in (0, m - 1):
            index = [slice(None)] * 3
            index[axis] = end
            c[tuple(index)] /= 2
    return c


def hosvd(c, tolerance):
    factors = []
    bound = tolerance * np.linalg.norm(c) / np.sqrt(3)
    for axis in range(3):
        unfolding = np.moveaxis(c, axis, 0).reshape(c.shape[axis], -1)
        r = np.linalg.qr(unfolding.T, mode="r")
        _, s, vt = np.linalg.svd(r)
        tails = np.sqrt(np.cumsum(s[::-1] ** 2)[::-1])
        factors.append(vt[: max(1, int((tails > bound).sum()))].T)
    core = np.einsum("abc,ap,bq,cs->pqs", c, *factors, optimize=True)
    return factors, core


def nodes(m):
    return np.cos(np.pi * np.arange(m) / (m - 1))


def build_function(m):
    x = nodes(m)
    r2 = x[:, None, None] ** 2 + x[None, :, None] ** 2 + x[None, None, :] ** 2
    return hosvd(coefficients(1 / (1 + 25 * r2)), 1e-7)


def build_charges(m, count=400):
    random = np.random.default_rng(3)
    positions = random.uniform(-0.9, 0.9, (count, 3))
    charges = random.choice([-1.0, 1.0], count)
    u = 0.17 * np.arange(65)
    t, a = np.sinh(u), 2 / np.sqrt(np.pi) * 0.17 * np.cosh(u)
    a[0] /= 2
    keep = t <= 8
    x = nodes(m)
    values = np.zeros((m * m, m))
    for exponent, amplitude in zip(t[keep], a[keep]):
        g = [np.exp(-(exponent**2) * (x[:, None] - positions[None, :, axis]) ** 2) for axis in range(3)]
        left = (g[0] * (amplitude * charges))[:, None, :] * g[1][None, :, :]
        values += left.reshape(m * m, count) @ g[2].T
    return hosvd(coefficients(values.reshape(m, m, m)), 1e-7)


def evaluate(m, r, points):
    random = np.random.default_rng(0)
    at = random.uniform(-1, 1, (points, 3))
    factors = [random.standard_normal((m, r)) for _ in range(3)]
    core = random.standard_normal((r, r, r))

    def call():
        u, v, w = (np.polynomial.chebyshev.chebvander(at[:, axis], m - 1) @ factors[axis] for axis in range(3))
        lines = (w @ core.reshape(r * r, r).T).reshape(points, r, r)
        return np.einsum("npq,nq,np->n", lines, v, u, optimize=True)

    return fastest(call, 3)


def grid_route(n):
    """What the mesh-free construction avoids: samples on a uniform grid of n^3, decomposed by HOSVD."""
    x = -1 + (np.arange(n) + 0.5) * 2 / n
    r2 = x[:, None, None] ** 2 + x[None, :, None] ** 2 + x[None, None, :] ** 2
    return hosvd(1 / (1 + 25 * r2), 1e-7)


def main():
    factors, _ = build_charges(65)
    seconds = {
        "1 / (1 + 25 r^2), 65^3 nodes": fastest(lambda: build_function(65)),
        "400 charges, 65^3 nodes": fastest(lambda: build_charges(65), 3),
        "16384 points, 129 coefficients, rank 10": evaluate(129, 10, 16384),
        "16384 points, 65 coefficients, rank 38": evaluate(65, 38, 16384),
        "1 / (1 + 25 r^2), a grid of 128^3 decomposed": fastest(lambda: grid_route(128), 1),
    }
    print(
        json.dumps(
            {
                "numpy": np.__version__,
                "scipy": scipy.__version__,
                "ranks of 400 charges": [f.shape[1] for f in factors],
                "seconds": seconds,
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
