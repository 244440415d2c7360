import { DeviceUnavailableError } from "../../errors.ts";
import type { Device } from "../device.ts";
export interface WebGpuOptions { readonly hardwareOnly?: boolean }
export const WebGpuDevice = { async open(_options: WebGpuOptions = {}): Promise<Device> { throw new DeviceUnavailableError("webgpu", "under construction", ""); } };
