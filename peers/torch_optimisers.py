"""Writes packages/tensor/src/optimisers/torch.json: twenty steps of PyTorch's optimisers on Rosenbrock's function, and learning rates of its schedules, for the tests.

python peers/torch_optimisers.py > packages/tensor/src/optimisers/torch.json
"""

import json
import warnings

import torch

warnings.simplefilter("ignore")
START = [-1.2, 1.0, 0.3]
STEPS = 20

OPTIMISERS = {
    "sgd": (torch.optim.SGD, {"learningRate": 1e-3}),
    "sgd, momentum": (torch.optim.SGD, {"learningRate": 1e-3, "momentum": 0.9, "weightDecay": 0.01}),
    "sgd, Nesterov": (torch.optim.SGD, {"learningRate": 1e-3, "momentum": 0.8, "nesterov": True}),
    "adam": (torch.optim.Adam, {"learningRate": 0.05}),
    "adam, coupled decay": (torch.optim.Adam, {"learningRate": 0.02, "weightDecay": 0.1, "firstDecay": 0.8, "secondDecay": 0.95}),
    "adam, AMSGrad": (torch.optim.Adam, {"learningRate": 0.05, "amsgrad": True, "secondDecay": 0.9}),
    "adamW": (torch.optim.AdamW, {"learningRate": 0.05, "weightDecay": 0.1}),
    "adamW, AMSGrad": (torch.optim.AdamW, {"learningRate": 0.05, "weightDecay": 0.1, "amsgrad": True}),
    "adamax": (torch.optim.Adamax, {"learningRate": 0.05, "weightDecay": 0.01}),
}
NAMES = {"learningRate": "lr", "weightDecay": "weight_decay"}


def loss_of(x):
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def run(kind, options):
    settings = {NAMES.get(name, name): value for name, value in options.items() if not name.endswith("Decay") or name == "weightDecay"}
    if "firstDecay" in options or "secondDecay" in options:
        settings["betas"] = (options.get("firstDecay", 0.9), options.get("secondDecay", 0.999))
    x = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimiser = kind([x], **settings)
    path = []
    for _ in range(STEPS):
        optimiser.zero_grad()
        loss_of(x).backward()
        optimiser.step()
        path.append(x.detach().tolist())
    return path


SCHEDULES = {
    "stepDecay": lambda optimiser: torch.optim.lr_scheduler.StepLR(optimiser, 7, 0.5),
    "exponentialDecay": lambda optimiser: torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.9),
    "cosineDecay": lambda optimiser: torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, STEPS, 0.01),
    "cosineRestarts": lambda optimiser: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimiser, 6, eta_min=0.01),
    "cosineRestarts, growing": lambda optimiser: torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimiser, 3, T_mult=2, eta_min=0.01),
    "oneCycle": lambda optimiser: torch.optim.lr_scheduler.OneCycleLR(optimiser, 0.1, total_steps=STEPS, cycle_momentum=False),
}


def rates(make):
    optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = make(optimiser)
    found = []
    for _ in range(STEPS):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return found


print(
    json.dumps(
        {
            "made": f"python peers/torch_optimisers.py, torch {torch.__version__}, float64",
            "start": START,
            "optimisers": {name: {"options": options, "path": run(kind, options)} for name, (kind, options) in OPTIMISERS.items()},
            "schedules": {name: rates(make) for name, make in SCHEDULES.items()},
        }
    )
)
