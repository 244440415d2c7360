"""Times OTT-JAX's Sinkhorn (log domain, float64, compiled) on a problem written by compare-entropic.ts, and prints JSON."""

import time

import jax
import numpy
import ott
from entropic_problem import FEWEST_CALLS, Problem, arguments, report

jax.config.update("jax_enable_x64", True)

from ott.geometry import geometry
from ott.problems.linear import linear_problem
from ott.solvers.linear import sinkhorn

# The most sweeps that are compiled into one call; the error is looked at five times in between.
SWEEPS_PER_CALL = 100


def main():
    given = arguments(__doc__)
    problem = Problem(given.folder, given.inverse_regularization)
    costs, rows, columns = (jax.numpy.asarray(each) for each in (problem.costs, problem.rows, problem.columns))

    def sweeps(count):
        solver = sinkhorn.Sinkhorn(threshold=given.tolerance, max_iterations=count, inner_iterations=min(20, count))

        def run(costs, rows, columns, f, g):
            shape = geometry.Geometry(costs, epsilon=problem.regularization)
            out = solver(linear_problem.LinearProblem(shape, rows, columns), init=(f, g))
            return out.f, out.g, out.n_iters

        return jax.jit(run).lower(costs, rows, columns, rows, columns).compile()

    def plan_of(f, g):
        return numpy.exp((numpy.asarray(f)[:, None] + numpy.asarray(g)[None, :] - problem.costs) / problem.regularization)

    compiled = sweeps(SWEEPS_PER_CALL)
    f, g = jax.numpy.zeros_like(rows), jax.numpy.zeros_like(columns)
    history = []
    seconds = 0.0
    done = 0
    error = float("inf")
    while error > given.tolerance and (seconds < given.seconds or len(history) < FEWEST_CALLS):
        begin = time.perf_counter()
        f, g, iterations = compiled(costs, rows, columns, f, g)
        f.block_until_ready()
        seconds += time.perf_counter() - begin
        done += int(iterations)
        error = problem.marginal_error(plan_of(f, g))
        history.append((done, seconds, error))
        if int(iterations) < SWEEPS_PER_CALL and error > given.tolerance:
            # It takes the error of one side for that of both; rounding is then all that is left.
            break
    near_f, near_g, _ = sweeps(20)(costs, rows, columns, problem.x - problem.regularization, problem.y)
    versions = {"ott-jax": ott.__version__, "jax": jax.__version__}
    report("OTT-JAX Sinkhorn", versions, history, plan_of(f, g), problem, plan_of(near_f, near_g))


if __name__ == "__main__":
    main()
