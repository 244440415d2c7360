"""Times training steps of a light Schrödinger bridge in PyTorch on the CPU, the loss and its gradients by autograd, and prints JSON.

    python peers/torch_light_bridge.py --threads 1

Diagonal covariances, as benchmark ot/light-bridge: K components in D dimensions, batches of 128, ε = 1, Adam.
"""

import argparse
import json
import math
import platform
import time

import torch

CASES = [(50, 2), (50, 64), (500, 2)]
BATCH = 128


class Potential(torch.nn.Module):
    def __init__(self, centers, epsilon, initial_variance=0.1):
        super().__init__()
        components, dimension = centers.shape
        self.epsilon = epsilon
        self.scaled_weights = torch.nn.Parameter(torch.full((components,), epsilon * math.log(1 / components), dtype=centers.dtype))
        self.centers = torch.nn.Parameter(centers.clone())
        self.log_variances = torch.nn.Parameter(torch.full((components, dimension), math.log(initial_variance), dtype=centers.dtype))

    def log_normalizer(self, x):
        s = self.log_variances.exp()
        exponents = (x.square() @ s.T + 2 * x @ self.centers.T) / (2 * self.epsilon)
        return torch.logsumexp(self.scaled_weights / self.epsilon + exponents, 1)

    def log_potential(self, y):
        variance = self.epsilon * self.log_variances.exp()
        square = ((y[:, None, :] - self.centers).square() / variance).sum(2)
        log_norm = (2 * math.pi * variance).log().sum(1)
        return torch.logsumexp(self.scaled_weights / self.epsilon - 0.5 * (square + log_norm), 1)


def steps_per_second(components, dimension, dtype, seconds):
    generator = torch.Generator().manual_seed(0)
    source = torch.randn(10_000, dimension, generator=generator, dtype=dtype)
    target = torch.randn(10_000, dimension, generator=generator, dtype=dtype)
    model = Potential(target[:components], 1.0)
    optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)

    def step():
        x = source[torch.randint(len(source), (BATCH,), generator=generator)]
        y = target[torch.randint(len(target), (BATCH,), generator=generator)]
        optimiser.zero_grad()
        loss = model.log_normalizer(x).mean() - model.log_potential(y).mean()
        loss.backward()
        optimiser.step()
        return loss.item()

    for _ in range(50):
        step()
    begin = time.perf_counter()
    count = 0
    while time.perf_counter() - begin < seconds:
        step()
        count += 1
    return count / (time.perf_counter() - begin)


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--seconds", type=float, default=3.0, help="per case")
    given = arguments.parse_args()
    torch.set_num_threads(given.threads)
    rows = [
        {"components": k, "dimension": d, "dtype": name, "stepsPerSecond": steps_per_second(k, d, dtype, given.seconds)}
        for k, d in CASES
        for name, dtype in (("float32", torch.float32), ("float64", torch.float64))
    ]
    print(json.dumps({"peer": "PyTorch", "version": torch.__version__, "python": platform.python_version(), "threads": given.threads, "cases": rows}))


if __name__ == "__main__":
    main()
