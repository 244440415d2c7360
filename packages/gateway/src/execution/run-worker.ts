import { parentPort, workerData } from "node:worker_threads";
import { discoverPackages, type Experiment, runExperiment } from "@ansatz/lab";
import { encodeEvent } from "./event-encoding.ts";
import type { RunJob, RunWorkerData, RunWorkerRequest, RunWorkerResponse } from "./run-messages.ts";

const { packagesFrom } = workerData as RunWorkerData;
const port = parentPort!;
const experiments = loadExperiments();
let running = new AbortController();

port.on("message", async (request: RunWorkerRequest) => {
  if (request.type === "cancel") return running.abort();
  running = new AbortController();
  answer(await run(request.job, running.signal));
});

async function run({ experiment: id, ...options }: RunJob, signal: AbortSignal): Promise<RunWorkerResponse> {
  try {
    const experiment = (await experiments).get(id);
    if (!experiment) throw new Error(`experiment "${id}" is not installed any more`);
    const record = await runExperiment(experiment, {
      ...options,
      signal,
      onEvent: (event) => {
        const encoded = encodeEvent(event);
        const buffers = encoded.artefacts.map(({ bytes }) => bytes.buffer as ArrayBuffer);
        answer({ type: "event", ...encoded }, buffers);
      },
    });
    return { type: "record", record };
  } catch (error) {
    const { code = "UNEXPECTED", message, stack = "" } = error as Error & { code?: string };
    return { type: "refused", failure: { code, message, stack } };
  }
}

async function loadExperiments(): Promise<Map<string, Experiment>> {
  const packages = await discoverPackages({ from: packagesFrom, load: ["experiments"] });
  return new Map(packages.flatMap(({ experiments }) => experiments.map((experiment) => [experiment.id, experiment])));
}

function answer(response: RunWorkerResponse, transfer: ArrayBuffer[] = []): void {
  port.postMessage(response, transfer);
}
