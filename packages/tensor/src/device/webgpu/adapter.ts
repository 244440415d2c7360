import { DeviceUnavailableError } from "../../errors.ts";
import type { DeviceDescription } from "../device.ts";

export interface WebGpuOptions {
  /**
   * Which adapter of several: `"high-performance"` (a discrete GPU) or `"low-power"` (an integrated one).
   * Default: `"high-performance"`, since numerical work pays for it.
   */
  readonly powerPreference?: "high-performance" | "low-power";
  /** Refuse adapters that run on the CPU (SwiftShader, llvmpipe, WARP), which are correct but slower than the cpu device. Default: false. */
  readonly hardwareOnly?: boolean;
}

/** Used by kernels or by `measureGpuTime`; asked for where the adapter offers them. */
const FEATURES: readonly GPUFeatureName[] = ["timestamp-query", "subgroups", "shader-f16"];

/** Raised to what the adapter offers; the rest keeps WebGPU's defaults. */
const LIMITS = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxStorageBuffersPerShaderStage",
  "minUniformBufferOffsetAlignment",
  "maxComputeWorkgroupStorageSize",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupSizeX",
  "maxComputeWorkgroupSizeY",
  "maxComputeWorkgroupSizeZ",
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** Without quantisation timestamps count nanoseconds instead of steps of 65.5 µs. */
const DAWN_OPTIONS = [
  "enable-dawn-features=allow_unsafe_apis",
  "disable-dawn-features=timestamp_quantization",
] as const;

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|\bwarp\b|basic render|software/i;

interface DawnPackage {
  create(options: readonly string[]): GPU;
}

/** A native GPU instance is costly and may not be closed while in use: one per process. */
let dawn: Promise<GPU> | undefined;

/** A device of the best adapter there is, and what to say about it. @throws DeviceUnavailableError */
export async function requestDevice(
  options: WebGpuOptions,
): Promise<{ readonly device: GPUDevice; readonly description: DeviceDescription }> {
  const adapter = await findAdapter(await findGpu(), options);
  const requiredFeatures = FEATURES.filter((feature) => (adapter.features as ReadonlySet<string>).has(feature));
  const requiredLimits = Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]]));
  try {
    const device = await adapter.requestDevice({ requiredFeatures, requiredLimits, label: "ansatz" });
    return { device, description: describe(adapter.info, device) };
  } catch (error) {
    throw new DeviceUnavailableError(
      "webgpu",
      `the adapter ${adapterName(adapter.info)} gave no device: ${messageOf(error)}`,
      "Close programs that use the GPU, or update its driver.",
      { cause: error },
    );
  }
}

async function findGpu(): Promise<GPU> {
  const standard = globalThis.navigator?.gpu as GPU | undefined;
  if (standard) return standard;
  if (!globalThis.process?.versions?.node)
    throw new DeviceUnavailableError(
      "webgpu",
      "this browser has no WebGPU (navigator.gpu), or the page is not served over https",
      "Use a current browser and a secure context.",
    );
  dawn ??= importPackage("webgpu").then((dawnPackage) => (dawnPackage as DawnPackage).create(DAWN_OPTIONS));
  try {
    return await dawn;
  } catch (error) {
    dawn = undefined;
    const missing = (error as { code?: string }).code === "ERR_MODULE_NOT_FOUND";
    throw new DeviceUnavailableError(
      "webgpu",
      missing
        ? `the npm package "webgpu" is not installed`
        : `the npm package "webgpu" does not load here: ${messageOf(error)}`,
      missing
        ? "Install it: npm install webgpu."
        : "See which platforms it supports: https://www.npmjs.com/package/webgpu.",
      { cause: error },
    );
  }
}

/** The name is a parameter so that bundlers, which follow literal imports, leave the optional package alone. */
function importPackage(name: string): Promise<unknown> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}

async function findAdapter(gpu: GPU, options: WebGpuOptions): Promise<GPUAdapter> {
  const adapter = await gpu.requestAdapter({ powerPreference: options.powerPreference ?? "high-performance" });
  if (!adapter)
    throw new DeviceUnavailableError(
      "webgpu",
      "no graphics adapter was found",
      "Install the GPU's driver with Vulkan support (on Linux, `vulkaninfo` must list it). For tests a software driver does: " +
        "Debian's chromium package brings SwiftShader, VK_ICD_FILENAMES=/usr/lib/chromium/vk_swiftshader_icd.json selects it.",
    );
  if (options.hardwareOnly && isSoftware(adapter.info))
    throw new DeviceUnavailableError(
      "webgpu",
      `the only adapter, ${adapterName(adapter.info)}, runs on the CPU`,
      "Install the GPU's driver, or open the device without `hardwareOnly`.",
    );
  return adapter;
}

function isSoftware(info: GPUAdapterInfo): boolean {
  return info.isFallbackAdapter || SOFTWARE.test(`${info.device} ${info.description} ${info.architecture}`);
}

function adapterName(info: GPUAdapterInfo): string {
  const family = [info.vendor, info.architecture].filter(Boolean).join("/");
  const marks = [family, isSoftware(info) ? "software" : ""].filter(Boolean).join(", ");
  // Dawn turns what is no letter or digit in a device's name into dashes: "SwiftShader Device (Subzero)" ends in one.
  const model = [info.device.replace(/-+$/, ""), info.description].filter(Boolean).join(", ");
  return model && marks ? `${model} (${marks})` : model || marks || "of unknown make";
}

function describe(info: GPUAdapterInfo, device: GPUDevice): DeviceDescription {
  return {
    kind: "webgpu",
    name: `webgpu: ${adapterName(info)}`,
    dtypes: ["float32", "int32", "uint32", "bool", "complex64"],
    details: {
      adapter: {
        vendor: info.vendor,
        architecture: info.architecture,
        device: info.device,
        description: info.description,
        software: isSoftware(info),
      },
      limits: Object.fromEntries(LIMITS.map((name) => [name, device.limits[name]])),
      features: FEATURES.filter((feature) => (device.features as ReadonlySet<string>).has(feature)),
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
