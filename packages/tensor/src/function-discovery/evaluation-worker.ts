import { type Candidate, CandidateEvaluator, type EvaluationSettings } from "./candidate-evaluator.ts";

/** What is sent to a worker: the settings once, then candidates. */
export type WorkerRequest = { readonly settings: EvaluationSettings } | { readonly candidates: readonly Candidate[] };

interface Port {
  postMessage(message: unknown): void;
  listen(receive: (request: WorkerRequest) => void): void;
}

const port = ownPort();
let evaluator: CandidateEvaluator | undefined;

port.listen((request) => {
  if ("settings" in request) evaluator = new CandidateEvaluator(request.settings);
  else port.postMessage(request.candidates.map((candidate) => evaluator!.evaluate(candidate)));
});

/** Node's thread or a browser's worker. */
function ownPort(): Port {
  const parent = globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort;
  if (parent)
    return {
      postMessage: (message) => parent.postMessage(message),
      listen: (receive) => void parent.on("message", receive),
    };
  return {
    postMessage: (message) => globalThis.postMessage(message),
    listen: (receive) => globalThis.addEventListener("message", ({ data }) => receive(data)),
  };
}
