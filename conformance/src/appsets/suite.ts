import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { canonicalJson, isJsonObject, silentLogger, systemClock, type Json, type JsonObject } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { appsetCommand } from "@fairlead/appsets/command";
import { createClient, type KubeClient } from "@fairlead/kube";
import { decodeDocuments, decodeYaml, encodeYaml } from "@fairlead/yaml";
import { startKubeApiServer, type KubeApiServer } from "../kube-apiserver.ts";
import { sortKnown, type Difference, type Suite, type SuiteContext, type SuiteResult } from "../suite.ts";
import { casesFor, type AppSetCase } from "./cases.ts";
import { hasRedis, startJudge } from "./judge.ts";
import { KNOWN } from "./known.ts";
import { duckDefinition, makeRepository, objectsFor, setOf } from "./objects.ts";
import { startStubHost } from "./stub-host.ts";

/** The real controller on the real API server, our command on the same files: the same Applications, and faults on the same sets. */
export const suite: Suite = {
  name: "appsets",
  description: "fairlead appset generate beside Argo CD 3.1.9's controller: the same Applications",
  tools: ["etcd", "kubernetes", "argocd"],
  run,
};

const VERDICT_WITHIN_MS = 90_000;
const CRDS = ["application", "applicationset", "appproject"].map((name) => `manifests/crds/${name}-crd.yaml`);
const SET_KIND = { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet" };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What one of the two makes of a set. */
interface Verdict {
  readonly applications: readonly JsonObject[];
  /** Undefined when nothing is wrong. */
  readonly fault: string | undefined;
}

async function run(context: SuiteContext): Promise<SuiteResult> {
  const definitions = definitionFiles();
  if (!hasRedis() || definitions === undefined) {
    const reason = hasRedis()
      ? "Argo CD's module is not in Go's cache, where its CRDs are read"
      : "redis-server is not installed";
    return { same: 0, different: [], skipped: [{ name: "appsets", reason }] };
  }
  const folder = mkdtempSync(join(tmpdir(), "fairlead-appsets-"));
  const host = await startStubHost();
  const repo = makeRepository(join(folder, "repo"));
  const [asked] = context.args;
  const cases = casesFor({ repo, host: host.url }).filter(({ name }) => asked === undefined || name.includes(asked));
  const kube = await startKubeApiServer({
    etcdDirectory: context.toolDirectory("etcd"),
    kubernetesDirectory: context.toolDirectory("kubernetes"),
  });
  try {
    const client = clientFor(kube);
    await prepare(client, definitions, objectsFor(host.url));
    const judge = await startJudge({ directory: context.toolDirectory("argocd"), folder, kubeconfig: kube.kubeconfig });
    try {
      context.say(`${cases.length} sets for the real controller`);
      const theirs = await judgeAll(client, cases, () => judge.log("argocd-applicationset-controller"));
      const ours = new Map<string, Verdict>();
      for (const one of cases) ours.set(one.name, await generate(one, objectsFor(host.url)));
      return compare(cases, theirs, ours);
    } finally {
      await judge.stop();
    }
  } finally {
    await kube.stop();
    await host.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Argo CD's own definitions, from the module its binary was built of. */
function definitionFiles(): string[] | undefined {
  const cache = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
  const files = CRDS.map((path) => join(cache, "github.com/argoproj/argo-cd/v3@v3.1.9", path));
  return files.every((file) => existsSync(file)) ? files : undefined;
}

function clientFor(kube: KubeApiServer): KubeClient {
  return createClient(
    { server: kube.url, bearerToken: kube.token, insecure: true },
    { logger: silentLogger, clock: systemClock },
  );
}

async function prepare(
  client: KubeClient,
  definitions: readonly string[],
  objects: readonly KubeObject[],
): Promise<void> {
  const crds = definitions.map((file) => decodeYaml(readFileSync(file, "utf8")) as unknown as KubeObject);
  for (const crd of [...crds, duckDefinition()]) await client.create(crd);
  await client.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "argocd" } });
  for (const crd of [...crds, duckDefinition()]) await untilServed(client, crd);
  for (const object of objects) await client.create(object);
}

async function untilServed(client: KubeClient, crd: KubeObject): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const found = await client.get({ apiVersion: crd.apiVersion, kind: crd.kind }, crd.metadata.name ?? "");
    const status = isJsonObject(found["status"]) ? found["status"] : {};
    const conditions = Array.isArray(status["conditions"]) ? status["conditions"] : [];
    if (conditions.some((one) => isJsonObject(one) && one["type"] === "Established" && one["status"] === "True"))
      return;
    await pause(100);
  }
}

