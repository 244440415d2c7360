"""Times of PyTorch on the cases of packages/tensor/src/differentiation/networks.bench.ts, and on a convolution, a Fourier transform and a softmax of the README. Prints JSON.

python peers/torch_networks.py [threads]
"""

import json
import math
import statistics
import sys
import time

import torch

ROUNDS = 200
WARM_UP = 20


def network(inputs, dtype):
    torch.manual_seed(0)
    layers = [torch.nn.Linear(inputs, 64), torch.nn.Tanh(), torch.nn.Linear(64, 64), torch.nn.Tanh(), torch.nn.Linear(64, 1)]
    return torch.nn.Sequential(*layers).to(dtype)


def physics_informed_step(dtype):
    net = network(1, dtype)
    parameters = list(net.parameters())
    points = torch.linspace(0, 1, 1024, dtype=dtype).reshape(-1, 1)

    def step():
        x = points.clone().requires_grad_(True)
        u = net(x)
        (first,) = torch.autograd.grad(u.sum(), x, create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
        loss = ((second + math.pi**2 * u) ** 2).mean()
        return torch.autograd.grad(loss, parameters)

    return step


def gradient(dtype):
    net = network(3, dtype)
    parameters = list(net.parameters())
    x = torch.randn(256, 3, dtype=dtype)
    return lambda: torch.autograd.grad((net(x) ** 2).mean(), parameters)


def hessian_vector_product(dtype):
    net = network(3, dtype)
    parameters = list(net.parameters())
    direction = [torch.ones_like(each) for each in parameters]
    x = torch.randn(256, 3, dtype=dtype)

    def product():
        slopes = torch.autograd.grad((net(x) ** 2).mean(), parameters, create_graph=True)
        return torch.autograd.grad(slopes, parameters, grad_outputs=direction)

    return product


def convolution(kind):
    x = torch.randn(8, 64, 32, 32)
    w = torch.randn(64, 64, 3, 3)
    y = torch.randn(8, 64, 32, 32)
    if kind == "forward":
        return lambda: torch.nn.functional.conv2d(x, w, padding=1)
    if kind == "input gradient":
        return lambda: torch.nn.grad.conv2d_input(x.shape, w, y, padding=1)
    return lambda: torch.nn.grad.conv2d_weight(x, w.shape, y, padding=1)


def fft2():
    x = torch.randn(20, 64, 64, dtype=torch.complex64)
    return lambda: torch.fft.fft2(x)


def softmax():
    x = torch.randn(64, 65536)
    return lambda: torch.softmax(x, 1)


def milliseconds(work):
    for _ in range(WARM_UP):
        work()
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        times.append(1e3 * (time.perf_counter() - start))
    return round(statistics.median(times), 4)


torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
cases = {
    "physics-informed step float32": physics_informed_step(torch.float32),
    "physics-informed step float64": physics_informed_step(torch.float64),
    "gradient float32": gradient(torch.float32),
    "Hessian-vector product float32": hessian_vector_product(torch.float32),
    "conv2d 8×64×32×32, 3×3, 64→64, forward": convolution("forward"),
    "conv2d 8×64×32×32, 3×3, 64→64, input gradient": convolution("input gradient"),
    "conv2d 8×64×32×32, 3×3, 64→64, filter gradient": convolution("filter gradient"),
    "fft2 20×64×64 complex64": fft2(),
    "softmax 64×65536 float32": softmax(),
}
medians = {name: milliseconds(work) for name, work in cases.items()}
print(json.dumps({"torch": torch.__version__, "threads": torch.get_num_threads(), "milliseconds": medians}, indent=2, ensure_ascii=False))
