/**
 * What happens to SealedSecrets and Secrets while a controller runs: changes, deletions, annotations, and keys that are too old. The
 * same steps under the real controller and under ours, each from nothing.
 */
import { X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { KubeObject } from "@fairlead/apimachinery";
import type { JsonObject } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import {
  certificateOf,
  clear,
  conditionOf,
  formOf,
  keys,
  SEALED,
  SECRET,
  until,
  type Sides,
} from "./sealed-objects.ts";

export async function judgeLife(sides: Sides): Promise<void> {
  const wanted = await lifeUnder(sides, sides.runReal);
  const found = await lifeUnder(sides, sides.runOurs);
  for (const [step, state] of Object.entries(wanted)) sides.judge(`life: ${step}`, state, found[step] ?? "");
}

type States = Record<string, string>;

async function lifeUnder(sides: Sides, run: Sides["runReal"]): Promise<States> {
  const { client, folder } = sides;
  const states: States = {};
  const stop = await run();
  try {
    await until("a key", async () => (await keys(client)).length > 0);
    const [key] = await keys(client);
    states["the key"] = keyForm(key);
    writeFileSync(join(folder, "life.pem"), certificateOf(key));
    await changes(sides, states);
    await owners(sides, states);
    await faults(sides, states);
    for (const [name, reasons] of Object.entries(EVENTS))
      states[`events of ${name}`] = await eventsOf(client, name, reasons);
  } finally {
    await stop();
  }
  await cutOff(sides, run, states);
  await clear(
    client,
    Object.keys(EVENTS).map((name) => ({ ...SEALED, metadata: { name } })),
  );
  return states;
}

/** What each object is told, in any order: the steps below make them. */
const EVENTS: Readonly<Record<string, readonly string[]>> = {
  changed: ["Normal Unsealed", "Warning ErrUpdateFailed"],
  again: ["Normal Unsealed", "Warning ErrUpdateFailed"],
  both: ["Normal Unsealed"],
  repaired: ["Normal Unsealed", "Warning ErrUnsealFailed"],
  spoilt: ["Normal Unsealed", "Warning ErrUnsealFailed"],
  scoped: ["Warning ErrUnsealFailed"],
  "no-values": ["Normal Unsealed"],
};

async function changes({ client, kubeseal }: Sides, states: States): Promise<void> {
  await client.create(await sealed(kubeseal, "changed"));
  states["made"] = await settled(client, "changed");
  await respec(client, "changed", { template: { metadata: { labels: { more: "x" }, annotations: { a: "b" } } } });
  states["labels and annotations added"] = await settled(client, "changed");
  await respec(client, "changed", { encryptedData: { b: null }, template: { metadata: { labels: { more: null } } } });
  states["a key and a label taken away"] = await settled(client, "changed");
  await respec(client, "changed", { template: { data: { text: "{{ .k }}!" }, type: "example.org/other" } });
  states["a template, and another type"] = await settled(client, "changed");
  const { uid } = (await client.get(SECRET, "changed", "default")).metadata;
  await client.delete(SECRET, "changed", "default");
  await until("a new Secret", async () => {
    const made = await client.find(SECRET, "changed", "default");
    return made !== undefined && made.metadata.uid !== uid;
  });
  states["the Secret deleted"] = await settled(client, "changed");
  const { template } = (await sealed(kubeseal, "no-values"))["spec"] as { template: JsonObject };
  const metadata = { name: "no-values", namespace: "default" };
  await client.create({
    ...SEALED,
    metadata,
    spec: { encryptedData: {}, template: { ...template, data: { t: "{{ 1 }}" } } },
  });
  states["no values, a template alone"] = await settled(client, "no-values");
}

async function owners({ client, kubeseal }: Sides, states: States): Promise<void> {
  const again = await sealed(kubeseal, "again");
  await client.create(again);
  await settled(client, "again");
  await client.delete(SEALED, "again", "default");
  await until("its end", async () => (await client.find(SEALED, "again", "default")) === undefined);
  await client.create(again);
  states["made again beside the Secret of the one before"] = await settled(client, "again");
  await annotate(client, "again", { "sealedsecrets.bitnami.com/managed": "true" });
  await respec(client, "again", { template: { metadata: { labels: { step: "two" } } } });
  states["then handed over by an annotation"] = await settled(client, "again");
  const annotations = {
    "sealedsecrets.bitnami.com/managed": "true",
    "sealedsecrets.bitnami.com/patch": "true",
    own: "x",
  };
  const metadata = { name: "both", namespace: "default", annotations, labels: { old: "label" } };
  await client.create({ ...SECRET, metadata, data: { own: "eA==", k: "eA==" }, type: "Opaque" });
  await client.create(await sealed(kubeseal, "both"));
  states["managed and patched"] = await settled(client, "both");
}

async function faults({ client, kubeseal }: Sides, states: States): Promise<void> {
  const good = await sealed(kubeseal, "repaired");
  const { encryptedData } = good["spec"] as { encryptedData: Record<string, string> };
  await client.create({
    ...good,
    spec: { ...(good["spec"] as JsonObject), encryptedData: { ...encryptedData, k: "AgA=" } },
  });
  states["broken"] = await settled(client, "repaired");
  await respec(client, "repaired", { encryptedData });
  states["repaired"] = await settled(client, "repaired");
  await client.create(await sealed(kubeseal, "spoilt"));
  await settled(client, "spoilt");
  await respec(client, "spoilt", { encryptedData: { k: "AgA=" } });
  states["spoilt, the Secret kept"] = await settled(client, "spoilt");
  const scoped = await sealed(kubeseal, "scoped", "cluster-wide");
  const annotations = { "sealedsecrets.bitnami.com/cluster-wide": "True" };
  await client.create({ ...scoped, metadata: { ...scoped.metadata, annotations } });
  states["a scope that is not exactly true"] = await settled(client, "scoped");
}

/** Started when its newest key is older than the cut-off, a controller makes another, and opens with both. */
async function cutOff({ client, kubeseal }: Sides, run: Sides["runReal"], states: States): Promise<void> {
  const [key] = await keys(client);
  // Whole seconds both in certificates and in the flag.
  const cutoff = new Date(Date.parse(new X509Certificate(certificateOf(key)).validFrom) + 2_000);
  await until("the cut-off", () => Promise.resolve(Date.now() > cutoff.getTime() + 1_000));
  const old = await sealed(kubeseal, "changed");
  const stop = await run(cutoff);
  try {
    await until("a second key", async () => (await keys(client)).length === 2);
    await client.patch(
      { ...SEALED, name: "changed", namespace: "default" },
      { type: "merge", body: { spec: old["spec"] as JsonObject } },
    );
    states["sealed with a key from before the cut-off"] = await settled(client, "changed");
  } finally {
    await stop();
  }
}

async function sealed(kubeseal: Sides["kubeseal"], name: string, scope = "strict"): Promise<KubeObject> {
  const text = `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}, namespace: default, labels: {l: x}}\ntype: Opaque\nstringData: {k: planted-value, b: other}\n`;
  const { out, err } = await kubeseal(["--cert", "life.pem", "--scope", scope], text);
  if (out.length === 0) throw new Error(`kubeseal: ${err}`);
  return JSON.parse(out.toString()) as KubeObject;
}

async function respec(client: KubeClient, name: string, spec: JsonObject): Promise<void> {
  await client.patch({ ...SEALED, name, namespace: "default" }, { type: "merge", body: { spec } });
}

async function annotate(client: KubeClient, name: string, annotations: Record<string, string>): Promise<void> {
  const body = { metadata: { annotations } };
  await client.patch({ ...SECRET, name, namespace: "default" }, { type: "merge", body });
}

/** The state once the controller has told of the newest generation, without what chance and time decide. */
async function settled(client: KubeClient, name: string): Promise<string> {
  const statusOf = (object: KubeObject): JsonObject => (object["status"] ?? {}) as JsonObject;
  await until(`the newest generation of ${name}`, async () => {
    const object = await client.get(SEALED, name, "default");
    return statusOf(object)["observedGeneration"] === object.metadata.generation;
  });
  const object = await client.get(SEALED, name, "default");
  const { type, status, message, lastUpdateTime, lastTransitionTime } = conditionOf(object) ?? {};
  const secret = await client.find(SECRET, name, "default");
  const times = [lastUpdateTime, lastTransitionTime].every((time) => /^\d{4}-\d\d-\d\dT[\d:]{8}Z$/.test(time ?? ""));
  // What the API server says of a write it refuses is the peer's message; ours says what it means.
  const isRefused = /^failed update: |^Secret ".*" is invalid: /.test(message ?? "");
  return JSON.stringify({
    type,
    status,
    message: isRefused ? "refused" : (message ?? ""),
    times,
    secret: secret === undefined ? null : formOf(secret),
  });
}

/** Once the expected ones are there; what a controller says beyond them is in the answer. */
async function eventsOf(client: KubeClient, name: string, reasons: readonly string[]): Promise<string> {
  const told = async (): Promise<Set<string>> => {
    const { items } = await client.list({ apiVersion: "v1", kind: "Event" }, { namespace: "default" });
    const own = items.filter(({ involvedObject }) => (involvedObject as JsonObject)["name"] === name);
    return new Set(own.map(({ type, reason }) => `${String(type)} ${String(reason)}`));
  };
  await until(`events of ${name}: ${reasons.join(", ")}`, async () => {
    const found = await told();
    return reasons.every((reason) => found.has(reason));
  });
  return [...(await told())].sort().join(", ");
}

function keyForm(key: KubeObject | undefined): string {
  if (key === undefined) return "none";
  const { metadata, type, data } = key;
  const certificate = new X509Certificate(certificateOf(key));
  const [from, to] = [certificate.validFrom, certificate.validTo].map((time) => Date.parse(time));
  const text = Buffer.from((data as Record<string, string>)["tls.key"] ?? "", "base64").toString();
  return JSON.stringify({
    prefix: metadata.name?.replace(/.{5}$/, ""),
    labels: metadata.labels,
    annotations: metadata.annotations ?? {},
    type,
    entries: Object.keys(data as object).sort(),
    isAuthority: certificate.ca,
    subject: certificate.subject ?? "",
    days: Math.round(((to ?? 0) - (from ?? 0)) / 86_400_000),
    form: /^-----BEGIN ([A-Z ]+)-----/.exec(text)?.[1],
  });
}
