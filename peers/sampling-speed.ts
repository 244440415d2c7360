/**
 * Times this package's side of `peers/diffusers_speed.py` and prints JSON: 20 steps of DPM-Solver++(2M) with a network that answers with its input.
 *
 *     node --conditions=ansatz-source peers/sampling-speed.ts
 */
import { availableParallelism } from "node:os";
import { diffusersScheduler, sample } from "@ansatz/diffusion";
import { key, normal, openDevice, type Tensor } from "@ansatz/tensor";

const STEPS = 20;
const scheduler = diffusersScheduler({
  _class_name: "DPMSolverMultistepScheduler",
  beta_schedule: "scaled_linear",
  beta_start: 0.00085,
  beta_end: 0.012,
});

const results: { shape: number[]; seconds: number }[] = [];
for (const shape of [
  [1, 4],
  [1, 4, 64, 64],
  [8, 4, 64, 64],
  [64, 4, 64, 64],
]) {
  await using device = await openDevice("cpu");
  using noise = normal(key(0), shape, { device });
  const model = scheduler.model((x: Tensor) => x);
  const options = { ...scheduler.sampling(STEPS), noise };
  let seconds = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < 20; repetition++) {
    const start = performance.now();
    const { x } = await sample(model, options);
    seconds = Math.min(seconds, (performance.now() - start) / 1000);
    x.dispose();
  }
  results.push({ shape, seconds });
}
process.stdout.write(`${JSON.stringify({ node: process.version, threads: availableParallelism(), results })}\n`);
