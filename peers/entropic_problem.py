"""What peers of entropic transport share: the problem that compare-entropic.ts wrote, and what is said about a solution."""

import argparse
import json
import os
import platform

import numpy


# A rate of convergence cannot be told from fewer.
FEWEST_CALLS = 4


class Problem:
    """Costs, masses and regularization, and potentials of Ansatz's solution, P = exp((x + y - C) / regularization - 1)."""

    def __init__(self, folder, inverse_regularization):
        def read(name):
            return numpy.fromfile(os.path.join(folder, f"{name}.f64"), "<f8")

        self.rows = read("rowMarginal")
        self.columns = read("columnMarginal")
        self.costs = read("costMatrix").reshape(len(self.rows), len(self.columns))
        self.x = read("rowPotential")
        self.y = read("columnPotential")
        self.regularization = 1 / inverse_regularization

    def marginal_error(self, plan):
        return float(abs(plan.sum(1) - self.rows).sum() + abs(plan.sum(0) - self.columns).sum())

    def cost(self, plan):
        return float((plan * self.costs).sum())


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("folder", help="written by compare-entropic.ts")
    parser.add_argument("--inverse-regularization", type=float, required=True)
    parser.add_argument("--seconds", type=float, default=20.0, help="stop then, wherever it has got to")
    parser.add_argument("--tolerance", type=float, default=1e-10)
    return parser.parse_args()


def report(peer, versions, history, plan, problem, near):
    """`history` holds (sweeps, seconds, marginal error); `near` is the plan after some sweeps from Ansatz's potentials."""
    print(
        json.dumps(
            {
                "peer": peer,
                "versions": {**versions, "numpy": numpy.__version__, "python": platform.python_version()},
                "history": history,
                "marginalError": problem.marginal_error(plan),
                "transportCost": problem.cost(plan),
                "nearMarginalError": problem.marginal_error(near),
                "nearTransportCost": problem.cost(near),
            }
        )
    )
