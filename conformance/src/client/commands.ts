import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { canonicalJson, ProblemError } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import { applyCommand, diffCommand, pruneCommand, waitCommand, type CommandIo } from "@fairlead/kube/command";
import type { Difference } from "../suite.ts";
import type { Upstream } from "./fault-proxy.ts";

interface Step {
  readonly what: string;
  /** Manifests of this step, without their namespace; the last ones when absent. */
  readonly objects?: readonly object[];
  /** What kubectl applies for both tools first, as only that is pruned by kubectl. */
  readonly setup?: readonly object[];
  /** What is done beside both, by somebody else. */
  readonly patch?: object;
  readonly kubectl: readonly string[];
  readonly fairlead: readonly string[];
}

const map = (name: string, data: object, labels?: object): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, ...(labels && { labels }) },
  data,
});
const service = (spec: object): object => ({ apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec });
const APPLY = ["apply", "--server-side", "--field-manager=judge", "-f", "FILE"];
const OURS = ["apply", "--field-manager=judge", "-f", "FILE"];
const DRY = "--dry-run";
const applied = (what: string, objects?: readonly object[], ...flags: string[]): Step => ({
  what,
  ...(objects && { objects }),
  kubectl: [...APPLY, ...flags.map((flag) => (flag === DRY ? "--dry-run=server" : flag))],
  fairlead: [...OURS, ...flags],
});
const waited = (what: string, target: string, condition: string): Step => {
  const args = ["wait", target, `--for=${condition}`, "--timeout=1s"];
  return { what, kubectl: args, fairlead: args };
};
const diffed = (what: string, objects: readonly object[]): Step => ({
  what,
  objects,
  kubectl: ["diff", "--server-side", "--field-manager=judge", "-f", "FILE"],
  fairlead: ["diff", "--field-manager=judge", "-f", "FILE"],
});

const pruned = (what: string, setup: readonly object[], kept: readonly object[], ...flags: string[]): Step => ({
  what,
  setup,
  objects: kept,
  kubectl: ["apply", "-f", "FILE", "--prune", ...flags.map((flag) => (flag === DRY ? "--dry-run=server" : flag))],
  fairlead: ["prune", "-f", "FILE", ...flags],
});

const SHOP = { app: "shop" };

/** In this order in one namespace for each tool: what one step leaves is what the next one meets. */
const STEPS: readonly Step[] = [
  diffed("diff of what is not there", [map("a", { k: "1" })]),
  applied("apply what is new", [map("a", { k: "1", gone: "x" }), service({ ports: [{ port: 80 }] })]),
  applied("apply it again"),
  diffed("diff of what is the same", [map("a", { k: "1", gone: "x" })]),
  diffed("diff of what is otherwise", [map("a", { k: "2" })]),
  applied("apply with a field less and one otherwise", [map("a", { k: "2" })]),
  applied("apply as a dry run", [map("a", { k: "3" })], DRY),
  { ...applied("apply against another manager", [map("a", { k: "4" })]), patch: { data: { k: "theirs" } } },
  applied("apply by force", undefined, "--force-conflicts"),
  applied("apply an unknown field", [{ ...map("a", { k: "4" }), bogus: 1 }]),
  applied("apply a wrong value beside a good object", [service({ ports: [{ port: 99_999 }] }), map("b", { k: "1" })]),
  applied("apply what the server does not serve", [{ ...map("c", {}), kind: "Nonsense" }]),
  applied("apply a name that is none", [map("Not_A_Name", {})]),
  applied("apply what may not change", [{ ...map("i", { k: "1" }), immutable: true }]),
  applied("apply the change", [{ ...map("i", { k: "2" }), immutable: true }]),
  diffed("diff of what may not change", [{ ...map("i", { k: "2" }), immutable: true }]),
  pruned(
    "prune as a dry run",
    [map("p1", {}, SHOP), map("p2", {}, SHOP), map("p3", {}, { app: "other" }), map("p4", {})],
    [map("p1", {}, SHOP)],
    "-l",
    "app=shop",
    DRY,
  ),
  pruned("prune where nothing is to go", [], [map("p1", {}, SHOP), map("p2", {}, SHOP)], "-l", "app=shop"),
  pruned("prune what is no longer there", [], [map("p1", {}, SHOP)], "-l", "app=shop"),
  pruned(
    "prune by a selector of sets, several kinds",
    [
      map("p5", {}, { app: "x", tier: "db" }),
      { ...service({ ports: [{ port: 80 }] }), metadata: { name: "p6", labels: { app: "x" } } },
    ],
    [map("p5", {}, { app: "x", tier: "db" })],
    "-l",
    "app in (x,y)",
  ),
  pruned("prune by a selector that is none", [], [map("p1", {}, SHOP)], "-l", "app in (x"),
  waited("wait for a field", "configmap/a", "jsonpath={.data.k}=4"),
  waited("wait for a field in vain", "configmap/a", "jsonpath={.data.k}=5"),
  waited("wait for the end of what is not there", "configmap/none", "delete"),
  waited("wait for the end in vain", "configmap/a", "delete"),
  waited("wait for a condition in vain", "configmap/a", "condition=Ready"),
  waited("wait for what is not there", "configmap/none", "condition=Ready"),
];

