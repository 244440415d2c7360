"""Writes packages/tensor/src/layers/torch.json: results of layers at given parameters, for the tests.

python peers/torch_layers.py > packages/tensor/src/layers/torch.json
"""

import json
import math

import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}
count = 0


def waves(shape, scale=1.0, offset=0.0):
    """Numbers as irregular as random ones, with few digits; other ones at every call."""
    global count
    count += 1
    values = [round(offset + scale * math.sin(1.3 * k + 2.1 * count), 4) for k in range(math.prod(shape))]
    return torch.tensor(values).reshape(shape)


def affine(*shape):
    return {"weights": waves(list(shape), 0.5), "bias": waves([shape[0]], 0.3)}


def norm(*shape):
    return {"scale": waves(list(shape), 0.5, 1.0), "shift": waves(list(shape), 0.3)}


def running(channels):
    return {"mean": waves([channels], 0.3), "variance": waves([channels], 0.4, 1.0)}


def linear(p, x):
    return F.linear(x, p["weights"], p.get("bias"))


def mlp(layers, x, activation):
    for p in layers[:-1]:
        x = activation(linear(p, x))
    return linear(layers[-1], x)


def convolve(p, x, **options):
    return CONVOLUTIONS[x.dim() - 2](x, p["weights"], p.get("bias"), **options)


def group_norm(p, x, groups):
    return F.group_norm(x, groups, p["scale"], p["shift"])


def batch_norm(p, x, state, training=False):
    return F.batch_norm(x, state["mean"], state["variance"], p["scale"], p["shift"], training)


def heads(p, x, context, count, **options):
    width = x.shape[-1]
    layer = torch.nn.MultiheadAttention(width, count, batch_first=True, kdim=context.shape[-1], vdim=context.shape[-1])
    parts = [p[name]["weights"] for name in ("query", "key", "value")]
    state = {"out_proj.weight": p["output"]["weights"], "out_proj.bias": p["output"]["bias"]}
    state["in_proj_bias"] = torch.cat([p[name]["bias"] for name in ("query", "key", "value")])
    if context.shape[-1] == width:
        state["in_proj_weight"] = torch.cat(parts)
    else:
        state.update(zip(["q_proj_weight", "k_proj_weight", "v_proj_weight"], parts))
    layer.load_state_dict(state)
    return layer(x, context, context, need_weights=False, **options)[0]


def linear_attention(q, k, v, features):
    q, k = features(q), features(k)
    return (q @ (k.mT @ v)) / (q @ k.sum(-2).unsqueeze(-1))


def residual(p, x, groups, embedding=None):
    norms, layers = p["norms"], p["layers"]
    h = convolve(layers["first"], F.silu(group_norm(norms["first"], x, groups)), padding=1)
    if embedding is not None:
        shift = linear(layers["embedding"], F.silu(embedding))
        h = h + shift.reshape(*shift.shape, *[1] * (x.dim() - 2))
    h = convolve(layers["second"], F.silu(group_norm(norms["second"], h, groups)), padding=1)
    return (convolve(layers["skip"], x) if "skip" in layers else x) + h


def residual_parameters(inputs, outputs, rank, embedding=0):
    layers = {"first": affine(outputs, inputs, *[3] * rank), "second": affine(outputs, outputs, *[3] * rank)}
    if inputs != outputs:
        layers["skip"] = affine(outputs, inputs, *[1] * rank)
    if embedding:
        layers["embedding"] = affine(outputs, embedding)
    return {"norms": {"first": norm(inputs), "second": norm(outputs)}, "layers": layers}


def resnet(p, x, stride, normalise):
    part = lambda name, h, **options: normalise(name, convolve(p["convolutions"][name], h, **options))
    h = part("second", torch.relu(part("first", x, stride=stride, padding=1)), padding=1)
    return torch.relu((part("skip", x, stride=stride) if "skip" in p["convolutions"] else x) + h)


def unet(p, x, groups):
    h, skips = convolve(p["stem"], x, padding=1), []
    for level in p["down"]:
        skips.append(residual(level["block"], h, groups))
        h = convolve(level["half"], skips[-1], stride=2, padding=1)
    h = residual(p["middle"], h, groups)
    for level, skip in reversed(list(zip(p["up"], skips))):
        h = residual(level, torch.cat([F.interpolate(h, skip.shape[2:], mode="nearest"), skip], 1), groups)
    return convolve(p["head"], F.silu(group_norm(p["norm"], h, groups)), padding=1)


