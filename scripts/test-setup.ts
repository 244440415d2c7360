/** Runs once before all tests: compiles kernels that changed, and says in one line which tests this machine cannot run. */
import buildKernels from "./build-kernels.ts";

export default async function setup(): Promise<void> {
  await buildKernels();
  const { listDevices } = await import("../packages/tensor/src/index.ts");
  const webgpu = (await listDevices()).find(({ kind }) => kind === "webgpu");
  if (!webgpu || webgpu.available) return;
  const message = `GPU tests are skipped: ${webgpu.reason}. ${webgpu.remedy}`;
  if (process.env.ANSATZ_REQUIRE_GPU === "1") throw new Error(`ANSATZ_REQUIRE_GPU=1, but ${message}`);
  console.warn(message);
}
