import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { memoryTree, ProblemError, type JsonObject, type Problem } from "@fairlead/base";
import { loadChart, renderChart, type ChartRenderOptions, type CommandIo, type RenderedChart } from "@fairlead/helm";
import { decodeYaml } from "@fairlead/yaml";

/** A chart's files; Chart.yaml of a chart named `web` where none is given. */
export type Files = Readonly<Record<string, string>>;

export const CHART = "apiVersion: v2\nname: web\nversion: 1.0.0\n";

export function render(files: Files, values: JsonObject = {}, more: Partial<ChartRenderOptions> = {}): RenderedChart {
  const chart = loadChart(memoryTree({ "Chart.yaml": CHART, ...files }));
  return renderChart(chart, { compat: "v3", release: { name: "rel", namespace: "shop" }, values, ...more });
}

/** What a template of one document sees as its values. */
export function valuesSeen(files: Files, values: JsonObject = {}, more: Partial<ChartRenderOptions> = {}): unknown {
  const template = { "templates/seen.yaml": "{{ toJson .Values }}" };
  const [only] = render({ ...template, ...files }, values, more).manifests;
  return decodeYaml((only ?? assert.fail("nothing was rendered")).text);
}

export function problemsOf(step: () => unknown): readonly Problem[] {
  try {
    step();
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
  return assert.fail("nothing was refused");
}

export interface TarEntry {
  readonly name: string;
  readonly content?: string | Uint8Array;
  /** As tar has it: `0` a file, `2` a symbolic link, `L` a long name, `x` PAX attributes. */
  readonly type?: string;
  /** When it lies about its size. */
  readonly size?: number;
}

export function tgz(entries: readonly TarEntry[]): Uint8Array {
  const blocks = entries.flatMap(({ name, content = "", type = "0", size }) => {
    const data = Buffer.from(content);
    const header = Buffer.alloc(512);
    header.write(name, 0, 100);
    header.write("0000644\0", 100);
    header.write((size ?? data.length).toString(8).padStart(11, "0"), 124);
    header.write(type, 156);
    header.write("ustar\u000000", 257);
    header.fill(" ", 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
    return [header, data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)]));
}

export interface CommandRun {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

/** A command over files in memory; a chart is a folder of them. */
export async function runCommand(
  command: (args: readonly string[], io: CommandIo) => Promise<number>,
  args: readonly string[],
  files: Files,
): Promise<CommandRun> {
  let out = "";
  let error = "";
  const code = await command(args, {
    stdout: { write: (text) => void (out += text) },
    stderr: { write: (text) => void (error += text) },
    readFile: (path) => Buffer.from(files[path] ?? assert.fail(`no file ${path}`)),
    openChart: () => memoryTree(files),
    absolute: (path) => `/work/${path}`,
  });
  return { code, out, error };
}
