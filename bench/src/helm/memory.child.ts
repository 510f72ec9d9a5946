/** Renders charts that all differ, one after another in one process; prints by how many MiB it grew. */
import { setFlagsFromString } from "node:v8";
import { memoryTree } from "@fairlead/base";
import { loadChart, renderChart } from "@fairlead/helm";
import { chartFiles } from "./chart.ts";

// As the servers run that render for days (docs/decisions/0012).
setFlagsFromString("--optimize-for-size");

const [renders = "1000", workloads = "40"] = process.argv.slice(2);
/** What the code and the first heap take is no growth. */
const WARM_UP = 30;
const MIB = 1024 * 1024;

function renderOne(index: number): void {
  const files = chartFiles(Number(workloads), `chart-${index}`);
  const release = { name: `rel-${index}`, namespace: "default" };
  renderChart(loadChart(memoryTree(files)), { compat: "v4", release });
}

for (let index = 0; index < WARM_UP; index += 1) renderOne(-1 - index);
const before = process.memoryUsage.rss();
for (let index = 0; index < Number(renders); index += 1) renderOne(index);
process.stdout.write(String((process.memoryUsage.rss() - before) / MIB));
