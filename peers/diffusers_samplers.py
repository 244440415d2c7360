"""Golden values of diffusers' schedulers and of the papers' own code.

A denoiser in closed form (three Gaussians in two dimensions, at the noise levels of a discrete table) is sampled from with each scheduler, and its configuration,
labels and results are printed as JSON: packages/diffusion/src/diffusers-config/golden.json.

    pip install diffusers torch
    python peers/diffusers_samplers.py > packages/diffusion/src/diffusers-config/golden.json
"""

import json
import sys

import diffusers
import numpy
import torch

WEIGHTS = torch.tensor([0.2, 0.5, 0.3], dtype=torch.float64)
MEANS = torch.tensor([[2.0, 0.0], [-1.0, 1.5], [-0.5, -2.0]], dtype=torch.float64)
VARIANCES = torch.tensor([0.04, 0.09, 0.16], dtype=torch.float64)
NOISE = torch.tensor([[0.7, -1.3], [2.0, 0.1]], dtype=torch.float64)


def noise_of(x, alpha_squared):
    """E[noise | x] of the mixture."""
    alpha, sigma = alpha_squared**0.5, (1 - alpha_squared) ** 0.5
    variance = alpha**2 * VARIANCES + sigma**2
    difference = x.reshape(-1, 1, 2) - alpha * MEANS
    logits = WEIGHTS.log() - (difference**2).sum(-1) / (2 * variance) - variance.log()
    shares = torch.softmax(logits, dim=1)
    return sigma * (shares[:, :, None] * difference / variance[:, None]).sum(1).reshape(x.shape)


def predict(kind, x, alpha_squared):
    alpha, sigma = alpha_squared**0.5, (1 - alpha_squared) ** 0.5
    noise = noise_of(x, alpha_squared)
    data = (x - sigma * noise) / alpha
    return {"epsilon": noise, "sample": data, "v_prediction": alpha * noise - sigma * data}[kind]


def alpha_squared_of(scheduler, label):
    """Of a label, which may lie between two whole ones: ln(alpha) is linear there."""
    table = scheduler.alphas_cumprod.double().log()
    low = min(int(label), len(table) - 2)
    return torch.lerp(table[low], table[low + 1], float(label) - low).exp()


# Schedulers whose states are those of a process that only adds noise.
SCALED = ("EulerDiscreteScheduler", "HeunDiscreteScheduler", "KDPM2DiscreteScheduler")


def run(name, steps, **settings):
    scheduler = getattr(diffusers, name)(**settings)
    scheduler.set_timesteps(steps)
    kind = scheduler.config.prediction_type
    # Images of one pixel: thresholding wants channels, rows and columns.
    x = NOISE.clone().reshape(2, 2, 1, 1)
    if name in SCALED:
        x = x * scheduler.sigmas[0].double().pow(2).add(1).sqrt()
    for t in scheduler.timesteps:
        seen = scheduler.scale_model_input(x, t) if name in SCALED else x
        output = predict(kind, seen.double(), alpha_squared_of(scheduler, t))
        x = scheduler.step(output, t, x).prev_sample.double()
    return {
        "config": scheduler.to_json_string(),
        "steps": steps,
        "labels": [float(t) for t in scheduler.timesteps],
        "result": x.flatten().tolist(),
    }


LATENT = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}


