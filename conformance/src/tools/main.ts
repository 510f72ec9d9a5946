import { TOOLS, type ToolName } from "./catalogue.ts";
import { installTool } from "./install.ts";

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in TOOLS));
if (unknown.length > 0) {
  console.error(`unknown tool ${unknown.join(", ")}; known: ${Object.keys(TOOLS).join(", ")}`);
  process.exit(2);
}
for (const name of (asked.length > 0 ? asked : Object.keys(TOOLS)) as ToolName[]) {
  console.log(`${name}: ${await installTool(name, console.error)}`);
}
