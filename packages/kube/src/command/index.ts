// `fairlead apply|prune|wait|diff`, wired by the cli, and how any command reads its arguments. Apart from the package's index, so that
// nobody else loads an argument parser.
export { applyCommand } from "./apply.ts";
export { collect, parseArguments, program } from "./arguments.ts";
export { diffCommand } from "./diff.ts";
export type { CommandIo } from "./io.ts";
export { pruneCommand } from "./prune.ts";
export { waitCommand } from "./wait.ts";
