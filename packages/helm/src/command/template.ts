import { ProblemError, type Problem } from "@fairlead/base";
import { Command, CommanderError, Option } from "commander";
import { loadChart, loadChartArchive } from "../chart/load.ts";
import { compilePathMatch } from "../chart/path-match.ts";
import type { Chart } from "../chart/types.ts";
import { splitManifests } from "../output/split.ts";
import { renderChart, type RenderedChart } from "../render-chart.ts";
import { stableSources } from "../stable.ts";
import { collectValues } from "../values/options.ts";
import type { CommandIo } from "./io.ts";

interface Flags {
  readonly namespace: string;
  readonly values: string[];
  readonly set: string[];
  readonly setString: string[];
  readonly setFile: string[];
  readonly setJson: string[];
  readonly setLiteral: string[];
  readonly includeCrds?: boolean;
  readonly skipCrds?: boolean;
  readonly skipTests?: boolean;
  readonly hooks: boolean;
  readonly kubeVersion?: string;
  readonly apiVersions: string[];
  readonly showOnly: string[];
  readonly isUpgrade?: boolean;
  readonly generateName?: boolean;
  readonly nameTemplate?: string;
  readonly skipSchemaValidation?: boolean;
  readonly enableDns?: boolean;
  readonly renderSubchartNotes?: boolean;
  readonly debug?: boolean;
  readonly compat: "v3" | "v4";
  readonly stable?: boolean;
}

const DEFAULT_NAME = "release-name";
/** Made public on purpose: without an installation there is no secret, and a person who asks for `--stable` wants to compare. */
const PUBLIC_KEY = "fairlead helm template --stable";

/** `fairlead helm template [NAME] CHART`, a drop-in for helm's. @returns the exit code */
export async function helmTemplate(args: readonly string[], io: CommandIo): Promise<number> {
  const program = describe(io);
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    throw error;
  }
  try {
    io.stdout.write(run(program.args, program.opts<Flags>(), io));
    return 0;
  } catch (error) {
    io.stderr.write(`Error: ${messageOf(error, program.opts<Flags>().debug === true)}\n`);
    return 1;
  }
}

function describe(io: CommandIo): Command {
  const many = (value: string, before: string[]): string[] => [...before, value];
  const commas = (value: string, before: string[]): string[] => [...before, ...value.split(",")];
  return new Command("fairlead helm template")
    .description("Renders a chart in process and prints the manifests, as helm template does.")
    .argument("[name]")
    .argument("[chart]")
    .option("-n, --namespace <name>", "namespace of the release", "default")
    .option("-f, --values <file>", "values in a YAML file; may be repeated, the last one wins", commas, [])
    .option("--set <assignments>", "values as key=value,key=value", many, [])
    .option("--set-string <assignments>", "the same, never typed", many, [])
    .option("--set-file <assignments>", "the same, values from the files named", many, [])
    .option("--set-json <assignments>", "the same, values as JSON; or one whole object", many, [])
    .option("--set-literal <assignment>", "one key and the rest as it is", many, [])
    .option("--include-crds", "print CRDs too")
    .option("--skip-crds", "print no CRDs, even with --include-crds")
    .option("--skip-tests", "print no test hooks")
    .option("--no-hooks", "print no hooks")
    .option("--kube-version <version>", "Kubernetes version for .Capabilities")
    .option("-a, --api-versions <versions>", "more API versions for .Capabilities", commas, [])
    .option("-s, --show-only <template>", "only these templates; may be repeated", many, [])
    .option("--is-upgrade", "render as an upgrade")
    .option("-g, --generate-name", "accepted for helm's sake; the name stays release-name")
    .option("--name-template <name>", "name of the release")
    .option("--skip-schema-validation", "do not check values against the chart's schema")
    .option("--render-subchart-notes", "accepted for helm's sake")
    .option("--enable-dns", "refused: no template function does I/O here")
    .option("--debug", "print output that is not YAML too")
    .option("--stable", "random and time functions give the same answer every time")
    .addOption(
      new Option("--compat <version>", "print in the manner of Helm 3 or Helm 4").choices(["v3", "v4"]).default("v4"),
    )
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
}

