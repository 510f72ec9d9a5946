// `fairlead app …`, wired by the cli. Apart from the package's index, so that nobody else loads an argument parser.
export { appCommand } from "./app.ts";
export type { CommandIo } from "./io.ts";
export { connectHub, hubConfig } from "./access.ts";
export { clusterCommand } from "./cluster.ts";
export { projectCommand } from "./project.ts";
export { repoCommand } from "./repo.ts";
