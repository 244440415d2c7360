export type { Scope } from "./access/scopes.ts";
export { GatewayError, type GatewayErrorCode } from "./errors.ts";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.ts";
export type { Log } from "./log.ts";
export type { StorageLocation } from "./storage/database.ts";
