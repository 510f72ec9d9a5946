export { startSimulator, type Simulator, type SimulatorDeps } from "./start.ts";
export type { NodeCapacity, SimulatorOptions } from "./options.ts";
export { SIMULATOR_CODES } from "./codes.ts";
export { SIMULATOR_LIMITS } from "./limits.ts";
export { type LogOptions, type LogRefusal, nextLogLineAt, podLog, podLogSource } from "./pod/log.ts";
