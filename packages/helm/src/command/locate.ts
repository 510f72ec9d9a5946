import { memoryTree, type FileTree } from "@fairlead/base";
import { unpackChart } from "../chart/archive.ts";
import { loadChart, loadChartArchive } from "../chart/load.ts";
import type { Compat } from "../chart/metadata.ts";
import type { Chart } from "../chart/types.ts";
import { missingDependencies } from "../dependencies/process.ts";
import type { FlagSpec, ParsedFlags } from "./flags.ts";
import type { ChartReference, CommandIo } from "./io.ts";

/** Where a chart comes from; nothing of it matters for a chart on disk. */
export const REFERENCE_FLAGS: readonly FlagSpec[] = [
  { name: "repo", kind: "text", help: "address of the repository the chart is in" },
  { name: "version", kind: "text", help: "version of the chart, or a range" },
  { name: "devel", kind: "bool", help: "versions under development too" },
  { name: "username", kind: "text", help: "user of the repository" },
  { name: "password", kind: "text", help: "password of the repository" },
  { name: "pass-credentials", kind: "bool", help: "send user and password to other hosts too" },
  { name: "ca-file", kind: "text", help: "certificates that the repository's must come from" },
  { name: "cert-file", kind: "text", help: "certificate to show to the repository" },
  { name: "key-file", kind: "text", help: "key of that certificate" },
  { name: "insecure-skip-tls-verify", kind: "bool", help: "do not check the repository's certificate" },
  { name: "plain-http", kind: "bool", help: "without TLS" },
  { name: "dependency-update", kind: "bool", help: "bring dependencies that are missing in charts/" },
];

/** The chart that a person names, as helm looks for it: a path first. @throws Error, ProblemError */
export async function locateChart(given: string, flags: ParsedFlags, io: CommandIo, compat: Compat): Promise<Opened> {
  const path = given.trim();
  const reference = referenceOf(path, flags);
  const found = compat === "v4" && reference.repo ? undefined : io.openChart(path);
  if (found !== undefined) return { path, content: found };
  if (/^[./]/.test(path)) throw new Error(`path ${JSON.stringify(path)} not found`);
  if (io.fetchChart) return { path, content: await io.fetchChart(reference) };
  if (!path.includes("/"))
    throw new Error(`non-absolute URLs should be in form of repo_name/path_to_chart, got: ${path}`);
  throw new Error(`repo ${path.split("/", 1)[0]} not found`);
}

export interface Opened {
  readonly path: string;
  readonly content: FileTree | Uint8Array;
}

/** @throws Error, ProblemError */
export async function openChart(opened: Opened, flags: ParsedFlags, io: CommandIo, compat: Compat): Promise<Chart> {
  const chart = load(opened, io, compat);
  if (!flags.isOn("dependency-update") || missingDependencies(chart).length === 0) return chart;
  if (!io.updateDependencies) throw new Error("--dependency-update is refused: nothing can be fetched here");
  return load({ path: opened.path, content: await io.updateDependencies(opened.path) }, io, compat);
}

function load({ path, content }: Opened, io: CommandIo, compat: Compat): Chart {
  const place = io.absolute(path);
  return content instanceof Uint8Array
    ? loadChartArchive(content, place, { compat })
    : loadChart(content, "", { compat, place });
}

/** The files of a chart, archive or not. @throws ProblemError */
export function filesOf({ path, content }: Opened): FileTree {
  if (!(content instanceof Uint8Array)) return content;
  return memoryTree(Object.fromEntries(unpackChart(content, path).map(({ name, data }) => [name, data])));
}

function referenceOf(name: string, flags: ParsedFlags): ChartReference {
  return {
    name,
    repo: flags.text("repo"),
    version: flags.text("version") ?? (flags.isOn("devel") ? ">0.0.0-0" : undefined),
    username: flags.text("username"),
    password: flags.text("password"),
    caFile: flags.text("ca-file"),
    certFile: flags.text("cert-file"),
    keyFile: flags.text("key-file"),
    passCredentials: flags.isOn("pass-credentials"),
    insecureSkipTlsVerify: flags.isOn("insecure-skip-tls-verify"),
    plainHttp: flags.isOn("plain-http"),
    repositoryConfig: flags.text("repository-config"),
    registryConfig: flags.text("registry-config"),
  };
}
