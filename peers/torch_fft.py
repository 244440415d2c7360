"""Times PyTorch's Fourier transforms at the sizes of `ansatz bench tensor/fft`, on one thread, and prints JSON.

    python peers/torch_fft.py
"""

import argparse
import json
import platform
import statistics
import time

import torch

CASES = [
    ("fft", [20, 64, 64], [1, 2], torch.complex64),
    ("fft", [20, 64, 64], [1, 2], torch.complex128),
    *(("fft", [length], [0], torch.complex64) for length in (1 << 10, 1000, 1009, 1 << 16, 1 << 20)),
    ("fft", [1 << 16], [0], torch.complex128),
    ("fft", [256, 1024], [1], torch.complex64),
    ("fft", [256, 1024], [0], torch.complex64),
    ("rfft", [64, 64, 64], [0, 1, 2], torch.float32),
    ("rfft", [64, 64, 64], [0, 1, 2], torch.float64),
    ("rfft", [1 << 20], [0], torch.float32),
]


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
    torch.set_num_threads(1)
    torch.manual_seed(0)
    cases = []
    for name, shape, axes, dtype in CASES:
        x = torch.randn(*shape, dtype=dtype)
        transform = torch.fft.rfftn if name == "rfft" else torch.fft.fftn
        durations = measure(lambda: transform(x, dim=axes), given.seconds)
        label = f"{name} {shape} over {', '.join(map(str, axes))} {str(dtype).removeprefix('torch.')}"
        cases.append(
            {
                "case": label,
                "medianSeconds": statistics.median(durations),
                "minimumSeconds": min(durations),
                "calls": len(durations),
            }
        )
    print(
        json.dumps(
            {
                "peer": "PyTorch",
                "version": torch.__version__,
                "python": platform.python_version(),
                "threads": torch.get_num_threads(),
                "cases": cases,
            }
        )
    )


if __name__ == "__main__":
    main()
