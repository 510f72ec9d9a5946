import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

/** One thing people do with kubectl: a line of arguments, perhaps with something on standard input. */
export interface Job {
  readonly args: string;
  readonly input?: string;
  /** What `kubectl edit` opens, and other settings of the environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** What a job came to: exit code and both outputs, with names and times taken out. */
export interface JobResult {
  readonly code: number;
  readonly output: string;
}

/** Far above what a job takes: only what hangs is ended. */
const JOB_WITHIN_MS = 300_000;
/** A small kustomization, for `-k`. */
const TREE = fileURLToPath(new URL("kubectl-tree", import.meta.url));

/** Runs one job with kubectl or helm, which differ in where they cache what they learn. */
export function runJob(
  command: string,
  kubeconfig: string,
  namespace: string,
  { args, input, env }: Job,
): Promise<JobResult> {
  const words = wordsOf(args.replaceAll("{ns}", namespace).replaceAll("{tree}", TREE));
  const isHelm = command.endsWith("/helm");
  const own = isHelm ? [] : ["--cache-dir", `${kubeconfig}-cache`];
  const all = ["--kubeconfig", kubeconfig, ...own, "--namespace", namespace, ...words];
  const home = isHelm ? helmFolders(kubeconfig) : {};
  return new Promise((resolve) => {
    const child = execFile(
      command,
      all,
      { timeout: JOB_WITHIN_MS, env: { ...process.env, KUBECTL_EXTERNAL_DIFF: "diff -u", ...home, ...env } },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
        resolve({ code, output: withoutOwn(`${stdout}${stderr}`) });
      },
    );
    // Who does not read its input has ended before it came.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input ?? "");
  });
}

function helmFolders(kubeconfig: string): Record<string, string> {
  return {
    HELM_CACHE_HOME: `${kubeconfig}-helm/cache`,
    HELM_CONFIG_HOME: `${kubeconfig}-helm/config`,
    HELM_DATA_HOME: `${kubeconfig}-helm/data`,
  };
}

/** Words between spaces; single quotes keep spaces in one. */
function wordsOf(line: string): string[] {
  return (line.match(/(?:'[^']*'|[^ '])+/g) ?? []).map((word) => word.replaceAll("'", ""));
}

/** Output without ages, times, identities, addresses and temporary paths; runs of spaces count once, as columns follow widths. */
function withoutOwn(text: string): string {
  return (
    text
      // What the client library says about its own connections.
      .replace(/^[EWI]\d{4} \d\d:\d\d:\d\d\.\d+ .*\n/gm, "")
      // A patched object is printed whole, and Go orders its fields otherwise.
      .replace(/patch: Invalid value: "\{.*\}": /g, "patch: Invalid value: PATCHED: ")
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "UID")
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, "TIME")
      .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[.\d]* \+0000 UTC/g, "TIME")
      .replace(/\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}/g, "TIME")
      .replace(/\w{3}, \d\d \w{3} \d{4} [\d:]+ [+-]\d{4}/g, "TIME")
      .replace(/(resourceVersion|"resourceVersion"): "\d+"/g, "$1: *")
      .replace(/10\.96\.\d+\.\d+/g, "ADDRESS")
      .replace(/\b([a-z]+)-[bcdf-hj-np-tv-xz2456789]{6,10}-[bcdf-hj-np-tv-xz2456789]{5}\b/g, "$1-HASH-NAME")
      .replace(/\b(web|db|agent|once|slow)-[bcdf-hj-np-tv-xz2456789]{5,10}\b/g, "$1-HASH")
      .replace(/pod-template-hash=\w+/g, "pod-template-hash=HASH")
      .replace(/\beyJ[\w-]+\.[\w-]+\.[\w-]+/g, "TOKEN")
      .replace(/kubectl-edit-\w+\.yaml/g, "kubectl-edit")
      // How a pod differs is printed in a form Go itself calls unstable.
      .replace(/(previously negative\))\n@@ [\s\S]*$/, "$1\n")
      // Before node ports: the port a server was given may lie among them.
      .replace(/127\.0\.0\.1:\d+/g, "SERVER")
      .replace(/\b3[0-2]\d{3}\b/g, "PORT")
      // Ages of every length: `59s`, `2m5s`, `3h`.
      .replace(/\b(?:\d+(?:\.\d+)?(?:ms|s|m|h|d|y))+\b/g, "AGE")
      // How often an event was told depends on the pace of whoever tells it.
      .replace(/ \(x\d+ over \w+\)/g, "")
      .replace(/\/tmp\/(LIVE|MERGED)-\d+/g, "/tmp/$1")
      .replace(/[ \t]+/g, " ")
      // What the real server's rounds repair in its own books, told where nothing else is.
      .replace(/^Events:\n Type .*\n ----.*\n Warning ClusterIPNotAllocated .*\n/gm, "Events: <none>\n")
      .split("\n")
      .filter((line) => !line.startsWith("WARNING: version difference") && !/^(---|\+\+\+|diff -u)/.test(line))
      .join("\n")
  );
}
