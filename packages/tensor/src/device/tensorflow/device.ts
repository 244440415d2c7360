import { DeviceUnavailableError } from "../../errors.ts";
import type { Device } from "../device.ts";
import type { TensorFlowApi } from "./api.ts";
export interface TensorFlowOptions { readonly engine?: "portable" | TensorFlowApi }
export const TensorFlowDevice = { async open(_options: TensorFlowOptions = {}): Promise<Device> { throw new DeviceUnavailableError("tensorflow", "under construction", ""); } };
