export type GatewayErrorCode =
  | "FOLDER_IN_USE"
  | "FOLDER_UNUSABLE"
  | "DATABASE_IN_USE"
  | "DATABASE_UNREACHABLE"
  | "DATABASE_UNUSABLE"
  | "ARCHIVE_UNUSABLE"
  | "ADDRESS_IN_USE"
  | "ADDRESS_UNUSABLE"
  | "INVALID_OPTION";

/** The gateway cannot start as it was told to. The message says what to change. */
export class GatewayError extends Error {
  readonly code: GatewayErrorCode;

  constructor(code: GatewayErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "GatewayError";
    this.code = code;
  }
}
