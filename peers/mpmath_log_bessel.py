"""Writes packages/tensor/src/kernels/log-bessel/golden.json: logarithms and ratios of modified Bessel functions to float64 precision, for the tests.

python peers/mpmath_log_bessel.py > packages/tensor/src/kernels/log-bessel/golden.json

I by its power series, K by the trapezoid rule on ∫ exp(−x cosh t) cosh(vt) dt, both where √(v² + x²) is at most 200; beyond, both by 40 terms of the uniform expansion.
mpmath's own besselk is not used: versions of it are wrong at some points. Each row must satisfy the Wronskian to 25 digits.
"""

import json
import random

import mpmath
from mpmath import mp, mpf

mp.dps = 60
TERMS = 40


def uniform_coefficients():
    """Coefficients of the polynomials u_k(p) by exponent (DLMF 10.41.9)."""
    u = [{0: mpf(1)}]
    for _ in range(TERMS):
        following = {}
        for e, c in u[-1].items():
            following[e + 1] = following.get(e + 1, 0) + c * (mpf(e) / 2 + mpf(1) / (8 * (e + 1)))
            following[e + 3] = following.get(e + 3, 0) - c * (mpf(e) / 2 + mpf(5) / (8 * (e + 3)))
        u.append(following)
    return u


U = uniform_coefficients()


def by_expansion(v, x):
    """(log I, log K)"""
    w = mpmath.sqrt(v * v + x * x)
    main = w - (v * mpmath.log((v + w) / x) if v else 0)
    # u_k(p) / v^k = (u_k(p) / p^k) / w^k with p = v / w.
    t = (v / w) ** 2
    terms = [sum(c * t ** ((e - k) // 2) for e, c in U[k].items()) / w**k for k in range(TERMS)]
    even, odd = sum(terms[::2]), sum(terms[1::2])
    return (
        main - mpmath.log(2 * mpmath.pi * w) / 2 + mpmath.log(even + odd),
        -main + mpmath.log(mpmath.pi / (2 * w)) / 2 + mpmath.log(even - odd),
    )


def by_sums(v, x):
    term = total = mpf(1)
    k = 0
    while term > total * mpf(10) ** -50:
        k += 1
        term *= x * x / 4 / (k * (k + v))
        total += term
    log_i = v * mpmath.log(x / 2) - mpmath.loggamma(v + 1) + mpmath.log(total)
    # Halving the step until nothing changes.
    step, previous = mpf(1) / 8, None
    while True:
        i, total, largest = 0, mpf(0), mpf(0)
        while True:
            t = i * step
            value = mpmath.exp(-x * (mpmath.cosh(t) - 1)) * mpmath.cosh(v * t) * (mpf(1) / 2 if i == 0 else 1)
            total += value
            largest = max(largest, value)
            if value < largest * mpf(10) ** -50:
                break
            i += 1
        total *= step
        if previous is not None and abs(total / previous - 1) < mpf(10) ** -40:
            break
        previous, step = total, step / 2
    return log_i, -x + mpmath.log(total)


def both(v, x):
    v, x = mpf(v), mpf(x)
    return by_sums(v, x) if v * v + x * x <= 200**2 else by_expansion(v, x)


def row(v, x):
    (i, k), (i1, k1) = both(v, x), both(mpf(v) + 1, x)
    defect = mpmath.exp(i + k1) + mpmath.exp(i1 + k) - 1 / mpf(x)
    assert abs(defect * x) < mpf(10) ** -25, (v, x, defect)
    return [v, x, float(i), float(k), float(mpmath.exp(i1 - i)), float(mpmath.exp(k1 - k))]


def points():
    draw = random.Random(7)
    for v in (0, 0.25, 0.5, 1, 12.6):
        for x in (1e-10, 1e-3, 0.4, 1, 7.5, 19.5, 29.9):
            yield v, x
    # mpmath 1.2.1 is wrong at these.
    yield 185.3508, 125.2397
    yield 144.2715, 93.6775
    # Within the fallback, around every boundary of the regions, in the square of the benchmark, everywhere.
    for _ in range(60):
        yield draw.uniform(0, 20), draw.uniform(0.01, 36)
    for _ in range(20):
        yield 10 ** draw.uniform(-12, 0), 10 ** draw.uniform(-14, -8)
    for edge in (0.3, 0.46, 0.6, 0.7, 3.05, 3.1, 12.6964, 15.3919, 20.1534, 56.9971, 163.6993):
        for side in (-1e-9, 1e-9):
            yield edge + side, 10 ** draw.uniform(-1, 4)
    for edge in (19.6931, 30, 35.9074, 59.6925, 84.4153, 274.2377, 1400):
        for side in (-1e-9, 1e-9):
            yield 10 ** draw.uniform(-2, 3), edge + side
            yield draw.uniform(0, 4), edge + side
    # Around the zero of log I and log K at large orders.
    for _ in range(60):
        v = 10 ** draw.uniform(1.1, 6)
        yield v, v * draw.uniform(0.6, 0.73)
    for _ in range(80):
        yield draw.uniform(0, 300), draw.uniform(0, 300)
    for _ in range(100):
        yield 10 ** draw.uniform(-3, 6), 10 ** draw.uniform(-3, 7)


print(
    json.dumps(
        {
            "made": f"python peers/mpmath_log_bessel.py, mpmath {mpmath.__version__}",
            "columns": ["v", "x", "log I_v(x)", "log K_v(x)", "I_(v+1)/I_v", "K_(v+1)/K_v"],
            "rows": [row(v, x) for v, x in points()],
        }
    )
)
