import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startKubeApiServer } from "../kube-apiserver.ts";
import type { Difference, Suite, SuiteContext, SuiteResult } from "../suite.ts";

const FAIRLEAD = join(import.meta.dirname, "../../../packages/cli/bin/fairlead.mjs");
const WITHIN_MS = 30_000;

/** The command itself on a real API server: installed, started, killed, ended, as an operator does it. */
export const suite: Suite = {
  name: "controller",
  description: "fairlead install, controller and app on kube-apiserver 1.35 + etcd, as processes; one of two is killed",
  tools: ["etcd", "kubernetes"],
  run,
};

async function run(context: SuiteContext): Promise<SuiteResult> {
  const server = await startKubeApiServer({
    etcdDirectory: context.toolDirectory("etcd"),
    kubernetesDirectory: context.toolDirectory("kubernetes"),
  });
  const root = mkdtempSync(join(tmpdir(), "fairlead-conformance-controller-"));
  const operator = new Operator(root, server.kubeconfig, join(context.toolDirectory("kubernetes"), "kubectl"));
  const different: Difference[] = [];
  let same = 0;
  const check = async (name: string, question: () => boolean): Promise<void> => {
    context.say(name);
    if (await until(question)) same++;
    else different.push({ name, detail: `not within ${WITHIN_MS / 1000} s` });
  };
  try {
    const first = operator.start("first");
    await check("a controller without the kinds waits and says how to get them", () =>
      first.log().includes("fairlead install"),
    );
    await check("install brings the kinds", () => operator.fairlead("install", "--crds").status === 0);
    await check("then it runs", () => first.log().includes("controller running"));
    operator.kubectl("create", "namespace", "team-a");
    operator.apply();
    await check(
      "an Application of another namespace is synced without a project of its own",
      () => operator.value() === "one",
    );
    await check("app diff finds nothing", () => operator.fairlead("app", "diff", "team-a/one").status === 0);
    const second = operator.start("second");
    await check("a second one joins", () => second.log().includes("controller running"));
    first.child.kill("SIGKILL");
    operator.kubectl("-n", "default", "patch", "cm", "settings", "--type=merge", "-p", '{"data":{"key":"x"}}');
    await check("after a kill the other heals what drifted", () => operator.value() === "one");
    second.child.kill("SIGTERM");
    await check("SIGTERM ends it with 0", () => second.child.exitCode === 0);
  } finally {
    operator.end();
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  }
  return { same, different, skipped: [] };
}

async function until(question: () => boolean): Promise<boolean> {
  for (const end = Date.now() + WITHIN_MS; Date.now() < end;) {
    if (question()) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}

class Operator {
  readonly #root: string;
  readonly #kubeconfig: string;
  readonly #kubectl: string;
  readonly #children: ChildProcess[] = [];

  constructor(root: string, kubeconfig: string, kubectl: string) {
    this.#root = root;
    this.#kubeconfig = kubeconfig;
    this.#kubectl = kubectl;
    mkdirSync(join(root, "repo/app"), { recursive: true });
    const manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { key: one }\n";
    writeFileSync(join(root, "repo/app/a.yaml"), manifest);
    const git = (...args: string[]): void =>
      void spawnSync("git", ["-C", join(root, "repo"), "-c", "user.name=a", "-c", "user.email=a@example.com", ...args]);
    git("init", "-q", "-b", "main");
    git("add", "-A");
    git("commit", "-qm", "one");
  }

  start(name: string): { child: ChildProcess; log: () => string } {
    const args = [FAIRLEAD, "controller", "--kubeconfig", this.#kubeconfig, "--data", join(this.#root, name)];
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk: Buffer) => void (text += String(chunk)));
    this.#children.push(child);
    return { child, log: () => text };
  }

  fairlead(...args: string[]): { status: number | null; stdout: string } {
    const all = [FAIRLEAD, ...args, "--kubeconfig", this.#kubeconfig];
    return spawnSync(process.execPath, all, { encoding: "utf8" });
  }

  kubectl(...args: string[]): string {
    return spawnSync(this.#kubectl, ["--kubeconfig", this.#kubeconfig, ...args], { encoding: "utf8" }).stdout;
  }

  apply(): void {
    const spec = {
      project: "default",
      source: { repoURL: `file://${join(this.#root, "repo")}`, path: "app", targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "default" },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    };
    const metadata = { name: "one", namespace: "team-a" };
    const file = join(this.#root, "app.json");
    writeFileSync(file, JSON.stringify({ apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata, spec }));
    this.kubectl("apply", "-f", file);
  }

  /** What the application put there. */
  value(): string {
    return this.kubectl("-n", "default", "get", "cm", "settings", "-o", "jsonpath={.data.key}", "--ignore-not-found");
  }

  end(): void {
    for (const child of this.#children) if (child.exitCode === null) child.kill("SIGKILL");
  }
}
