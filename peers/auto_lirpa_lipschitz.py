"""Times auto_LiRPA's local Lipschitz constants on the networks of `ansatz bench tensor/lipschitz-bounds`, one thread, and prints JSON.

auto_LiRPA's package on PyPI (0.3) has no Jacobians yet: put a checkout of github.com/Verified-Intelligence/auto_LiRPA on the path.

    PYTHONPATH=<checkout> OMP_NUM_THREADS=1 taskset -c 0 python peers/auto_lirpa_lipschitz.py
"""

import json
import time

import numpy as np
import torch
from auto_LiRPA import BoundedModule, BoundedTensor
from auto_LiRPA.jacobian import GradNorm, JacobianOP
from auto_LiRPA.perturbations import PerturbationLpNorm
from torch import nn

NETWORKS = [([4, 8, 8, 1], 0.1), ([16, 32, 32, 32, 4], 0.005), ([64, 100, 100, 10], 0.002)]
torch.set_num_threads(1)


def sine_network(widths, dtype):
    layers = []
    for k, (inputs, outputs) in enumerate(zip(widths, widths[1:])):
        i, j = np.arange(outputs)[:, None], np.arange(inputs)[None, :]
        phase = 1 + 12.9898 * (i + 1) + 78.233 * (j + 1) + 37.719 * (k + 1) + 0.7 * (i + 1) * (j + 1)
        layer = nn.Linear(inputs, outputs, dtype=dtype)
        layer.weight.data = torch.tensor(np.sin(phase) * np.sqrt(3 / inputs), dtype=dtype)
        layer.bias.data = torch.tensor(0.1 * np.cos(1 + 5.1 * np.arange(outputs) + k), dtype=dtype)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class Norm(nn.Module):
    """The sum of the absolute derivatives of one output."""

    def __init__(self, network):
        super().__init__()
        self.network = network
        self.norm = GradNorm(norm=1)

    def forward(self, x, mask):
        return self.norm(JacobianOP.apply(self.network(x).matmul(mask), x))


def module_of(network, center, output, outputs):
    # The selection is compiled in, so that every output has a module of its own.
    mask = torch.zeros(outputs, 1, dtype=center.dtype)
    mask[output] = 1
    options = {"verbosity": 0}
    return BoundedModule(Norm(network), (BoundedTensor(center), mask), bound_opts=options, device="cpu"), mask


def constant_of(modules, x):
    # optimize=False: linear bound propagation as `lipschitzBounds` has it by default.
    return max(
        module.compute_jacobian_bounds((x, mask), optimize=False, bound_lower=False)[1].item()
        for module, mask in modules
    )


rows = []
for widths, radius in NETWORKS:
    network = sine_network(widths, torch.float64)
    center = torch.full((1, widths[0]), 0.1, dtype=torch.float64)
    modules = [module_of(network, center, output, widths[-1]) for output in range(widths[-1])]
    x = BoundedTensor(center, PerturbationLpNorm(norm=np.inf, eps=radius))
    constant = constant_of(modules, x)
    times = []
    for _ in range(5):
        start = time.perf_counter()
        constant_of(modules, x)
        times.append(time.perf_counter() - start)
    rows.append({"widths": widths, "radius": radius, "constant": constant, "milliseconds": 1e3 * min(times)})
print(json.dumps({"torch": torch.__version__, "threads": 1, "dtype": "float64", "networks": rows}, indent=1))
