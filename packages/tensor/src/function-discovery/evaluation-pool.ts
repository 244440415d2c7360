import { TaskPool } from "../task-pool/index.ts";
import { type Candidate, type Evaluation, type EvaluationSettings, evaluationRunner } from "./candidate-evaluator.ts";

/** Candidates per message. */
const CHUNK = 8;

/** Evaluates candidates on as many threads as asked for, of which one thread means the calling one. Evaluations do not depend on the number of threads. */
export function evaluationPool(
  settings: EvaluationSettings,
  threads: number,
): TaskPool<EvaluationSettings, Candidate, Evaluation> {
  // TypeScript beside TypeScript, JavaScript beside JavaScript.
  const extension = import.meta.url.endsWith(".ts") ? "ts" : "js";
  const worker = new URL(`./evaluation-worker.${extension}`, import.meta.url);
  return new TaskPool({ worker, runner: evaluationRunner, settings, threads, chunk: CHUNK });
}