def spectral(p, x, modes):
    axes = list(range(2, x.dim()))
    spectrum = torch.fft.rfftn(x, dim=axes)
    weights = torch.complex(p["real"], p["imaginary"])
    out = torch.zeros(x.shape[0], weights.shape[2], *spectrum.shape[2:], dtype=spectrum.dtype)
    for corner in range(len(weights)):
        bits = [(corner >> (len(modes) - 2 - axis)) & 1 for axis in range(len(modes) - 1)] + [0]
        place = (slice(None), slice(None), *[slice(-m, None) if high else slice(0, m) for m, high in zip(modes, bits)])
        out[place] = torch.einsum("bi...,io...->bo...", spectrum[place], weights[corner])
    return torch.fft.irfftn(out, s=x.shape[2:], dim=axes)


def state_space(p, x, kind):
    poles = torch.complex(-torch.exp(p["logDecay"]), p["frequency"])
    step = torch.exp(p["logStep"])[:, None]
    z = poles * step
    if kind == "hold":
        factor, entry = torch.exp(z), (torch.exp(z) - 1) / poles
    else:
        factor, entry = (1 + z / 2) / (1 - z / 2), step / (1 - z / 2)
    output = torch.complex(p["outputReal"], p["outputImaginary"])
    state = torch.zeros(x.shape[0], *poles.shape, dtype=poles.dtype)
    results = []
    for k in range(x.shape[2]):
        state = factor * state + entry * x[:, :, k, None]
        results.append(2 * (output * state).real.sum(-1) + p["direct"] * x[:, :, k])
    return torch.stack(results, -1)


SOURCES, TARGETS = [0, 1, 2, 2, 3, 0], [1, 0, 0, 1, 1, 3]


def aggregate(x, nodes, kind):
    out = torch.zeros(nodes, x.shape[1]).index_add(0, torch.tensor(TARGETS), x)
    return out if kind == "sum" else out / torch.bincount(torch.tensor(TARGETS), minlength=nodes).clamp(min=1)[:, None]


def message_passing(p, nodes, features, kind, activation):
    ends = [nodes[SOURCES], nodes[TARGETS]]
    messages = mlp(p["message"], torch.cat([*ends, features], 1), activation)
    return mlp(p["update"], torch.cat([nodes, aggregate(messages, len(nodes), kind)], 1), activation)


def integral(p, values, points, queries, sees):
    given = torch.cat([points[SOURCES], queries[TARGETS], *([values[SOURCES]] if sees else [])], 1)
    return aggregate(mlp(p, given, F.gelu) * values[SOURCES], len(queries), "mean")


