export { TOOLS, type ToolName, type ToolRecipe } from "./catalogue.ts";
export { goVersion, installTool, toolCacheDirectory } from "./install.ts";
export { buildProgram } from "./program.ts";
