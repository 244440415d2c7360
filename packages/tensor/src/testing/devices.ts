import type { Device } from "../device/device.ts";
import { openDevice } from "../device/open.ts";
import type { DType } from "../dtype.ts";
import { DeviceUnavailableError } from "../errors.ts";

/** A device that tests run on. */
export interface TestDevice {
  /** Shown in test names. */
  readonly label: string;
  readonly dtypes: readonly DType[];
  open(): Promise<Device>;
}

const CANDIDATES: readonly Omit<TestDevice, "dtypes">[] = [
  { label: "cpu, 1 thread", open: () => openDevice("cpu", { threads: 1 }) },
  { label: "cpu, 3 threads", open: () => openDevice("cpu", { threads: 3 }) },
  { label: "webgpu", open: () => openDevice("webgpu") },
  { label: "tensorflow", open: openTensorFlow },
];

/**
 * The TensorFlow.js module at the path in `ANSATZ_TENSORFLOW_MODULE` (a native binding installed elsewhere), else an installed native binding, else the portable engine:
 * the tests are the same.
 */
async function openTensorFlow(): Promise<Device> {
  const path = process.env.ANSATZ_TENSORFLOW_MODULE;
  if (path) return openDevice("tensorflow", { engine: await import(path) });
  return openDevice("tensorflow").catch((error) => {
    // A binding that is installed and does not load is a failure, no reason to test something else.
    if (!(error instanceof DeviceUnavailableError) || error.reason.includes("does not load")) throw error;
    return openDevice("tensorflow", { engine: "portable" });
  });
}

let available: Promise<readonly TestDevice[]> | undefined;

/**
 * The devices tests can use here; `ANSATZ_TEST_DEVICES=cpu,webgpu` narrows them. With `ANSATZ_REQUIRE_GPU=1` a missing WebGPU adapter is an error instead of a shorter list.
 *
 * @throws DeviceUnavailableError
 */
export function testDevices(): Promise<readonly TestDevice[]> {
  available ??= findDevices();
  return available;
}

async function findDevices(): Promise<readonly TestDevice[]> {
  const found: TestDevice[] = [];
  const wanted = process.env.ANSATZ_TEST_DEVICES?.split(",");
  for (const candidate of CANDIDATES) {
    if (wanted && !wanted.some((kind) => candidate.label.startsWith(kind))) continue;
    try {
      await using device = await candidate.open();
      found.push({ ...candidate, dtypes: device.description.dtypes });
    } catch (error) {
      const required = candidate.label !== "webgpu" || process.env.ANSATZ_REQUIRE_GPU === "1";
      if (required || !(error instanceof DeviceUnavailableError)) throw error;
    }
  }
  return found;
}