/** kubectl's own commands and ours on the same files: whether they succeed, and what they leave on the server. */
export async function judgeCommands(upstream: Upstream, client: KubeClient, kubectl: string): Promise<Difference[]> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-commands-"));
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(upstream)));
  const different: Difference[] = [];
  try {
    for (const tool of ["kubectl", "fairlead"]) {
      await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: `commands-${tool}` } });
    }
    for (const step of STEPS) {
      const file = join(folder, "objects.json");
      if (step.objects) writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: step.objects }));
      const seen: string[] = [];
      for (const tool of ["kubectl", "fairlead"] as const) {
        const namespace = `commands-${tool}`;
        if (step.setup && step.setup.length > 0) {
          const list = join(folder, "setup.json");
          writeFileSync(list, JSON.stringify({ apiVersion: "v1", kind: "List", items: step.setup }));
          const made = await runKubectl(kubectl, ["apply", "-f", list, `--kubeconfig=${kubeconfig}`, "-n", namespace]);
          if (made.code !== 0) throw new Error(made.said);
        }
        if (step.patch) {
          const ref = { apiVersion: "v1", kind: "ConfigMap", name: "a", namespace };
          await client.patch(ref, { type: "merge", body: step.patch }, { fieldManager: "somebody" });
        }
        const args = [
          ...step[tool].map((arg) => (arg === "FILE" ? file : arg)),
          `--kubeconfig=${kubeconfig}`,
          "-n",
          namespace,
        ];
        const { code, said } = tool === "kubectl" ? await runKubectl(kubectl, args) : await runOurs(args, folder);
        seen.push(
          canonicalJson({
            exit: code === 0 ? "0" : step.kubectl[0] === "diff" ? String(code) : "not 0",
            left: await left(client, namespace),
          }),
        );
        seen.push(said);
      }
      const [theirs, theySaid, ours, weSaid] = seen;
      if (theirs === ours) continue;
      different.push({
        name: `command: ${step.what}`,
        detail: `ours:   ${ours}\n${weSaid}\ntheirs: ${theirs}\n${theySaid}`,
      });
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return different;
}

export const COMMAND_STEPS = STEPS.length;

async function left(client: KubeClient, namespace: string): Promise<unknown> {
  const kinds = ["ConfigMap", "Service"].map((kind) => client.list({ apiVersion: "v1", kind }, { namespace }));
  const objects = (await Promise.all(kinds)).flatMap(({ items }) => items);
  return objects
    .filter(({ metadata }) => metadata.name !== "kube-root-ca.crt")
    .map(({ kind, metadata, data, ...rest }) => ({
      kind,
      name: metadata.name,
      data,
      ports: (rest["spec"] as { ports?: unknown } | undefined)?.ports,
      owners: metadata.managedFields?.map(({ manager, operation, fieldsV1 }) => [manager, operation, fieldsV1]),
    }));
}

interface Ran {
  readonly code: number;
  readonly said: string;
}

function runKubectl(kubectl: string, args: readonly string[]): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(kubectl, [...args], (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, said: stdout + stderr });
    });
  });
}

const COMMANDS = { apply: applyCommand, diff: diffCommand, prune: pruneCommand, wait: waitCommand };

async function runOurs([name, ...args]: readonly string[], cwd: string): Promise<Ran> {
  let said = "";
  const out = { write: (text: string): void => void (said += text) };
  const signal = new AbortController().signal;
  const io: CommandIo = { stdout: out, stderr: out, stdin: Readable.from([]), env: {}, cwd, signal };
  try {
    const code = await COMMANDS[name as keyof typeof COMMANDS](args, io);
    return { code, said };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    // As the cli ends: 1, and more than 1 for a diff that could not be made.
    return { code: name === "diff" ? 2 : 1, said: said + error.message };
  }
}

function kubeconfigOf({ url, token }: Upstream): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "judge",
    contexts: [{ name: "judge", context: { cluster: "judge", user: "judge" } }],
    clusters: [{ name: "judge", cluster: { server: url, "insecure-skip-tls-verify": true } }],
    users: [{ name: "judge", user: { token } }],
  };
}
