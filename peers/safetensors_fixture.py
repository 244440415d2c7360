"""Writes packages/tensor/src/safetensors/python.safetensors: one tensor of every dtype that is read, for the tests.

python peers/safetensors_fixture.py packages/tensor/src/safetensors/python.safetensors
"""

import sys

import torch
from safetensors.torch import save_file

tensors = {
    "layers.0.weight": torch.tensor([[1.5, -2.0, 3.25], [0.1, float("nan"), float("inf")]], dtype=torch.float32),
    "layers.0.bias": torch.tensor([1e-300, -0.1], dtype=torch.float64),
    "layers.1.weight": torch.tensor([[0.5]], dtype=torch.float32),
    "half": torch.tensor([1.0009765625, -65504.0, 6e-8, float("inf"), float("nan"), -0.0], dtype=torch.float16),
    "brain": torch.tensor([1.0078125, -3.0e38, 1e-40], dtype=torch.bfloat16),
    "counts": torch.tensor([-(2**31), 2**31 - 1], dtype=torch.int32),
    "steps": torch.tensor([7, -9], dtype=torch.int64),
    "shorts": torch.tensor([-32768, 300], dtype=torch.int16),
    "bytes": torch.tensor([0, 255], dtype=torch.uint8),
    "signs": torch.tensor([-128, 127], dtype=torch.int8),
    "words": torch.tensor([2**32 - 1, 5], dtype=torch.uint32),
    "mask": torch.tensor([True, False, True]),
    "spectrum": torch.tensor([1 + 2j, -0.5j], dtype=torch.complex64),
    "scalar": torch.tensor(4.0),
    "none": torch.zeros([0, 3]),
}
save_file(tensors, sys.argv[1], metadata={"format": "pt", "note": "ü"})
