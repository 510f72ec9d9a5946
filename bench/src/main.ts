/** `npm run bench [-- NAME [ARGS]]`: prints what, ours, the peer's, the ratio and whether the target is met. */
import { globSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Bench, BenchRow } from "./types.ts";

const here = import.meta.dirname;

function show(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString();
}

function verdict(row: BenchRow): string {
  if (!row.target) return "";
  const [met, text] =
    "atMost" in row.target
      ? [row.ours <= row.target.atMost, `≤ ${show(row.target.atMost)}`]
      : [row.ours >= row.target.atLeast, `≥ ${show(row.target.atLeast)}`];
  return `${met ? "met" : "MISSED"} (${text})`;
}

function table(rows: readonly BenchRow[]): string {
  const cells = [
    ["what", "ours", "peer", "ours/peer", "target", "peer's source"],
    ...rows.map((row) => [
      row.what,
      `${show(row.ours)} ${row.unit}`,
      row.peer === undefined ? "–" : `${show(row.peer)} ${row.unit}`,
      row.peer === undefined ? "–" : show(row.ours / row.peer),
      verdict(row),
      row.source ?? "",
    ]),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map((line) => line[column]?.length ?? 0))) ?? [];
  return cells
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

const known = globSync("*/bench.ts", { cwd: here })
  .map((path) => basename(dirname(path)))
  .sort();
const [asked, ...args] = process.argv.slice(2);
if (asked !== undefined && !known.includes(asked)) {
  console.error(`no benchmark ${asked}; there are: ${known.join(", ")}`);
  process.exit(2);
}
for (const name of asked === undefined ? known : [asked]) {
  const { bench } = (await import(join(here, name, "bench.ts"))) as { bench: Bench };
  console.log(`${bench.name}: ${bench.description}`);
  console.log(`${table(await bench.run({ args, say: (line) => console.error(`  ${line}`) }))}\n`);
}
