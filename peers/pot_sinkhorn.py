"""Times POT's log-domain Sinkhorn on a random assignment written by random-assignment.ts, and prints JSON.

    python peers/pot_sinkhorn.py costs.bin --points 500 --inverse-regularization 1200 --sweeps 2000
"""

import argparse
import json
import platform
import time
import warnings

import numpy
import ot


def marginal_error(plan, mass):
    return float(abs(plan.sum(1) - mass).sum() + abs(plan.sum(0) - mass).sum())


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("costs", help="points² float32, row-major")
    arguments.add_argument("--points", type=int, default=500)
    arguments.add_argument("--inverse-regularization", type=float, default=1200.0)
    arguments.add_argument("--sweeps", type=int, default=2000)
    arguments.add_argument("--repetitions", type=int, default=1, help="the fastest is reported")
    given = arguments.parse_args()

    costs = numpy.fromfile(given.costs, "<f4").reshape(given.points, given.points).astype(numpy.float64)
    mass = numpy.full(given.points, 1 / given.points)
    seconds = float("inf")
    with warnings.catch_warnings():
        # That it has not converged is the point.
        warnings.simplefilter("ignore")
        for _ in range(given.repetitions):
            start = time.perf_counter()
            # POT's entropy is relative to the product of the marginals; with the same regularization the plan is the same.
            plan = ot.sinkhorn(
                mass,
                mass,
                costs,
                1 / given.inverse_regularization,
                method="sinkhorn_log",
                numItermax=given.sweeps,
                stopThr=0,
            )
            seconds = min(seconds, time.perf_counter() - start)
    print(
        json.dumps(
            {
                "peer": "POT sinkhorn_log",
                "version": ot.__version__,
                "numpy": numpy.__version__,
                "python": platform.python_version(),
                "points": given.points,
                "inverseRegularization": given.inverse_regularization,
                "sweeps": given.sweeps,
                "seconds": seconds,
                "secondsPerSweep": seconds / given.sweeps,
                "marginalError": marginal_error(plan, mass),
                "transportCost": float((plan * costs).sum()),
            }
        )
    )


if __name__ == "__main__":
    main()