def cases():
    yield run("DDIMScheduler", 10, **LATENT, clip_sample=False, set_alpha_to_one=False, steps_offset=1)
    yield run("DDIMScheduler", 8, clip_sample=False, timestep_spacing="trailing", prediction_type="v_prediction")
    yield run("EulerDiscreteScheduler", 10, **LATENT, timestep_spacing="leading", steps_offset=1)
    yield run("EulerDiscreteScheduler", 8, **LATENT, timestep_spacing="trailing", prediction_type="v_prediction")
    yield run("DPMSolverMultistepScheduler", 10, **LATENT)
    yield run("DPMSolverMultistepScheduler", 20, **LATENT, solver_type="heun", timestep_spacing="leading", steps_offset=1)
    yield run("DPMSolverMultistepScheduler", 20, **LATENT, solver_order=3, timestep_spacing="trailing")
    yield run("DPMSolverMultistepScheduler", 10, final_sigmas_type="sigma_min", solver_order=3, prediction_type="sample")
    yield run("DPMSolverMultistepScheduler", 10, algorithm_type="dpmsolver", final_sigmas_type="sigma_min")
    yield run("DPMSolverMultistepScheduler", 12, beta_schedule="squaredcos_cap_v2", lambda_min_clipped=-5.1)
    yield run("DPMSolverMultistepScheduler", 10, **LATENT, thresholding=True)
    yield run("DPMSolverSinglestepScheduler", 10, **LATENT)
    yield run("DPMSolverSinglestepScheduler", 9, **LATENT, solver_order=3)
    yield run("DPMSolverSinglestepScheduler", 12, algorithm_type="dpmsolver", final_sigmas_type="sigma_min", solver_order=3)
    yield run("UniPCMultistepScheduler", 10, **LATENT)
    yield run("UniPCMultistepScheduler", 10, **LATENT, solver_order=3, solver_type="bh2", timestep_spacing="trailing")
    yield run("UniPCMultistepScheduler", 8, **LATENT, solver_type="bh1", disable_corrector=[1, 2], final_sigmas_type="sigma_min")
    yield run("DEISMultistepScheduler", 8, **LATENT, solver_order=1)
    yield run("DEISMultistepScheduler", 10, **LATENT)
    yield run("DEISMultistepScheduler", 20, **LATENT, solver_order=3, timestep_spacing="trailing")
    yield run("DEISMultistepScheduler", 10, **LATENT, solver_order=3, use_karras_sigmas=True)
    yield run("EulerDiscreteScheduler", 8, **LATENT)
    yield run("EulerDiscreteScheduler", 10, **LATENT, use_karras_sigmas=True)
    yield run("EulerDiscreteScheduler", 9, **LATENT, use_exponential_sigmas=True, timestep_spacing="leading", steps_offset=1)
    yield run("HeunDiscreteScheduler", 8)
    yield run("HeunDiscreteScheduler", 10, timestep_spacing="trailing", prediction_type="v_prediction")
    yield run("HeunDiscreteScheduler", 10, use_karras_sigmas=True, timestep_spacing="leading", steps_offset=1)
    yield run("KDPM2DiscreteScheduler", 10)
    yield run("KDPM2DiscreteScheduler", 8, timestep_spacing="leading", steps_offset=1, prediction_type="v_prediction")
    yield run("KDPM2DiscreteScheduler", 8, timestep_spacing="trailing", use_exponential_sigmas=True)
    yield run("PNDMScheduler", 10, **LATENT, skip_prk_steps=True, steps_offset=1)
    yield run("PNDMScheduler", 25, skip_prk_steps=True)
    yield run("PNDMScheduler", 10, **LATENT, steps_offset=1)
    yield run("PNDMScheduler", 20, timestep_spacing="trailing")
    yield run("DPMSolverMultistepScheduler", 10, **LATENT, use_karras_sigmas=True)
    yield run("DPMSolverMultistepScheduler", 20, **LATENT, use_karras_sigmas=True, solver_order=3, prediction_type="v_prediction")
    yield run("DPMSolverMultistepScheduler", 12, **LATENT, use_lu_lambdas=True, final_sigmas_type="sigma_min")
    yield run("DPMSolverMultistepScheduler", 10, **LATENT, solver_order=3, timestep_spacing="leading", steps_offset=1)
    yield run("DPMSolverSinglestepScheduler", 10, **LATENT, use_karras_sigmas=True)
    yield run("UniPCMultistepScheduler", 10, **LATENT, use_karras_sigmas=True)
    yield run("UniPCMultistepScheduler", 9, **LATENT, use_karras_sigmas=True, solver_order=3)


if __name__ == "__main__":
    print(
        json.dumps(
            {
                "madeBy": f"peers/diffusers_samplers.py with diffusers {diffusers.__version__}, torch {torch.__version__.split('+')[0]}, numpy {numpy.__version__}",
                "noise": NOISE.flatten().tolist(),
                "cases": list(cases()),
            },
            indent=1,
        )
    )
    print(f"diffusers {diffusers.__version__}", file=sys.stderr)
