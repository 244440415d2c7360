"""Writes packages/tensor/src/optimisers/scipy.json: what SciPy and PyTorch need and find on Rosenbrock's function and on a fit of exponentials, for the tests.

python peers/scipy_minimisers.py > packages/tensor/src/optimisers/scipy.json
"""

import json

import numpy as np
import scipy
import torch
from scipy.optimize import least_squares, minimize, rosen, rosen_der

STARTS = {"2-D": [-1.2, 1.0], "10-D": [-1.2, 1.0] * 5}
TOLERANCE = 1e-8


def scipy_lbfgs(start):
    found = minimize(rosen, start, jac=rosen_der, method="L-BFGS-B", options={"gtol": TOLERANCE, "ftol": 0, "maxcor": 10})
    return {"iterations": int(found.nit), "evaluations": int(found.nfev), "gradient": float(np.abs(found.jac).max())}


def torch_lbfgs(start):
    x = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.LBFGS([x], max_iter=1000, history_size=10, tolerance_grad=TOLERANCE, tolerance_change=0, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()
        loss.backward()
        return loss

    optimiser.step(closure)
    closure()
    state = optimiser.state[x]
    return {"iterations": state["n_iter"], "evaluations": state["func_evals"], "gradient": float(x.grad.abs().max())}


def exponentials():
    times = np.linspace(0, 4, 40)
    truth = np.array([2.0, 0.4, 1.0, 3.0])
    values = truth[0] * np.exp(-truth[1] * times) + truth[2] * np.exp(-truth[3] * times) + 0.01 * np.sin(37 * np.arange(40))
    start = [1.0, 0.1, 1.5, 1.5]

    def residuals(p):
        return p[0] * np.exp(-p[1] * times) + p[2] * np.exp(-p[3] * times) - values

    def jacobian(p):
        first, second = np.exp(-p[1] * times), np.exp(-p[3] * times)
        return np.stack([first, -p[0] * times * first, second, -p[2] * times * second], axis=1)

    found = least_squares(residuals, start, jac=jacobian, method="trf", xtol=1e-15, ftol=1e-15, gtol=1e-12)
    return {
        "times": times.tolist(),
        "values": values.tolist(),
        "start": start,
        "solution": found.x.tolist(),
        "value": float(found.cost),
        "evaluations": int(found.nfev),
        "condition": float(np.linalg.cond(jacobian(found.x)) ** 2),
    }


print(
    json.dumps(
        {
            "made": f"python peers/scipy_minimisers.py, scipy {scipy.__version__}, torch {torch.__version__}, float64",
            "tolerance": TOLERANCE,
            "rosenbrock": {
                name: {"start": start, "scipy": scipy_lbfgs(start), "torch": torch_lbfgs(start)} for name, start in STARTS.items()
            },
            "exponentials": exponentials(),
        }
    )
)
