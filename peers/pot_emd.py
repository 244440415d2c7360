"""Solves unregularised transport problems with POT's network simplex (LEMON's), and prints JSON.

    python peers/pot_emd.py golden > packages/ot/src/exact-transport/pot-emd.json
    python peers/pot_emd.py time folder

`golden` writes the costs of 50 random problems as the tests draw them: every number comes from the 32-bit generator below, so that the problems need not be stored.
`time` times the problem that compare-exact.ts wrote to the folder.
"""

import argparse
import json
import os
import time

import numpy
import ot


class Generator:
    """x <- 1664525 x + 1013904223 mod 2^32, from 2654435761 (seed + 1) mod 2^32; numbers are x / 2^32."""

    def __init__(self, seed):
        self.state = 2654435761 * (seed + 1) % 2**32

    def next(self):
        self.state = (1664525 * self.state + 1013904223) % 2**32
        return self.state / 2**32

    def integer(self, below):
        return int(self.next() * below)


# The fastest of these is reported.
REPETITIONS = 3

KINDS = ["uniform masses", "unequal masses", "whole costs", "zero masses", "points"]


def draw(seed):
    """The problem of a seed; mirrored in packages/ot/src/exact-transport/pot-emd.test.ts."""
    random = Generator(seed)
    kind = KINDS[seed % 5]
    rows = 1 + random.integer(60)
    columns = rows if kind == "uniform masses" else 1 + random.integer(60)
    if kind == "points":
        x = [[random.next(), random.next()] for _ in range(rows)]
        y = [[random.next(), random.next()] for _ in range(columns)]
        costs = [[(p[0] - q[0]) * (p[0] - q[0]) + (p[1] - q[1]) * (p[1] - q[1]) for q in y] for p in x]
    else:
        number = (lambda: float(random.integer(8))) if kind == "whole costs" else random.next
        costs = [[number() for _ in range(columns)] for _ in range(rows)]

    def masses(count):
        if kind in ("uniform masses", "whole costs"):
            return [1 / count] * count
        drawn = [random.next() for _ in range(count)]
        if kind == "zero masses":
            drawn = [0.0 if index % 3 == 1 else mass for index, mass in enumerate(drawn)]
        total = 0.0
        for mass in drawn:
            total += mass
        return [mass / total for mass in drawn]

    return kind, numpy.array(costs), numpy.array(masses(rows)), numpy.array(masses(columns))


def golden():
    problems = []
    for seed in range(50):
        kind, costs, source, target = draw(seed)
        plan = ot.emd(source, target, costs, numItermax=1_000_000)
        problems.append({"seed": seed, "kind": kind, "shape": list(costs.shape), "cost": float((plan * costs).sum())})
    made = f"python peers/pot_emd.py golden, POT {ot.__version__}, NumPy {numpy.__version__}"
    return {"made": made, "problems": problems}


def write(golden):
    """One problem a line."""
    lines = ",\n".join("    " + json.dumps(problem) for problem in golden["problems"])
    print('{\n  "made": ' + json.dumps(golden["made"]) + ',\n  "problems": [\n' + lines + "\n  ]\n}")


def timing(folder):
    source, target, costs = (
        numpy.fromfile(os.path.join(folder, f"{name}.f64"), "<f8")
        for name in ("rowMarginal", "columnMarginal", "costMatrix")
    )
    costs = costs.reshape(len(source), len(target))
    seconds = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        plan = ot.emd(source, target, costs, numItermax=100_000_000)
        seconds.append(time.perf_counter() - start)
    cost = float((plan * costs).sum())
    return {"peer": "POT emd", "version": ot.__version__, "seconds": min(seconds), "transportCost": cost}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", choices=["golden", "time"])
    arguments.add_argument("folder", nargs="?", help="for time")
    given = arguments.parse_args()
    if given.what == "golden":
        write(golden())
    else:
        print(json.dumps(timing(given.folder)))


if __name__ == "__main__":
    main()
