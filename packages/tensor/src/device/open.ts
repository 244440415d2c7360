import { InvalidInputError } from "../errors.ts";
import { CpuDevice, type CpuOptions } from "./cpu/device.ts";
import type { Device, DeviceDescription, DeviceKind } from "./device.ts";
import { TensorFlowDevice, type TensorFlowOptions } from "./tensorflow/device.ts";
import { WebGpuDevice, type WebGpuOptions } from "./webgpu/device.ts";

export interface DeviceOptions {
  cpu: CpuOptions;
  webgpu: WebGpuOptions;
  tensorflow: TensorFlowOptions;
}

export const DEVICE_KINDS: readonly DeviceKind[] = ["cpu", "webgpu", "tensorflow"];

/**
 * Opens a device. Without a kind: webgpu on real hardware where there is some, otherwise cpu.
 * @throws DeviceUnavailableError saying why and what to install or change; InvalidInputError for an unknown kind or bad options.
 */
export async function openDevice(): Promise<Device>;
export async function openDevice<Kind extends DeviceKind>(kind: Kind, options?: DeviceOptions[Kind]): Promise<Device>;
export async function openDevice(kind?: DeviceKind, options?: DeviceOptions[DeviceKind]): Promise<Device> {
  switch (kind) {
    case undefined:
      return WebGpuDevice.open({ hardwareOnly: true }).catch(() => CpuDevice.open());
    case "cpu":
      return CpuDevice.open(options as CpuOptions);
    case "webgpu":
      return WebGpuDevice.open(options as WebGpuOptions);
    case "tensorflow":
      return TensorFlowDevice.open(options as TensorFlowOptions);
    default:
      throw new InvalidInputError("kind", DEVICE_KINDS.map((name) => `"${name}"`).join(" or "), kind);
  }
}

/** A device as `listDevices` found it: its description, or why it cannot be opened and what would change that. */
export type DeviceListing =
  | { readonly kind: DeviceKind; readonly available: true; readonly description: DeviceDescription }
  | { readonly kind: DeviceKind; readonly available: false; readonly reason: string; readonly remedy: string };

/** Tries every kind of device and says what each is, or why it is not there. */
export async function listDevices(): Promise<DeviceListing[]> {
  return Promise.all(
    DEVICE_KINDS.map(async (kind): Promise<DeviceListing> => {
      try {
        await using device = await openDevice(kind);
        return { kind, available: true, description: device.description };
      } catch (error) {
        const { reason, remedy } = error as { reason?: string; remedy?: string };
        return {
          kind,
          available: false,
          reason: reason ?? (error instanceof Error ? error.message : String(error)),
          remedy: remedy ?? "Please report this; it is not a failure this library foresees.",
        };
      }
    }),
  );
}