def sinusoidal(positions, width):
    angles = positions[..., None] * 10000 ** (-2 * torch.arange(width // 2) / width)
    return torch.stack([angles.sin(), angles.cos()], -1).reshape(*positions.shape, width)


cases = []


def case(name, parameters, inputs, run):
    cases.append((name, parameters, inputs, run(parameters, *inputs)))


case("dense, tanh", affine(5, 4), [waves([2, 3, 4])], lambda p, x: torch.tanh(linear(p, x)))
case("dense, no bias", {"weights": waves([2, 3])}, [waves([3])], linear)
case("mlp", [affine(4, 3), affine(4, 4), affine(2, 4)], [waves([3, 3])], lambda p, x: mlp(p, x, torch.tanh))
case("conv1d", affine(3, 2, 3), [waves([2, 2, 7])], lambda p, x: convolve(p, x, stride=2, padding=1))
case("conv2d, groups", affine(4, 1, 3, 2), [waves([1, 2, 4, 5])], lambda p, x: convolve(p, x, padding=1, groups=2))
case("conv3d", affine(2, 1, 2, 2, 2), [waves([1, 1, 3, 4, 3])], lambda p, x: convolve(p, x, dilation=2))
case("layerNorm", norm(4), [waves([2, 3, 4])], lambda p, x: F.layer_norm(x, [4], p["scale"], p["shift"]))
case("layerNorm, two axes", norm(3, 2), [waves([2, 3, 2])], lambda p, x: F.layer_norm(x, [3, 2], p["scale"], p["shift"]))
case("groupNorm", norm(4), [waves([2, 4, 3])], lambda p, x: group_norm(p, x, 2))
case("batchNorm", norm(3), [waves([2, 3, 4]), *running(3).values()], lambda p, x, m, v: batch_norm(p, x, {"mean": m, "variance": v}))

state = running(3)
before = {name: values.clone() for name, values in state.items()}
case("batchNorm, training", norm(3), [waves([2, 3, 4])], lambda p, x: batch_norm(p, x, state, True))
after = {"before": before, "after": state}

case("embedding", {"table": waves([5, 3])}, [], lambda p: F.embedding(torch.tensor([[4, 0], [2, 2]]), p["table"]))
attention = lambda context=4: {"query": affine(4, 4), "key": affine(4, context), "value": affine(4, context), "output": affine(4, 4)}
case("multiHeadAttention", attention(), [waves([2, 3, 4])], lambda p, x: heads(p, x, x, 2))
causal = torch.triu(torch.ones(3, 3, dtype=torch.bool), 1)
case("multiHeadAttention, causal", attention(), [waves([2, 3, 4])], lambda p, x: heads(p, x, x, 2, attn_mask=causal))
case("multiHeadAttention, cross", attention(3), [waves([2, 3, 4]), waves([2, 2, 3])], lambda p, x, c: heads(p, x, c, 2))
for features, function in {"elu": lambda x: F.elu(x) + 1, "softmax": lambda x: F.softmax(x, -1)}.items():
    case(f"linearAttention, {features}", {}, [waves([2, 3, 4]), waves([2, 5, 4]), waves([2, 5, 3])], lambda p, q, k, v: linear_attention(q, k, v, function))
case("sinusoidalEmbedding", {}, [waves([3], 20)], lambda p, x: sinusoidal(x, 6))
case("lowRankAdapter", {"down": waves([2, 4]), "up": waves([3, 2])}, [waves([2, 4])], lambda p, x: 2 * x @ p["down"].mT @ p["up"].mT)
case("residualBlock", residual_parameters(2, 2, 1), [waves([2, 2, 5])], lambda p, x: residual(p, x, 1))
case("residualBlock, embedding", residual_parameters(2, 4, 2, 3), [waves([1, 2, 3, 2]), waves([1, 3])], lambda p, x, e: residual(p, x, 2, e))
block = {"norms": {name: norm(3) for name in ("first", "second", "skip")}, "convolutions": {"first": {"weights": waves([3, 2, 3, 3])}, "second": {"weights": waves([3, 3, 3, 3])}, "skip": {"weights": waves([3, 2, 1, 1])}}}
case("resNetBlock, training", block, [waves([2, 2, 3, 3])], lambda p, x: resnet(p, x, 2, lambda name, h: batch_norm(p["norms"][name], h, running(3), True)))
unet_parameters = {
    "stem": affine(2, 1, 3),
    "down": [{"block": residual_parameters(2, 2, 1), "half": affine(2, 2, 3)}, {"block": residual_parameters(2, 3, 1), "half": affine(3, 3, 3)}],
    "middle": residual_parameters(3, 4, 1),
    "up": [residual_parameters(3 + 2, 2, 1), residual_parameters(4 + 3, 3, 1)],
    "norm": norm(2),
    "head": affine(1, 2, 3),
}
case("unet", unet_parameters, [waves([1, 1, 7])], lambda p, x: unet(p, x, 1))
for shape, modes in [([2, 2, 8], [3]), ([1, 2, 6, 5], [2, 3]), ([1, 1, 4, 5, 6], [2, 1, 3])]:
    weights = [2 ** (len(modes) - 1), shape[1], 2, *modes]
    case(f"spectralConvolution, {len(modes)}", {"real": waves(weights), "imaginary": waves(weights)}, [waves(shape)], lambda p, x: spectral(p, x, modes))
for kind in ("hold", "bilinear"):
    names = {"logDecay": [2, 3], "frequency": [2, 3], "outputReal": [2, 3], "outputImaginary": [2, 3], "direct": [2], "logStep": [2]}
    case(f"diagonalStateSpace, {kind}", {name: waves(shape) for name, shape in names.items()}, [waves([2, 2, 5])], lambda p, x: state_space(p, x, kind))
case("messagePassing", {"message": [affine(3, 5), affine(2, 3)], "update": [affine(3, 4), affine(2, 3)]}, [waves([4, 2]), waves([6, 1])], lambda p, x, e: message_passing(p, x, e, "sum", torch.tanh))
case("integralTransform", [affine(3, 2), affine(2, 3)], [waves([4, 2]), waves([4, 1]), waves([5, 1])], lambda p, *x: integral(p, *x, False))
case("integralTransform, seeing values", [affine(3, 4), affine(2, 3)], [waves([4, 2]), waves([4, 1]), waves([5, 1])], lambda p, *x: integral(p, *x, True))


def flat(tree, path=""):
    if torch.is_tensor(tree):
        return {path: packed(tree)}
    pairs = enumerate(tree) if isinstance(tree, list) else tree.items()
    return {name: each for key, branch in pairs for name, each in flat(branch, f"{path}.{key}" if path else f"{key}").items()}


def packed(x):
    return {"shape": list(x.shape), "values": [float(f"{value:.10g}") for value in x.flatten().tolist()]}


print(
    json.dumps(
        {
            "made": f"python peers/torch_layers.py, torch {torch.__version__}, float64",
            "batchNormState": {name: {each: packed(values) for each, values in state.items()} for name, state in after.items()},
            "cases": [
                {"name": name, "parameters": flat(parameters), "inputs": [packed(x) for x in inputs], "output": packed(output)}
                for name, parameters, inputs, output in cases
            ],
        }
    )
)
