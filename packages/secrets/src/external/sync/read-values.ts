import { isJsonObject, problemError, ProblemError } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import { GENERATORS } from "../generators/index.ts";
import { Fields, problemSink } from "../model/fields.ts";
import type { GeneratorRef, RemoteRef, SecretTemplate, StoreRef } from "../model/types.ts";
import { dataOf } from "../values/secret-data.ts";
import { fromBytes } from "@fairlead/gotemplate";
import { providerDeps, type ProviderWorld, type StoreRegistry } from "../store/registry.ts";
import type { SharedReads } from "../store/shared-reads.ts";
import type { Entries } from "../values/keys.ts";
import type { Reading } from "./collect.ts";
import type { TemplateTexts } from "../template/apply.ts";

export interface ReadDeps extends ProviderWorld {
  readonly registry: StoreRegistry;
  readonly reads: SharedReads;
  /** Ends with the controller, not with one reconcile: others wait for the same read. */
  readonly signal: AbortSignal;
}

/** Reads for one object. `maxAgeMs`: how old a value may be that another object's read brought. */
export function readingFor(deps: ReadDeps, user: string, namespace: string, maxAgeMs: number): Reading {
  const payloadOf = async (ref: RemoteRef, store: StoreRef) => {
    const { client, gate, key } = deps.registry.open(store, namespace);
    const load = (): Promise<unknown> => gate.run(() => client.read(ref, deps.signal));
    return { client, payload: await deps.reads.read(`${key}${client.identityOf(ref)}`, user, maxAgeMs, load) };
  };
  return {
    async value(ref, store) {
      const { client, payload } = await payloadOf(ref, store);
      return payload === undefined ? undefined : client.valueOf(payload, ref);
    },
    async map(ref, store) {
      const { client, payload } = await payloadOf(ref, store);
      return payload === undefined ? undefined : client.mapOf(payload, ref);
    },
    async find(find, store) {
      const { client, gate, key } = deps.registry.open(store, namespace);
      const identity = `${key}find\n${JSON.stringify([find.path, find.name, find.tags])}`;
      const load = (): Promise<unknown> => gate.run(() => client.find(find, deps.signal));
      return (await deps.reads.read(identity, user, maxAgeMs, load)) as Entries;
    },
    generate: (ref) => generate(deps, ref, namespace),
  };
}

/** Generators give something new each time, so nothing is shared. */
export async function generate(deps: ReadDeps, ref: GeneratorRef, namespace: string): Promise<Entries> {
  const generator = GENERATORS.find(({ kind }) => kind === ref.kind);
  if (generator === undefined || !ref.apiVersion.startsWith("generators.external-secrets.io/"))
    throw problemError(
      "InvalidExternalSecret",
      `generator ${ref.kind} is not supported; there are ${GENERATORS.map(({ kind }) => kind).join(", ")}`,
    );
  const object = await deps.hub.find({ apiVersion: ref.apiVersion, kind: ref.kind }, ref.name, namespace);
  if (object === undefined) throw problemError("StoreNotReady", `${ref.kind} ${namespace}/${ref.name} does not exist`);
  const { problems, report } = problemSink("InvalidExternalSecret", `${ref.kind} ${namespace}/${ref.name}`);
  const run = generator.parse(new Fields(object["spec"], "spec", report));
  if (problems.length > 0) throw new ProblemError(problems);
  const store = { kind: "SecretStore", name: ref.name, namespace } as const;
  return run(providerDeps(deps, store, namespace), deps.signal);
}

/** ConfigMaps and Secrets that a template comes from, of the object's own namespace, read ahead of the pure part. */
export async function readTemplateTexts(
  hub: KubeClient,
  template: SecretTemplate | undefined,
  namespace: string,
): Promise<TemplateTexts> {
  const texts = new Map<string, Map<string, string>>();
  for (const from of template?.from ?? []) {
    for (const [kind, source] of [
      ["ConfigMap", from.configMap],
      ["Secret", from.secret],
    ] as const) {
      const id = `${kind}/${source?.name ?? ""}`;
      if (source === undefined || texts.has(id)) continue;
      const object = await hub.find({ apiVersion: "v1", kind }, source.name, namespace);
      if (object === undefined)
        throw problemError(
          "StoreNotReady",
          `error fetching templateFrom data: ${kind} ${namespace}/${source.name} does not exist`,
        );
      const data = object["data"];
      texts.set(
        id,
        kind === "Secret"
          ? new Map([...dataOf(object)].map(([key, value]) => [key, fromBytes(value)]))
          : new Map(isJsonObject(data) ? Object.entries(data).map(([key, value]) => [key, String(value)]) : []),
      );
    }
  }
  return (kind, name, key) => texts.get(`${kind}/${name}`)?.get(key);
}
