"""Times POT's log-domain Sinkhorn on a problem written by compare-entropic.ts, and prints JSON."""

import time
import warnings

import numpy
import ot
from entropic_problem import FEWEST_CALLS, Problem, arguments, report

# POT looks at the error every tenth sweep, and makes the plan at the end of a call, as much work as a sweep.
SWEEPS_PER_CALL = 20


def sweeps(problem, count, start):
    plan, log = ot.bregman.sinkhorn_log(
        problem.rows,
        problem.columns,
        problem.costs,
        problem.regularization,
        numItermax=count,
        stopThr=0,
        log=True,
        warn=False,
        warmstart=start,
    )
    return plan, (log["log_u"], log["log_v"])


def main():
    given = arguments(__doc__)
    problem = Problem(given.folder, given.inverse_regularization)
    warnings.simplefilter("ignore")
    history = []
    state = None
    seconds = 0.0
    done = 0
    error = float("inf")
    plan = None
    while error > given.tolerance and (seconds < given.seconds or len(history) < FEWEST_CALLS):
        begin = time.perf_counter()
        plan, state = sweeps(problem, SWEEPS_PER_CALL, state)
        seconds += time.perf_counter() - begin
        done += SWEEPS_PER_CALL
        error = problem.marginal_error(plan)
        history.append((done, seconds, error))
    start = problem.x / problem.regularization - 1, problem.y / problem.regularization
    near, _ = sweeps(problem, 10, start)
    report("POT sinkhorn_log", {"POT": ot.__version__}, history, plan, problem, near)


if __name__ == "__main__":
    main()
