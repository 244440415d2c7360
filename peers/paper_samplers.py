"""Golden values of the papers' own code: DPM-Solver, DPM-Solver-v3, DEIS and PNDM.

A denoiser in closed form (three Gaussians in two dimensions) is sampled from with the code that the authors published, in float64, and the results are printed as JSON:
packages/diffusion/src/testing/published-code.json. The repositories are read where they were cloned; nothing of them is part of this project.

    pip install torch jax
    python peers/paper_samplers.py --dpm-solver DIR --dpm-solver-v3 DIR --deis DIR --pndm DIR

with clones of github.com/LuChengTHU/dpm-solver, thu-ml/DPM-Solver-v3, qsh-zh/deis and luping-liu/PNDM.
"""

import argparse
import contextlib
import json
import sys
import tempfile
from pathlib import Path

import jax
import numpy
import torch

jax.config.update("jax_enable_x64", True)
torch.set_default_dtype(torch.float64)
# The code of DPM-Solver-v3 wants a GPU, and single precision for times.
torch.Tensor.cuda = lambda self, *_: self
torch.FloatTensor = torch.DoubleTensor
torch.Tensor.float = lambda self: self

WEIGHTS = torch.tensor([0.2, 0.5, 0.3])
MEANS = torch.tensor([[2.0, 0.0], [-1.0, 1.5], [-0.5, -2.0]])
VARIANCES = torch.tensor([0.04, 0.09, 0.16])
NOISE = torch.tensor([[0.7, -1.3], [2.0, 0.1]])
END = 1e-3


def noise_of(x, alpha):
    """E[noise | x] of the mixture, for states of any shape with two numbers each."""
    sigma = (1 - alpha**2).sqrt()
    variance = alpha**2 * VARIANCES + sigma**2
    difference = x.reshape(-1, 1, 2) - alpha * MEANS
    logits = WEIGHTS.log() - (difference**2).sum(-1) / (2 * variance) - variance.log()
    shares = torch.softmax(logits, dim=1)
    return (sigma * (shares[:, :, None] * difference / variance[:, None]).sum(1)).reshape(x.shape)


def linear_alpha(t):
    return torch.exp(-((20 - 0.1) * t**2) / 4 - 0.1 * t / 2)


def entry(code, settings, result):
    return {"code": code, "settings": settings, "result": result.flatten().tolist()}


def dpm_solver(directory):
    sys.path.insert(0, directory)
    import dpm_solver_pytorch as code

    schedule = code.NoiseScheduleVP("linear")
    model = lambda x, t: noise_of(x, linear_alpha(t.flatten()[0]))
    for algorithm, method, order, skip, steps, kind in [
        ("dpmsolver", "singlestep", 1, "logSNR", 10, "dpmsolver"),
        ("dpmsolver", "singlestep", 2, "logSNR", 11, "dpmsolver"),
        ("dpmsolver", "singlestep", 3, "logSNR", 15, "dpmsolver"),
        ("dpmsolver", "singlestep", 3, "logSNR", 10, "taylor"),
        ("dpmsolver", "singlestep", 3, "time_uniform", 20, "dpmsolver"),
        ("dpmsolver", "singlestep", 2, "time_quadratic", 10, "dpmsolver"),
        ("dpmsolver++", "singlestep", 3, "logSNR", 15, "dpmsolver"),
        ("dpmsolver++", "singlestep", 2, "time_uniform", 12, "taylor"),
        ("dpmsolver++", "multistep", 2, "logSNR", 8, "dpmsolver"),
        ("dpmsolver++", "multistep", 2, "time_uniform", 20, "dpmsolver"),
        ("dpmsolver++", "multistep", 3, "logSNR", 9, "dpmsolver"),
        ("dpmsolver++", "multistep", 3, "time_uniform", 20, "dpmsolver"),
        ("dpmsolver", "multistep", 3, "logSNR", 20, "dpmsolver"),
        ("dpmsolver", "adaptive", 2, "logSNR", 20, "dpmsolver"),
        ("dpmsolver", "adaptive", 3, "logSNR", 20, "dpmsolver"),
    ]:
        solver = code.DPM_Solver(model, schedule, algorithm_type=algorithm)
        with contextlib.redirect_stdout(sys.stderr):
            x = solver.sample(NOISE.clone(), steps, t_start=1.0, t_end=END, order=order, skip_type=skip, method=method, solver_type=kind)
        names = ["algorithm", "method", "order", "skipType", "steps", "solverType"]
        yield entry("dpm-solver", dict(zip(names, [algorithm, method, order, skip, steps, kind])), x)


def curves(nodes):
    """Statistics in closed form, smooth and different for each dimension. Mirrored in published-code.test.ts."""
    place = numpy.arange(nodes + 1)[:, None] / nodes
    dimension = numpy.arange(2)[None, :]
    linear = 1 / (1 + numpy.exp(10 * place - 5 + dimension))
    scale = 0.3 * numpy.sin(3 * place + dimension) - 0.4
    bias = 0.2 * numpy.cos(5 * place - dimension)
    return tuple(each.reshape(nodes + 1, 2, 1, 1) for each in (linear, scale, bias))