/** Every set at once; a set the API refuses is a fault as well. */
async function judgeAll(
  client: KubeClient,
  cases: readonly AppSetCase[],
  log: () => string,
): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  for (const one of cases) {
    try {
      await client.create(setOf(one));
    } catch (error) {
      verdicts.set(one.name, { applications: [], fault: `refused: ${String(error)}` });
    }
  }
  const until = Date.now() + VERDICT_WITHIN_MS;
  for (;;) {
    await pause(500);
    const { items } = await client.list(SET_KIND, { namespace: "argocd" });
    const silent = new Set(cases.filter((one) => one.panics).map((one) => one.name));
    const open = items.filter((set) => conditionsOf(set).length === 0 && !silent.has(set.metadata.name ?? ""));
    if (open.length === 0 || Date.now() > until) break;
  }
  await pause(2_000);
  const [{ items: sets }, { items: applications }] = await Promise.all([
    client.list(SET_KIND, { namespace: "argocd" }),
    client.list({ ...SET_KIND, kind: "Application" }, { namespace: "argocd" }),
  ]);
  for (const set of sets) {
    const owned = applications.filter((one) =>
      one.metadata.ownerReferences?.some((owner) => owner.uid === set.metadata.uid),
    );
    const error = conditionsOf(set).find((one) => one["type"] === "ErrorOccurred" && one["status"] === "True");
    const isSilent = conditionsOf(set).length === 0;
    const fault = isSilent ? `no verdict (a panic?)\n${log().slice(-400)}` : error && String(error["message"]);
    verdicts.set(set.metadata.name ?? "", { applications: owned.map(comparable), fault });
  }
  return verdicts;
}

function conditionsOf(set: KubeObject): JsonObject[] {
  const status = isJsonObject(set["status"]) ? set["status"] : {};
  return Array.isArray(status["conditions"]) ? status["conditions"].filter(isJsonObject) : [];
}

/** Our command on a set file and an objects file, as a person calls it. */
async function generate(one: AppSetCase, objects: readonly KubeObject[]): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-appset-case-"));
  const [set, given] = [join(folder, "set.yaml"), join(folder, "objects.yaml")];
  writeFileSync(set, encodeYaml(setOf(one)));
  writeFileSync(given, objects.map((object) => encodeYaml(object)).join("---\n"));
  let stdout = "";
  let stderr = "";
  const io = {
    stdout: { write: (text: string) => void (stdout += text) },
    stderr: { write: (text: string) => void (stderr += text) },
    stdin: process.stdin,
    env: {},
    cwd: folder,
    signal: new AbortController().signal,
  };
  try {
    const exit = await appsetCommand(["generate", set, "--clusters", given], io);
    const { documents } = decodeDocuments(stdout);
    return {
      applications: documents.map(({ value }) => comparable(value as unknown as KubeObject)),
      fault: exit === 0 ? undefined : stderr,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a set says of an Application, without what Go writes though nothing was said. */
function comparable(application: KubeObject): JsonObject {
  const { name, namespace, labels, annotations, finalizers } = application.metadata;
  const value = { metadata: { name, namespace, labels, annotations, finalizers }, spec: application["spec"] };
  return (withoutEmpty(value as unknown as Json) ?? {}) as JsonObject;
}

function withoutEmpty(value: Json): Json | undefined {
  if (value === null || value === "" || value === undefined) return undefined;
  if (Array.isArray(value)) return value.length === 0 ? undefined : value.map((item) => withoutEmpty(item) ?? item);
  if (!isJsonObject(value)) return value;
  const kept = Object.entries(value).flatMap(([key, item]) => {
    const left = item === undefined ? undefined : withoutEmpty(item);
    return left === undefined ? [] : [[key, left] as const];
  });
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}

function compare(
  cases: readonly AppSetCase[],
  theirs: ReadonlyMap<string, Verdict>,
  ours: ReadonlyMap<string, Verdict>,
): SuiteResult {
  const all: Difference[] = [];
  for (const { name } of cases) {
    const [their, our] = [theirs.get(name), ours.get(name)];
    if (!their || !our) continue;
    const detail = differenceOf(their, our);
    if (detail !== undefined) all.push({ name, detail });
  }
  const { different, known } = sortKnown(all, KNOWN);
  return { same: cases.length - all.length, different, known, skipped: [] };
}

function differenceOf(their: Verdict, our: Verdict): string | undefined {
  const faults = `theirs: ${their.fault ?? "no fault"}\nours: ${our.fault ?? "no fault"}`;
  const [a, b] = [their, our].map(({ applications }) => applications.map(canonicalJson).sort());
  const onlyTheirs = (a ?? []).filter((text) => !b?.includes(text));
  const onlyOurs = (b ?? []).filter((text) => !a?.includes(text));
  if (onlyTheirs.length + onlyOurs.length > 0)
    return [...onlyTheirs.map((text) => `- ${text}`), ...onlyOurs.map((text) => `+ ${text}`), faults].join("\n");
  return (their.fault === undefined) === (our.fault === undefined) ? undefined : faults;
}
