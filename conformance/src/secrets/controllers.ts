import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "@fairlead/apimachinery";
import { silentLogger, systemClock, type JsonObject } from "@fairlead/base";
import { contextConfig, createClient, eventRecorder, loadKubeconfig, type KubeClient } from "@fairlead/kube";
import { sealedSecretCrd, startSealedSecrets } from "@fairlead/secrets";
import { secretsCommand } from "@fairlead/secrets/command";
import { startKubeApiServer } from "../kube-apiserver.ts";
import { judgeLife } from "./controller-life.ts";
import { startPeerController } from "./peer-controller.ts";
import { command, program, type Judge } from "./run.ts";
import {
  certificateOf,
  clear,
  conditionOf,
  formOf,
  keys,
  KEYS,
  SEALED,
  SECRET,
  until,
  type Sides,
  type Stop,
} from "./sealed-objects.ts";

export interface ControllersJudged {
  readonly etcd: string;
  readonly kubernetes: string;
  readonly kubeseal: string;
}

/**
 * The real controller and ours on one kube-apiserver, one after the other: each makes Secrets of the same SealedSecrets, sealed with
 * keys the other made and that came through a backup. What they write is compared, and what they say.
 */
export async function judgeControllers(tools: ControllersJudged, root: string, judge: Judge): Promise<void> {
  const folder = join(root, "controllers");
  mkdirSync(folder);
  const server = await startKubeApiServer({ etcdDirectory: tools.etcd, kubernetesDirectory: tools.kubernetes });
  const config = contextConfig(loadKubeconfig(server.kubeconfig));
  const client = createClient(config, { clock: systemClock, logger: silentLogger });
  try {
    await client.create(sealedSecretCrd());
    await until("the kind", () =>
      client.list(SEALED).then(
        () => true,
        () => false,
      ),
    );
    const env = { HOME: folder, PATH: process.env["PATH"], KUBECONFIG: server.kubeconfig };
    const sides = {
      client,
      folder,
      judge,
      kubectl: program(join(tools.kubernetes, "kubectl"), folder, env, { isAsync: true }),
      kubeseal: program(join(tools.kubeseal, "kubeseal"), folder, env),
      secrets: command(secretsCommand, folder, env),
      runReal: async (cutoff?: Date) => {
        const flags = ["--key-size", "2048", ...(cutoff ? ["--key-cutoff-time", rfc1123z(cutoff)] : [])];
        return (await startPeerController(join(tools.kubeseal, "controller"), server, folder, flags)).stop;
      },
      runOurs: (cutoff?: Date) => runOurs(client, cutoff),
    };
    await judgeBackup("ours restored by theirs", sides, sides.runOurs, sides.runReal);
    await judgeBackup("theirs restored by ours", sides, sides.runReal, sides.runOurs);
    await judgeLife(sides);
    await judgeMalformedKey(sides);
  } finally {
    client.close();
    await server.stop();
  }
}

/** As flags of Go programs have times. */
function rfc1123z(time: Date): string {
  return time.toUTCString().replace("GMT", "+0000");
}

async function runOurs(client: KubeClient, cutoff: Date | undefined): Promise<Stop> {
  const events = eventRecorder(client, { component: "sealed-secrets" });
  const running = await startSealedSecrets({
    client,
    clock: systemClock,
    logger: silentLogger,
    events,
    keySize: 2048,
    ...(cutoff && { keyCutoffTime: cutoff.getTime() }),
  });
  return async () => {
    await running.stop();
    await events.flush();
  };
}

/** One makes the key and writes the first Secrets; both backups of it are kept; the cluster loses all; the other gets it back. */
async function judgeBackup(
  title: string,
  sides: Sides,
  first: () => Promise<Stop>,
  second: () => Promise<Stop>,
): Promise<void> {
  const { client, folder, kubectl, secrets, judge } = sides;
  const stopFirst = await first();
  await until("a key", async () => (await keys(client)).length > 0);
  writeFileSync(join(folder, "cert.pem"), certificateOf((await keys(client))[0]));
  const objects = await sealAll(sides);
  const before = await outcome(client, objects);
  const backups = [
    (await kubectl(["get", "secret", "-n", "kube-system", "-l", KEYS, "-o", "yaml"])).out,
    (await secrets(["backup"])).out,
  ];
  await stopFirst();
  for (const [index, backup] of backups.entries()) {
    const how = index === 0 ? "kubectl's backup" : "our backup";
    await clear(client, objects);
    writeFileSync(join(folder, "backup.yaml"), backup);
    // Each side restores the way its own documentation says.
    const restored = title.endsWith("ours")
      ? await secrets(["restore", "backup.yaml"])
      : await kubectl(["apply", "-f", "backup.yaml"]);
    judge(`${title}, ${how}: restored`, "0", `${restored.exit}${restored.exit === 0 ? "" : restored.err}`);
    const stopSecond = await second();
    try {
      const after = await outcome(client, objects);
      for (const [name, text] of Object.entries(before)) judge(`${title}, ${how}: ${name}`, text, after[name] ?? "");
    } finally {
      await stopSecond();
    }
  }
  await clear(client, objects);
}

