export {
  fanInNormal,
  fanInUniform,
  type GainOptions,
  type Initialiser,
  type KaimingOptions,
  kaimingNormal,
  kaimingUniform,
  ones,
  spectralUniform,
  xavierNormal,
  xavierUniform,
  zeros,
} from "./initialisers.ts";
