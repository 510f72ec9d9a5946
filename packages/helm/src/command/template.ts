import { ProblemError, type Problem } from "@fairlead/base";
import { errorText, parseTemplate, sprigFunctions, TemplateError, trimSpaceStart } from "@fairlead/gotemplate";
import type { Compat } from "../chart/metadata.ts";
import type { Chart } from "../chart/types.ts";
import { sortOutput } from "../output/sort.ts";
import { renderChart, type RenderedChart } from "../render-chart.ts";
import { stableSources } from "../stable.ts";
import {
  CHART_FLAGS,
  compatOf,
  GLOBAL_FLAGS,
  INSTALL_FLAGS,
  kubeVersionOf,
  VALUE_FLAGS,
  valuesOf,
} from "./common-flags.ts";
import { FlagFault, helpText, parseFlags, type FlagSpec, type ParsedFlags } from "./flags.ts";
import type { CommandIo } from "./io.ts";
import { locateChart, openChart, REFERENCE_FLAGS } from "./locate.ts";
import { printRendered } from "./print.ts";

const FLAGS: readonly FlagSpec[] = [
  ...VALUE_FLAGS,
  ...CHART_FLAGS,
  { name: "include-crds", kind: "bool", help: "print CRDs too" },
  { name: "skip-crds", kind: "bool", help: "taken for helm's sake: CRDs are printed with --include-crds alone" },
  { name: "skip-tests", kind: "bool", help: "print no test hooks" },
  { name: "no-hooks", kind: "bool", help: "print no hooks" },
  { name: "api-versions", short: "a", kind: "csv", help: "more API versions for .Capabilities" },
  { name: "show-only", short: "s", kind: "list", help: "only these templates; may be repeated" },
  { name: "is-upgrade", kind: "bool", help: "render as an upgrade" },
  { name: "generate-name", short: "g", kind: "bool", help: "without a name; as in helm, it stays release-name" },
  { name: "name-template", kind: "text", help: "template for the name of the release" },
  { name: "output-dir", kind: "text", help: "write files below this folder and print their names" },
  { name: "release-name", kind: "bool", help: "a folder named by the release in --output-dir" },
  { name: "render-subchart-notes", kind: "bool", help: "taken for helm's sake, without effect" },
  { name: "enable-dns", kind: "bool", help: "refused: no template function does I/O here" },
  {
    name: "dry-run",
    kind: "text",
    bare: "client",
    help: "taken for helm's sake; server is refused, there is no cluster",
  },
  { name: "validate", kind: "bool", help: "refused: there is no cluster" },
  { name: "post-renderer", kind: "text", help: "refused: no other program is run here" },
  { name: "post-renderer-args", kind: "list", help: "arguments of --post-renderer" },
  { name: "verify", kind: "bool", help: "refused: signatures of charts are checked where they are fetched" },
  { name: "stable", kind: "bool", help: "random and time functions give the same answer every time" },
  ...REFERENCE_FLAGS,
  ...INSTALL_FLAGS,
  ...GLOBAL_FLAGS,
];

const HELP =
  "Renders a chart in process and prints the manifests, as helm template does.\n\nUsage:\n  fairlead helm template [NAME] CHART [flags]";
const DEFAULT_NAME = "release-name";
/** Made public on purpose: without an installation there is no secret, and a person who asks for `--stable` wants to compare. */
const PUBLIC_KEY = "fairlead helm template --stable";
const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_LENGTH_MAX = 53;

/** `fairlead helm template [NAME] CHART`, a drop-in for helm's. @returns the exit code */
export async function helmTemplate(args: readonly string[], io: CommandIo): Promise<number> {
  let isDebug = false;
  try {
    const flags = parseFlags(FLAGS, args);
    isDebug = flags.isOn("debug");
    if (flags.isHelp) io.stdout.write(helpText(HELP, FLAGS));
    else await run(flags, io);
    return 0;
  } catch (error) {
    io.stderr.write(`Error: ${messageOf(error, isDebug)}\n`);
    return 1;
  }
}

async function run(flags: ParsedFlags, io: CommandIo): Promise<void> {
  if (flags.args.length === 0)
    throw new FlagFault('"helm template" requires at least 1 argument\n\nUsage:  helm template [NAME] [CHART] [flags]');
  const compat = compatOf(flags);
  const kubeVersion = kubeVersionOf(flags, compat);
  refuse(flags, compat);
  const { name, path } = nameAndChart(flags);
  const located = await locateChart(path, flags, io, compat);
  const values = valuesOf(flags, io, compat);
  const chart = await openChart(located, flags, io, compat);
  let output: ReadonlyMap<string, string> | undefined;
  try {
    const rendered = renderChart(chart, {
      compat,
      release: releaseOf(name, flags, compat),
      values,
      kubeVersion,
      apiVersions: flags.list("api-versions"),
      skipSchemaValidation: flags.isOn("skip-schema-validation"),
      onOutput: (files) => void (output = files),
      ...(flags.isOn("stable") ? stableSources(stableFor(chart, name, flags)) : {}),
    });
    for (const { message } of rendered.warnings) io.stderr.write(`WARNING: ${message}\n`);
    printRendered(rendered, { flags, name, compat }, io);
  } catch (error) {
    const code = error instanceof ProblemError ? (error.problems[0]?.code ?? "") : "";
    // Helm prints what there is of a release, be it nothing.
    if (flags.isOn("debug") && FOUND_WHILE_RENDERING.has(code))
      printRendered(asItIs(output ?? new Map(), error as ProblemError, compat), { flags, name, compat }, io);
    throw error;
  }
}