function run(names: readonly string[], flags: Flags, io: CommandIo): string {
  if (flags.enableDns)
    throw new Error("--enable-dns is refused: no template function does I/O here; pass the address as a value");
  if (names.length === 0)
    throw new Error('"helm template" requires at least 1 argument\n\nUsage:  helm template [NAME] [CHART] [flags]');
  const [first = "", second] = names;
  const path = second ?? first;
  const name = flags.nameTemplate ?? (second === undefined ? DEFAULT_NAME : first);
  const opened = io.openChart(path);
  const chart = opened instanceof Uint8Array ? loadChartArchive(opened, path) : loadChart(opened);
  const rendered = render(chart, name, flags, io);
  const text = print(rendered, flags);
  return flags.showOnly.length > 0 ? showOnly(text, flags) : text;
}

function render(chart: Chart, name: string, flags: Flags, io: CommandIo): RenderedChart {
  const text = (file: string): string => Buffer.from(io.readFile(file)).toString("utf8");
  const values = collectValues({
    files: flags.values.map((file) => ({ name: file, text: text(file) })),
    set: flags.set,
    setString: flags.setString,
    setFile: flags.setFile,
    setJson: flags.setJson,
    setLiteral: flags.setLiteral,
    readFile: text,
  });
  const { namespace } = flags;
  const stable = {
    key: PUBLIC_KEY,
    chartName: chart.metadata.name,
    releaseName: name,
    namespace,
    nowMs: Date.UTC(2026, 0),
  };
  return renderChart(chart, {
    compat: flags.compat,
    release: { name, namespace, isUpgrade: flags.isUpgrade === true },
    values,
    kubeVersion: flags.kubeVersion && (flags.kubeVersion.startsWith("v") ? flags.kubeVersion : `v${flags.kubeVersion}`),
    apiVersions: flags.apiVersions,
    skipSchemaValidation: flags.skipSchemaValidation,
    ...(flags.stable ? stableSources(stable) : {}),
  });
}

function print(rendered: RenderedChart, flags: Flags): string {
  const document = ({ path, text }: { path: string; text: string }): string => `---\n# Source: ${path}\n${text}\n`;
  const crds = flags.includeCrds && !flags.skipCrds ? rendered.crds.map(document) : [];
  const head = [...crds, ...rendered.manifests.map(document)].join("").trim();
  return `${head}\n${chosenHooks(rendered, flags).map(document).join("")}`;
}

function chosenHooks(rendered: RenderedChart, flags: Flags): RenderedChart["hooks"] {
  if (!flags.hooks) return [];
  return flags.skipTests ? rendered.hooks.filter((hook) => !hook.events.includes("test")) : rendered.hooks;
}

/** Documents by a glob over their template's path below the chart's folder; Helm takes them out of what it would print. */
function showOnly(text: string, { showOnly: patterns, compat }: Flags): string {
  const all = splitManifests(text, compat).map((document) => ({
    document,
    path: /# Source: [^/\n]+\/(.+)/.exec(document)?.[1],
  }));
  const chosen = patterns.flatMap((pattern) => {
    const matches = compilePathMatch(pattern);
    const found = all.filter(({ path }) => path !== undefined && matches?.(path));
    if (found.length === 0) throw new Error(`could not find template ${pattern} in chart`);
    return found;
  });
  return chosen.map(({ document }) => `---\n${document}\n`).join("");
}

/** Helm has begun a release when it finds these, and then tells of its flag. */
const FOUND_WHILE_RENDERING: ReadonlySet<string> = new Set([
  "ChartIncompatible",
  "ChartManifestInvalid",
  "ChartTemplateFailed",
]);
const DEBUG_HINT = "\n\nUse --debug flag to render out invalid YAML";

/** The first problem in Helm's words; a hint of ours follows on its own line. */
function messageOf(error: unknown, isDebug: boolean): string {
  if (!(error instanceof ProblemError)) return (error as Error).message;
  const tell = ({ message, hint, code }: Problem): string =>
    `${message}${!isDebug && FOUND_WHILE_RENDERING.has(code) ? DEBUG_HINT : ""}${hint ? `\n  hint: ${hint}` : ""}`;
  return error.problems.map(tell).join("\n");
}