def dpm_solver_v3(directory):
    sys.path.insert(0, str(Path(directory) / "codebases" / "edm" / "samplers"))
    import dpm_solver_v3 as code

    import dpm_solver_pytorch

    schedule = dpm_solver_pytorch.NoiseScheduleVP("linear")
    schedule.total_N = 1000
    model = lambda x, t: noise_of(x, linear_alpha(t.flatten()[0]))
    nodes = 240
    linear, scale, bias = curves(nodes)
    with tempfile.TemporaryDirectory() as folder:
        numpy.savez(f"{folder}/l.npz", l=linear)
        numpy.savez(f"{folder}/sb.npz", s=scale, b=bias)
        for steps, order, p_pseudo, corrector, c_pseudo in [
            (6, 1, False, False, False),
            (8, 2, False, True, True),
            (10, 3, False, True, True),
            (12, 3, True, True, False),
            (20, 3, False, False, False),
        ]:
            with contextlib.redirect_stdout(sys.stderr):
                solver = code.DPM_Solver_v3(folder, schedule, steps=steps, t_start=1.0, t_end=END, device="cpu")
                x = solver.sample(
                    model,
                    NOISE.clone().reshape(2, 2, 1, 1),
                    order=order,
                    p_pseudo=p_pseudo,
                    use_corrector=corrector,
                    c_pseudo=c_pseudo,
                    lower_order_final=True,
                    return_intermediate=False,
                )
            settings = {"nodes": nodes, "steps": steps, "order": order, "pseudoPredictor": p_pseudo}
            settings["corrector"] = ("pseudo" if c_pseudo else "full") if corrector else "none"
            yield entry("dpm-solver-v3", settings, x)


def deis(directory):
    # A name that newer versions of jax do not have, and these samplers do not use.
    jax._src.numpy.lax_numpy._promote_dtypes_inexact = None
    sys.path.insert(0, directory)
    import th_deis as code

    sde = code.VPSDE(*code.vpsde.get_linear_alpha_fns(0.1, 20.0), END, 1.0)
    model = lambda x, t: noise_of(x, linear_alpha(torch.as_tensor(t).flatten()[0]))
    for phase, power, steps, method, setting in [
        ("t", 2, 10, "rho_ab", 3),
        ("t", 2, 15, "rho_ab", 1),
        ("log", 1, 10, "rho_ab", 2),
        ("rho", 7, 8, "rho_rk", "2heun"),
        ("rho", 7, 6, "rho_rk", "3kutta"),
        ("t", 2, 6, "rho_rk", "3ral"),
        ("t", 2, 6, "rho_rk", "3heun"),
        ("t", 2, 6, "rho_rk", "3vdh"),
        ("t", 2, 6, "rho_rk", "3ssprk"),
        ("rho", 7, 6, "rho_rk", "4rk"),
        ("t", 1, 12, "ipndm", 3),
    ]:
        choice = {"ab_order": setting} if method != "rho_rk" else {"rk_method": setting}
        sampler = code.get_sampler(sde, model, phase, power, steps, method=method, **choice)
        settings = {"phase": phase, "power": power, "steps": steps, "method": method, "choice": setting}
        yield entry("deis", settings, sampler(NOISE.clone()))


def pndm(directory):
    sys.path.insert(0, directory)
    from runner import method as code

    betas = torch.from_numpy(numpy.linspace(1e-4, 0.02, 1000))
    table = (1 - betas).cumprod(0)
    # As the denoiser of the entry that the code transfers with.
    model = lambda x, t: noise_of(x, table[t.flatten()[0].long() + 1].sqrt())
    for name, steps in [("DDIM", 10), ("S-PNDM", 10), ("F-PNDM", 20), ("F-PNDM", 15), ("FON", 20)]:
        step = {"DDIM": code.gen_order_1, "S-PNDM": code.gen_order_2, "F-PNDM": code.gen_order_4, "FON": code.gen_fon}[name]
        labels = list(range(0, 1000, 1000 // steps))
        following = [-1, *labels[:-1]]
        x, estimates = NOISE.clone().reshape(2, 2, 1, 1), []
        for label, after in zip(reversed(labels), reversed(following)):
            whole = lambda value: torch.full((2,), float(value))
            x = step(x, whole(label), whole(after), model, table, estimates)
        yield entry("pndm", {"method": name, "steps": steps, "firstLabel": labels[-1]}, x)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ["dpm-solver", "dpm-solver-v3", "deis", "pndm"]:
        parser.add_argument(f"--{name}", required=True)
    given = parser.parse_args()
    with torch.no_grad():
        cases = [
            *dpm_solver(given.dpm_solver),
            *dpm_solver_v3(given.dpm_solver_v3),
            *deis(given.deis),
            *pndm(given.pndm),
        ]
    made = f"peers/paper_samplers.py with torch {torch.__version__.split('+')[0]}, jax {jax.__version__}, numpy {numpy.__version__}"
    print(json.dumps({"madeBy": made, "noise": NOISE.flatten().tolist(), "cases": cases}, indent=1))