const SCOPES = ["strict", "namespace-wide", "cluster-wide"] as const;

/** SealedSecrets in all scopes and with every kind of template, and some that cannot be opened. */
async function sealAll({ kubeseal }: Sides): Promise<KubeObject[]> {
  const sealed: KubeObject[] = [];
  for (const scope of SCOPES) {
    const text = `apiVersion: v1\nkind: Secret\nmetadata: {name: ${scope}, namespace: default, labels: {l: x}, annotations: {n: y}}\ntype: Opaque\nstringData: {k: planted-value, b: ""}\ndata: {bytes: /wD+}\n`;
    const { out } = await kubeseal(["--cert", "cert.pem", "--scope", scope], text);
    sealed.push(JSON.parse(out.toString()) as KubeObject);
  }
  const [strict, inNamespace, anywhere] = sealed;
  if (!strict || !inNamespace || !anywhere) return sealed;
  const change = (object: KubeObject, name: string, template: JsonObject, values?: JsonObject): KubeObject => {
    const spec = object["spec"] as { template: JsonObject; encryptedData: JsonObject };
    const encryptedData = { ...spec.encryptedData, ...values };
    return {
      ...object,
      metadata: { ...object.metadata, name },
      spec: { template: { ...spec.template, ...template }, encryptedData },
    };
  };
  const metadata = {
    annotations: { "sealedsecrets.bitnami.com/skip-set-owner-references": "true" },
    labels: { own: "label" },
  };
  return [
    ...sealed,
    change(inNamespace, "filled", { data: { url: "https://{{ .k }}@host/{{ .nothing }}", k: "{{ .k | upper }}" } }),
    change(anywhere, "typed", { type: "kubernetes.io/basic-auth", immutable: true, data: { username: "u" } }),
    change(anywhere, "unowned", { metadata }),
    change(anywhere, "bad-template", { data: { x: "{{ .k" } }),
    change(strict, "renamed", {}),
    change(anywhere, "tampered", {}, { k: "AgAAAA==" }),
    change(anywhere, "theirs", {}),
    change(anywhere, "managed", {}),
    change(anywhere, "patched", {}),
  ];
}

const ALREADY_THERE: readonly (readonly [string, Record<string, string>])[] = [
  ["theirs", {}],
  ["managed", { "sealedsecrets.bitnami.com/managed": "true" }],
  ["patched", { "sealedsecrets.bitnami.com/patch": "true" }],
];

/** What a controller makes of the objects: the Secrets, conditions and events, without what chance and time decide. */
async function outcome(client: KubeClient, objects: readonly KubeObject[]): Promise<Record<string, string>> {
  for (const [name, annotations] of ALREADY_THERE) {
    const metadata = { name, namespace: "default", annotations, labels: { old: "label" } };
    await client.create({ ...SECRET, metadata, data: { own: "eA==" }, type: "Opaque" });
  }
  for (const object of objects) await client.create(object);
  const found: Record<string, string> = {};
  for (const { metadata } of objects) {
    const { name = "" } = metadata;
    await until(
      `a condition of ${name}`,
      async () => conditionOf(await client.get(SEALED, name, "default")) !== undefined,
    );
    // A second look, for what follows the condition.
    const condition = conditionOf(await client.get(SEALED, name, "default"));
    const secret = await client.find(SECRET, name, "default");
    const { status = "", message } = condition ?? {};
    // How a template is misread is Go's own text there, and told by key alone here.
    const said = name === "bad-template" && message !== undefined ? "a fault" : inOrder(message ?? "");
    found[name] = JSON.stringify({ status, said, secret: secret === undefined ? null : formOf(secret) });
  }
  return found;
}

/** The peer names keys in the order of a Go map, which is none. */
function inOrder(message: string): string {
  return message.replace(/\(([^()]*)\)$/, (_all, list: string) => `(${list.split(", ").sort().join(", ")})`);
}

/** The peer ends at a key Secret without a certificate; ours goes on, which is what is wanted. */
async function judgeMalformedKey({ client, judge, runOurs: run }: Sides): Promise<void> {
  const metadata = { name: "broken", namespace: "kube-system", labels: { [KEYS]: "active" } };
  await client.create({ ...SECRET, metadata, data: { "tls.crt": "eA==", "tls.key": "eA==" } });
  const stop = await run();
  try {
    await until("a key beside the broken one", async () => (await keys(client)).length > 1);
    judge("a malformed key ends nothing", "goes on", "goes on");
  } finally {
    await stop();
  }
}
