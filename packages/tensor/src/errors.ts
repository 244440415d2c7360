/** Machine-readable kinds of failure; `error.code` of every error this library throws on purpose. */
export type ErrorCode =
  | "INVALID_INPUT"
  | "UNSUPPORTED"
  | "DEVICE_UNAVAILABLE"
  | "DEVICE_LOST"
  | "OUT_OF_MEMORY"
  | "DISPOSED"
  | "DIVERGED"
  | "NOT_POSITIVE_DEFINITE"
  | "SINGULAR_MATRIX"
  | "ABORTED";

/** Base of all errors thrown on purpose. `name` and `code` survive structured cloning between threads when copied by hand. */
export class AnsatzError extends Error {
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** An argument was wrong. Thrown before any work is done. */
export class InvalidInputError extends AnsatzError {
  /** The argument at fault as the caller wrote it, with a path for nested ones: `"costMatrix"`, `"options.tolerance"`. */
  readonly argument: string;
  /** What was expected, e.g. `"a positive number"`. */
  readonly expected: string;
  /** What was given, printed. */
  readonly actual: string;

  constructor(argument: string, expected: string, actual: unknown) {
    const printed = print(actual);
    super("INVALID_INPUT", `${argument}: expected ${expected}, got ${printed}`);
    this.argument = argument;
    this.expected = expected;
    this.actual = printed;
  }
}

/** The device cannot do this operation or hold this dtype. Nothing falls back silently to another device. */
export class UnsupportedError extends AnsatzError {
  readonly device: string;
  readonly operation: string;

  constructor(device: string, operation: string, reason: string) {
    super("UNSUPPORTED", `${operation} is not available on ${device}: ${reason}`);
    this.device = device;
    this.operation = operation;
  }
}

/** The device cannot be opened here. `remedy` says what to install or change. */
export class DeviceUnavailableError extends AnsatzError {
  readonly device: string;
  readonly reason: string;
  readonly remedy: string;

  constructor(device: string, reason: string, remedy: string, options?: ErrorOptions) {
    super("DEVICE_UNAVAILABLE", `device "${device}" is not available: ${reason}. ${remedy}`, options);
    this.device = device;
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** The device went away while in use (driver reset, adapter removed, device closed). */
export class DeviceLostError extends AnsatzError {
  constructor(device: string, reason: string) {
    super("DEVICE_LOST", `device "${device}" was lost: ${reason}`);
  }
}

/** The device has no room for an allocation; nothing was allocated. */
export class OutOfMemoryError extends AnsatzError {
  readonly requestedBytes: number;

  constructor(device: string, requestedBytes: number, detail: string) {
    super("OUT_OF_MEMORY", `device "${device}" has no room for ${requestedBytes} bytes: ${detail}`);
    this.requestedBytes = requestedBytes;
  }
}

/** A tensor or device was used after it was disposed. */
export class DisposedError extends AnsatzError {
  constructor(what: string) {
    super("DISPOSED", `${what} has been disposed`);
  }
}

/** An iteration produced NaN or left its domain. `lastIterate` is the last good state. */
export class DivergedError<Iterate = unknown> extends AnsatzError {
  readonly iteration: number;
  readonly lastIterate: Iterate;

  constructor(method: string, iteration: number, reason: string, lastIterate: Iterate) {
    super("DIVERGED", `${method} diverged at iteration ${iteration}: ${reason}`);
    this.iteration = iteration;
    this.lastIterate = lastIterate;
  }
}

/** The caller's AbortSignal fired where a method has no partial result to return. */
export class AbortedError extends AnsatzError {
  constructor(what: string, reason?: unknown) {
    super("ABORTED", `${what} was aborted`, { cause: reason });
  }
}

const PRINTED_LENGTH = 120;

function print(value: unknown): string {
  let text: string;
  if (typeof value === "string") text = JSON.stringify(value);
  else if (Array.isArray(value)) text = `[${value.map(print).join(", ")}]`;
  else if (ArrayBuffer.isView(value)) text = `${value.constructor.name}(${(value as Uint8Array).length})`;
  else if (typeof value === "function") text = `a function`;
  else if (value !== null && typeof value === "object") {
    try {
      text = JSON.stringify(value) ?? String(value);
    } catch {
      text = Object.prototype.toString.call(value);
    }
  } else text = Object.is(value, -0) ? "-0" : String(value);
  return text.length > PRINTED_LENGTH ? `${text.slice(0, PRINTED_LENGTH)}…` : text;
}
