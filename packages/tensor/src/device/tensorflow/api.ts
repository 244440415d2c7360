/**
 * The part of TensorFlow.js this library uses. The packages are optional peers, so their types are not imported;
 * kernels that need more operations add them here.
 */
export interface TensorFlowTensor {
  readonly shape: number[];
  readonly dtype: string;
  readonly size: number;
  data(): Promise<Float32Array | Int32Array | Uint8Array>;
  dataSync(): Float32Array | Int32Array | Uint8Array;
  dispose(): void;
  clone(): TensorFlowTensor;
}

export interface TensorFlowApi {
  version_core?: string;
  version?: Record<string, string>;
  getBackend(): string;
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  tidy<T>(body: () => T): T;
  keep<T>(tensor: T): T;
  dispose(tensors: unknown): void;
  memory(): { numTensors: number; numBytes: number };
  tensor(values: ArrayLike<number>, shape: number[], dtype?: string): TensorFlowTensor;
  scalar(value: number, dtype?: string): TensorFlowTensor;
  zeros(shape: number[], dtype?: string): TensorFlowTensor;
  ones(shape: number[], dtype?: string): TensorFlowTensor;
  fill(shape: number[], value: number, dtype?: string): TensorFlowTensor;
  // biome-ignore lint/suspicious/noExplicitAny: the several hundred operations of TensorFlow.js take tensors, numbers and axes in any order
  [operation: string]: any;
}
