export type { CpuArray, CpuCall, CpuModule } from "./device/cpu/call.ts";
export type { CpuOptions } from "./device/cpu/device.ts";
export { Device, type DeviceDescription, type DeviceKind, type DeviceMemory } from "./device/device.ts";
export { DEVICE_KINDS, type DeviceListing, type DeviceOptions, listDevices, openDevice } from "./device/open.ts";
export type { TensorFlowApi, TensorFlowTensor } from "./device/tensorflow/api.ts";
export type { TensorFlowOptions } from "./device/tensorflow/device.ts";
export { type WebGpuArray, type WebGpuCall, type WebGpuDispatch, workgroupsFor } from "./device/webgpu/call.ts";
export type { WebGpuOptions } from "./device/webgpu/device.ts";
export { bytesPerElement, type DType, type FloatDType, isFloat, type TypedArray, type TypedArrays } from "./dtype.ts";
export {
  AbortedError,
  AnsatzError,
  DeviceLostError,
  DeviceUnavailableError,
  DisposedError,
  DivergedError,
  type ErrorCode,
  InvalidInputError,
  OutOfMemoryError,
  UnsupportedError,
} from "./errors.ts";
export {
  type Cost,
  type CpuImplementation,
  defineKernel,
  type Kernel,
  type KernelCase,
  type KernelDeclaration,
  type ReferenceArray,
  referenceArray,
  type TensorFlowImplementation,
  type TensorSpec,
  type Tolerance,
  type WebGpuImplementation,
} from "./kernel.ts";
export { child, type Key, key, split } from "./random/key.ts";
export { broadcastShapes, type Shape, sizeOf } from "./shape.ts";
export { Tensor } from "./tensor.ts";
