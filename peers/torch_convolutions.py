"""Writes packages/tensor/src/kernels/convolution/torch.json: convolutions of small inputs, for the tests.

python peers/torch_convolutions.py > packages/tensor/src/kernels/convolution/torch.json
"""

import json
import math

import torch
import torch.nn.functional as F

CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}

CASES = [
    ("convolution", [2, 3, 8], [4, 3, 3], {}),
    ("convolution", [1, 4, 6, 7], [2, 2, 3, 2], {"stride": [2, 1], "padding": [1, 2], "groups": 2}),
    ("convolution", [1, 3, 7, 6], [3, 1, 2, 3], {"dilation": [3, 1], "groups": 3}),
    ("convolution", [1, 2, 4, 5, 4], [2, 2, 2, 3, 2], {"stride": [1, 2, 1], "padding": [1, 0, 1]}),
    ("transposed", [2, 3, 4], [3, 2, 3], {"stride": [2], "padding": [1], "outputPadding": [1]}),
    ("transposed", [1, 4, 3, 4], [4, 1, 3, 2], {"stride": [2, 3], "dilation": [2, 1], "groups": 2}),
    ("transposed", [1, 2, 2, 3, 2], [2, 2, 2, 2, 3], {"stride": [2, 1, 2], "padding": [0, 1, 1]}),
]


def waves(shape, start):
    count = math.prod(shape)
    values = [round(math.sin(1.3 * k + start), 6) for k in range(count)]
    return torch.tensor(values, dtype=torch.float64).reshape(shape), values


cases = []
for operation, shape, filter_shape, options in CASES:
    x, x_values = waves(shape, 1)
    filters, filter_values = waves(filter_shape, 2)
    functions = CONVOLUTIONS if operation == "convolution" else TRANSPOSED
    settings = {"output_padding" if name == "outputPadding" else name: value for name, value in options.items()}
    result = functions[len(shape) - 2](x, filters, **settings)
    cases.append(
        {
            "name": f"{operation} of {shape} with {filter_shape}, {options}",
            "operation": operation,
            "x": {"shape": shape, "values": x_values},
            "filter": {"shape": filter_shape, "values": filter_values},
            "options": options,
            "shape": list(result.shape),
            "values": [float(f"{value:.9g}") for value in result.flatten().tolist()],
        }
    )
made = f"python peers/torch_convolutions.py, torch {torch.__version__}, float64"
print(json.dumps({"made": made, "cases": cases}))
