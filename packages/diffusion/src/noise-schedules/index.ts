export {
  type CosineScheduleOptions,
  cosineSchedule,
  type EdmScheduleOptions,
  edmSchedule,
  type LinearScheduleOptions,
  linearSchedule,
  type VarianceExplodingScheduleOptions,
  varianceExplodingSchedule,
} from "./continuous.ts";
export {
  betaTable,
  type DiscreteSchedule,
  type DiscreteScheduleOptions,
  discreteSchedule,
  type NoiseTable,
} from "./discrete.ts";
export { checkTime, type NoiseSchedule } from "./noise-schedule.ts";
