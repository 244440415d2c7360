"""Writes packages/tensor/src/resampling/torch.json: poolings and interpolations of small inputs, for the tests.

python peers/torch_resampling.py > packages/tensor/src/resampling/torch.json
"""

import json
import math

import torch
import torch.nn.functional as F


def waves(shape):
    values = [round(math.sin(1.3 * k * k + 1), 6) for k in range(math.prod(shape))]
    return torch.tensor(values, dtype=torch.float64).reshape(shape), values


def interpolated(mode, align):
    return lambda x, extents: F.interpolate(x, size=extents, mode=mode, align_corners=align)


LINEAR = {3: "linear", 4: "bilinear", 5: "trilinear"}
cases = []


def add(operation, shape, argument, result, values):
    cases.append(
        {
            "name": f"{operation} of {shape}, {argument}",
            "operation": operation,
            "x": {"shape": shape, "values": values},
            "argument": argument,
            "shape": list(result.shape),
            "values": [float(f"{value:.9g}") for value in result.flatten().tolist()],
        }
    )


for shape, options in [
    ([2, 2, 7], {"window": 3, "stride": 2, "padding": 1}),
    ([1, 2, 6, 5], {"window": [2, 3], "stride": [2, 1], "padding": [1, 1]}),
    ([1, 1, 4, 4, 5], {"window": 2}),
]:
    x, values = waves(shape)
    rank = len(shape) - 2
    settings = {"kernel_size": options["window"], "stride": options.get("stride"), "padding": options.get("padding", 0)}
    add("maxPool", shape, options, getattr(F, f"max_pool{rank}d")(x, **settings), values)
    average = getattr(F, f"avg_pool{rank}d")
    add("averagePool", shape, {**options, "includePadding": True}, average(x, **settings, count_include_pad=True), values)
    add("averagePool", shape, {**options, "includePadding": False}, average(x, **settings, count_include_pad=False), values)

for shape, extents in [([1, 2, 5], [8]), ([1, 2, 4, 6], [7, 3]), ([2, 1, 2, 3, 4], [4, 3, 6]), ([1, 1, 3, 1], [1, 4])]:
    x, values = waves(shape)
    mode = LINEAR[len(shape)]
    add("resize", shape, {"extents": extents, "method": "nearest"}, F.interpolate(x, size=extents, mode="nearest"), values)
    for align in (False, True):
        argument = {"extents": extents, "method": "linear", "alignCorners": align}
        add("resize", shape, argument, F.interpolate(x, size=extents, mode=mode, align_corners=align), values)

x, values = waves([1, 8, 2, 3])
add("pixelShuffle", [1, 8, 2, 3], {"factor": 2}, F.pixel_shuffle(x, 2), values)
x, values = waves([1, 2, 4, 6])
add("pixelUnshuffle", [1, 2, 4, 6], {"factor": 2}, F.pixel_unshuffle(x, 2), values)

print(json.dumps({"made": f"python peers/torch_resampling.py, torch {torch.__version__}, float64", "cases": cases}))