/** What a drop-in must not pass over in silence. @throws FlagFault */
function refuse(flags: ParsedFlags, compat: Compat): void {
  const no = (flag: string, why: string): void => {
    if (flags.isOn(flag) || (flag === "post-renderer" && flags.has(flag)))
      throw new FlagFault(`--${flag} is refused: ${why}`);
  };
  no("enable-dns", "no template function does I/O here; pass the address as a value");
  no("validate", "there is no cluster here; apply with --dry-run=server, or fairlead diff");
  no("post-renderer", "no other program is run here; pipe the output into it");
  no("verify", "signatures of charts are checked where they are fetched; helm verify looks at one on disk");
  const dryRun = flags.text("dry-run");
  if (
    compat === "v4" &&
    dryRun !== undefined &&
    !["none", "server", "client"].includes(dryRun) &&
    !/^(true|false)$/.test(dryRun)
  )
    throw new FlagFault(`invalid dry-run value (${JSON.stringify(dryRun)}). Must be "none", "server", or "client"`);
  if (dryRun === "server" && compat === "v4")
    throw new FlagFault(
      "--dry-run=server is refused: there is no cluster here; apply with --dry-run=server, or fairlead diff",
    );
}

/** @throws FlagFault, TemplateError */
function nameAndChart(flags: ParsedFlags): { name: string; path: string } {
  const [first = "", second, ...more] = flags.args;
  if (more.length > 0) throw new FlagFault(`expected at most two arguments, unexpected arguments: ${more.join(", ")}`);
  const template = flags.text("name-template") ?? "";
  if (second !== undefined) {
    if (flags.isOn("generate-name")) throw new FlagFault("cannot set --generate-name and also specify a name");
    if (template !== "") throw new FlagFault("cannot set --name-template and also specify a name");
    return { name: first, path: second };
  }
  if (template === "") return { name: DEFAULT_NAME, path: first };
  const name = parseTemplate("name-template", template, { functions: sprigFunctions });
  return { name: name.execute("name-template", null), path: first };
}

/** @throws FlagFault for a name that Kubernetes could not carry */
function releaseOf(
  name: string,
  flags: ParsedFlags,
  compat: Compat,
): { name: string; namespace: string; isUpgrade: boolean } {
  const rule = `invalid release name, must match regex ${NAME.source} and the length must not be longer than ${NAME_LENGTH_MAX}`;
  const why = name === "" ? "no name provided" : name.length > NAME_LENGTH_MAX || !NAME.test(name) ? rule : undefined;
  if (why !== undefined)
    throw new FlagFault(
      `${compat === "v4" ? "release name check failed: " : ""}release name ${JSON.stringify(name)}: ${why}`,
    );
  return { name, namespace: namespaceOf(flags), isUpgrade: flags.isOn("is-upgrade") };
}

function namespaceOf(flags: ParsedFlags): string {
  return flags.text("namespace") || "default";
}

function stableFor(chart: Chart, releaseName: string, flags: ParsedFlags): Parameters<typeof stableSources>[0] {
  const namespace = namespaceOf(flags);
  return { key: PUBLIC_KEY, chartName: chart.metadata.name, releaseName, namespace, nowMs: Date.UTC(2026, 0) };
}

/** Templates' output that is not YAML, for people who look for the fault; hooks that were found before it once more, as in Helm. */
function asItIs(output: ReadonlyMap<string, string>, { problems }: ProblemError, compat: Compat): RenderedChart {
  const failed = problems[0]?.file ?? "";
  const files = [...output].filter(([, text]) => trimSpaceStart(text) !== "").sort(([a], [b]) => (a < b ? -1 : 1));
  const manifests = files.map(([path, text]) => ({ path, text, kind: "", name: "", value: null }));
  const { hooks } = sortOutput(new Map(files.filter(([path]) => path < failed)), compat);
  return { manifests, hooks, crds: [], notes: "", warnings: [] };
}

/** Helm has begun a release when it finds these, and then tells of its flag. */
const FOUND_WHILE_RENDERING: ReadonlySet<string> = new Set([
  "ChartIncompatible",
  "ChartManifestInvalid",
  "ChartTemplateFailed",
]);
const DEBUG_HINT = "\n\nUse --debug flag to render out invalid YAML";

/** The first problem in Helm's words, as helm tells it; a hint of ours and what else is wrong follow on lines of their own. */
function messageOf(error: unknown, isDebug: boolean): string {
  if (!(error instanceof ProblemError) || error instanceof TemplateError) return errorText(error);
  const [first, ...others] = error.problems;
  if (!first) return error.message;
  const tell = ({ message, hint }: Problem): string => `${message}${hint ? `\n  hint: ${hint}` : ""}`;
  const suffix = !isDebug && FOUND_WHILE_RENDERING.has(first.code) ? DEBUG_HINT : "";
  const head = first.hint ? tell({ ...first, message: first.message + suffix }) : first.message + suffix;
  return [head, ...others.map(({ message }) => `  hint: also: ${message}`)].join("\n");
}
