// `fairlead appset …` and `fairlead preview …`, wired by the cli. Apart from the package's index, so that nobody else loads an argument parser.
export { appsetCommand } from "./appset.ts";
export { previewCommand } from "./preview.ts";
export type { CommandIo } from "./io.ts";
