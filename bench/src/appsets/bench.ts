import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Bench, BenchRow } from "../types.ts";
import type { GenerationFigures } from "./generate.child.ts";
import { previewFigures } from "./previews.ts";

/** A set of ten thousand Applications, in a process of its own so that its memory is its own; then one preview from webhook to gone. */
export const bench: Bench = {
  name: "appsets",
  description: "10,000 applications of a git-files × clusters matrix; a preview on the embedded API",
  async run({ say }) {
    say("generating 10,000 applications");
    const figures = await generationFigures();
    say("a preview, from webhook to gone");
    const preview = await previewFigures();
    return [
      { what: "10,000 applications generated, cold", ours: figures.coldSeconds, unit: "s", target: { atMost: 2 } },
      { what: "… CPU", ours: figures.coldCpuSeconds, unit: "s" },
      { what: "again after a one-file change", ours: figures.changedMs, unit: "ms", target: { atMost: 100 } },
      { what: "… CPU", ours: figures.changedCpuMs, unit: "ms" },
      { what: "again with nothing changed", ours: figures.sameMs, unit: "ms" },
      { what: "memory of the process", ours: figures.memoryMib, unit: "MiB", target: { atMost: 200 } },
      {
        what: "preview: webhook to namespace and Application",
        ours: preview.upMs / 1000,
        unit: "s",
        target: { atMost: 1 },
      },
      { what: "preview: closed to all gone", ours: preview.downMs / 1000, unit: "s", target: { atMost: 2 } },
    ] satisfies BenchRow[];
  },
};

function generationFigures(): Promise<GenerationFigures> {
  // A small young generation: a third less memory for a tenth more CPU. As Node comes it is about 205 MiB, with --optimize-for-size 140.
  const execArgv = ["--max-semi-space-size=4"];
  const child = fork(fileURLToPath(new URL("./generate.child.ts", import.meta.url)), [], { execArgv });
  return new Promise((resolve, reject) => {
    child.once("message", (message) => resolve(message as GenerationFigures));
    child.once("exit", (code) => reject(new Error(`the measured process ended with ${code}`)));
  });
}
