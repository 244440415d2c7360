export { decodeSafetensors, restoreSafetensors, safetensorsMetadata } from "./decode.ts";
export { encodeSafetensors, type SafetensorsOptions } from "./encode.ts";
