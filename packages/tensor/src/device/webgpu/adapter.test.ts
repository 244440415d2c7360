import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { DeviceUnavailableError } from "../../errors.ts";
import { WebGpuDevice } from "./device.ts";
import { webGpuOpener } from "./test-kernels.ts";

const open = await webGpuOpener();
const software = { vendor: "mesa", architecture: "", device: "", description: "llvmpipe (LLVM 15.0.6, 256 bits)" };

describe("opening a webgpu device", () => {
  afterEach(() => vi.unstubAllGlobals());

  const stubAdapter = (adapter: unknown) =>
    vi.stubGlobal("navigator", { gpu: { requestAdapter: async () => adapter } });

  it("fails with the reason and a remedy where there is no adapter", async () => {
    stubAdapter(null);
    const error = await WebGpuDevice.open().catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(DeviceUnavailableError);
    expect(error).toMatchObject({ device: "webgpu", reason: "no graphics adapter was found", remedy: /Vulkan/ });
  });

  it("refuses a software adapter when asked for hardware", async () => {
    stubAdapter({ info: software, features: new Set(), limits: {} });
    await expect(WebGpuDevice.open({ hardwareOnly: true })).rejects.toThrow(/llvmpipe.*software.*runs on the CPU/);
  });

  it("passes on why an adapter gives no device", async () => {
    const requestDevice = async () => {
      throw new Error("too busy");
    };
    stubAdapter({ info: software, features: new Set(), limits: {}, requestDevice });
    await expect(WebGpuDevice.open()).rejects.toThrow(/^device "webgpu" is not available: .*gave no device: too busy/);
  });
});

describe.skipIf(!open)("a webgpu device in Node", () => {
  it.each(["await device.dispose();", ""])("lets the process end by itself (%j)", async (ending) => {
    const script = `
      const { WebGpuDevice } = await import(${JSON.stringify(new URL("device.ts", import.meta.url).href)});
      const device = await WebGpuDevice.open();
      console.log(...(await device.tensor([1, 2]).data()));
      ${ending}`;
    const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", script], {
      timeout: 20_000,
    });
    expect(stdout).toBe("1 2\n");
  });
});
