"""Times 20 steps of diffusers' DPM-Solver++(2M) on PyTorch's CPU against this project's, both with a network that does nothing, and prints JSON with the ratios.

    pip install diffusers torch
    python peers/diffusers_speed.py

Node 24 must be on the PATH. The fastest of 20 repetitions counts on either side, latents in float32.
"""

import json
import platform
import subprocess
import time
from pathlib import Path

import diffusers
import torch

STEPS = 20
ROOT = Path(__file__).resolve().parent.parent


def seconds_of(shape):
    scheduler = diffusers.DPMSolverMultistepScheduler(beta_schedule="scaled_linear", beta_start=0.00085, beta_end=0.012)
    noise = torch.randn(shape)
    best = float("inf")
    for _ in range(20):
        start = time.perf_counter()
        scheduler.set_timesteps(STEPS)
        x = noise
        for t in scheduler.timesteps:
            x = scheduler.step(x, t, x).prev_sample
        best = min(best, time.perf_counter() - start)
    return best


def main():
    command = ["node", "--conditions=ansatz-source", ROOT / "peers/sampling-speed.ts"]
    ours = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
    with torch.no_grad():
        rows = [
            {"shape": each["shape"], "seconds": each["seconds"], "diffusersSeconds": seconds_of(each["shape"])}
            for each in ours["results"]
        ]
    for row in rows:
        row["ratio"] = row["diffusersSeconds"] / row["seconds"]
    versions = {"diffusers": diffusers.__version__, "torch": torch.__version__, "python": platform.python_version()}
    print(json.dumps({**versions, "node": ours["node"], "threads": ours["threads"], "torchThreads": torch.get_num_threads(), "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
