export { decodeSafetensors, restoreSafetensors, safetensorsMetadata } from "./decode.ts";
export { encodeSafetensors } from "./encode.ts";
