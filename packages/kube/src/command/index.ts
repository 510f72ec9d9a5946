// `fairlead apply|prune|wait|diff`, wired by the cli. Apart from the package's index, so that nobody else loads an argument parser.
export { applyCommand } from "./apply.ts";
export { diffCommand } from "./diff.ts";
export type { CommandIo } from "./io.ts";
export { pruneCommand } from "./prune.ts";
export { waitCommand } from "./wait.ts";
