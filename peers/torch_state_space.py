"""Times what `ansatz bench linalg/diagonal-scan linalg/vandermonde linalg/state-space` times with PyTorch and NumPy on one thread, and prints JSON.

    python peers/torch_state_space.py
"""

import json
import os
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np
import torch

torch.set_num_threads(1)


def fastest(call, repetitions=5):
    best = float("inf")
    for _ in range(repetitions):
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    return best


def scan_by_steps(a, b):
    """One sample after the other, all sequences and states at once."""
    x = torch.empty_like(b)
    state = torch.zeros_like(b[:, 0])
    for k in range(b.shape[1]):
        state = a * state + b[:, k]
        x[:, k] = state
    return x


def scan_by_doubling(a, b):
    """Hillis and Steele: log2(length) passes over the whole."""
    x = b.clone()
    power, distance = a, 1
    while distance < b.shape[1]:
        shifted = torch.zeros_like(x)
        shifted[:, distance:] = x[:, :-distance]
        x = x + power * shifted
        power, distance = power * power, 2 * distance
    return x


def system(states):
    """Poles and input of the structured perturbation, share 0.1, of HiPPO-LegS: one of each pair."""
    b = np.sqrt(2 * np.arange(states) + 1)
    a = -np.tril(np.outer(b, b), -1) - np.diag(np.arange(states) + 1.0)
    values, vectors = np.linalg.eig(a + 0.05 * np.outer(b, b))
    kept = values.imag > 0
    return values[kept], np.linalg.solve(vectors, b)[kept]


def vandermonde(z, w, length):
    powers = torch.exp(z[..., None] * torch.arange(length, dtype=z.real.dtype))
    return (w[..., None] * powers).real.sum(1)


def cauchy(poles, b, c, g):
    """Spectrum of diagonal plus low rank: four Cauchy sums for each channel, which has frequencies g of its own, from both of each pair."""
    r = 1 / (g[..., None] - torch.cat([poles, poles.conj()]))
    full = torch.cat([b, b.conj()])
    readout = torch.cat([c, c.conj()], -1)
    sums = [(r * w).sum(-1) for w in ((readout * full)[:, None], readout[:, None], full, full * full.conj())]
    return sums[0] - sums[1] * sums[2] / (2 + sums[3])


def s4(x, z, w):
    length = x.shape[-1]
    kernel = 2 * vandermonde(z, w, length)
    return torch.fft.irfft(torch.fft.rfft(x, 2 * length) * torch.fft.rfft(kernel, 2 * length), 2 * length)[..., :length]


def main():
    results = {}
    for dtype in (torch.complex64, torch.complex128):
        for shape in ((8, 1024, 256), (1, 16384, 32)):
            a = 0.9 * torch.exp(1j * torch.rand(shape[-1])).to(dtype)
            b = torch.randn(shape, dtype=dtype)
            name = f"scan {list(shape)} {dtype}"
            results[f"{name}, torch by steps"] = fastest(lambda: scan_by_steps(a, b))
            results[f"{name}, torch by doubling"] = fastest(lambda: scan_by_doubling(a, b))
    poles, inputs = system(64)
    for dtype in (torch.complex64, torch.complex128):
        for rows, length in ((64, 1024), (1, 65536), (32, 1024)):
            z = (0.01 * torch.tensor(poles)).to(dtype).repeat(rows, 1)
            w = torch.tensor(inputs).to(dtype).repeat(rows, 1)
            results[f"vandermonde {rows} rows, {length} powers, {dtype}, torch"] = fastest(lambda: vandermonde(z, w, length))
    g = (200j * torch.tan(torch.pi * torch.arange(512, dtype=torch.float64) / 1024)).repeat(32, 1)
    c = torch.randn(32, 32, dtype=torch.complex128)
    results["spectra of diagonal plus low rank, 32 channels, 1024 samples, torch"] = fastest(
        lambda: cauchy(torch.tensor(poles), torch.tensor(inputs), c, g)
    )
    x = torch.randn(4, 32, 1024)
    z = (0.01 * torch.tensor(poles)).to(torch.complex64).repeat(32, 1)
    w = torch.randn(32, 32, dtype=torch.complex64)
    results["S4 by convolution, 4 sequences of 1024 samples, 32 channels, torch"] = fastest(lambda: s4(x, z, w))
    versions = {"torch": torch.__version__, "numpy": np.__version__}
    print(json.dumps({"versions": versions, "seconds": results}, indent=2))


if __name__ == "__main__":
    main()
