import { trimSpace } from "@fairlead/gotemplate";
import { compilePathMatch } from "../chart/path-match.ts";
import type { Compat } from "../chart/metadata.ts";
import { splitManifests } from "../output/split.ts";
import type { RenderedChart } from "../render-chart.ts";
import type { ParsedFlags } from "./flags.ts";
import type { CommandIo } from "./io.ts";

interface PrintOptions {
  readonly flags: ParsedFlags;
  readonly name: string;
  readonly compat: Compat;
}

interface Document {
  readonly path: string;
  readonly text: string;
}

/** What `helm template` prints, or writes with --output-dir. @throws Error when --show-only names what is not there */
export function printRendered(rendered: RenderedChart, options: PrintOptions, io: CommandIo): void {
  const { flags } = options;
  // --skip-crds is about installing; helm lets --include-crds win.
  const crds = flags.isOn("include-crds") ? rendered.crds : [];
  const heads = [...crds, ...rendered.manifests];
  const hooks = chosenHooks(rendered, flags);
  const folder = flags.text("output-dir");
  if (folder) writeAll(heads, hooks, flags.isOn("release-name") ? `${folder}/${options.name}` : folder, io);
  const shown = folder ? "\n" : `${trimSpace(heads.map(document).join(""))}\n${hooks.map(document).join("")}`;
  io.stdout.write(flags.has("show-only") ? showOnly(shown, options) : shown);
}

function document({ path, text }: Document): string {
  return `---\n# Source: ${path}\n${text}\n`;
}

/** A test hook is any hook that is a test among other things. */
function chosenHooks(rendered: RenderedChart, flags: ParsedFlags): RenderedChart["hooks"] {
  if (flags.isOn("no-hooks")) return [];
  return flags.isOn("skip-tests") ? rendered.hooks.filter((hook) => !hook.events.includes("test")) : rendered.hooks;
}

/** One file a template, all its documents in it; a hook is appended to what is there. */
function writeAll(heads: readonly Document[], hooks: readonly Document[], folder: string, io: CommandIo): void {
  const write = io.writeFile;
  if (!write) throw new Error("--output-dir is refused: nothing can be written here");
  const written = new Set<string>();
  const put = (each: Document, mode: "create" | "append"): void => {
    const file = `${folder}/${each.path}`;
    write(file, document(each), mode);
    io.stdout.write(`wrote ${file}\n`);
  };
  for (const each of heads) {
    put(each, written.has(each.path) ? "append" : "create");
    written.add(each.path);
  }
  for (const each of hooks) put(each, "append");
}

/** Documents by a glob over their template's path below the chart's folder; Helm takes them out of what it would print. */
function showOnly(text: string, { flags, compat }: PrintOptions): string {
  const all = splitManifests(text, compat).map((each) => ({
    each,
    path: /# Source: [^/]+\/(.+)/.exec(each)?.[1],
  }));
  const chosen = flags.list("show-only").flatMap((pattern) => {
    const matches = compilePathMatch(pattern);
    const found = all.filter(({ path }) => path !== undefined && matches?.(path));
    if (found.length === 0) throw new Error(`could not find template ${pattern} in chart`);
    return found;
  });
  return chosen.map(({ each }) => `---\n${each}\n`).join("");
}
