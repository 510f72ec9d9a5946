import { isJsonObject, problemError, ProblemError } from "@fairlead/base";
import type { KubeClient } from "@fairlead/kube";
import { clusterFieldOf, GENERATORS } from "../generators/index.ts";
import { Fields, problemSink } from "../model/fields.ts";
import { CLUSTER_GENERATOR, GENERATORS_GROUP } from "../model/names.ts";
import type { GeneratorRef, RemoteRef, SecretTemplate, StoreRef } from "../model/types.ts";
import { dataOf } from "../values/secret-data.ts";
import { fromBytes } from "@fairlead/gotemplate";
import { providerDeps, type ProviderWorld, type StoreRegistry } from "../store/registry.ts";
import type { IssuedStates } from "../issued/states.ts";
import type { SharedReads } from "../store/shared-reads.ts";
import type { Entries } from "../values/keys.ts";
import type { Reading } from "./collect.ts";
import type { TemplateTexts } from "../template/apply.ts";
import { loadPkcs12, needsPkcs12 } from "../template/pkcs12.ts";

export interface ReadDeps extends ProviderWorld {
  readonly registry: StoreRegistry;
  readonly reads: SharedReads;
  /** Ends with the controller, not with one reconcile: others wait for the same read. */
  readonly signal: AbortSignal;
}

/** Reads for one object. `maxAgeMs`: how old a value may be that another object's read brought. */
export function readingFor(
  deps: ReadDeps,
  user: string,
  namespace: string,
  maxAgeMs: number,
  issued: IssuedStates,
): Reading {
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
    generate: (ref, place) => generate(deps, ref, namespace, { issued, place: String(place) }),
  };
}

/** Where what a generator issues is noted, and under which place of its owner. */
export interface IssuedAt {
  readonly issued: IssuedStates;
  readonly place: string;
}

/** Generators give something new each time, so nothing is shared. */
export async function generate(
  deps: ReadDeps,
  ref: GeneratorRef,
  namespace: string,
  { issued, place }: IssuedAt,
): Promise<Entries> {
  if (!ref.apiVersion.startsWith(`${GENERATORS_GROUP}/`))
    throw problemError("InvalidExternalSecret", `${ref.apiVersion} is not the group of generators`);
  const { kind, spec, where } = await generatorSpec(deps, ref, namespace);
  const generator = GENERATORS.find((candidate) => candidate.kind === kind);
  if (generator === undefined)
    throw problemError(
      "InvalidExternalSecret",
      `generator ${kind} is not supported; there are ${GENERATORS.map((one) => one.kind).join(", ")}`,
    );
  const { problems, report } = problemSink("InvalidExternalSecret", where);
  const run = generator.parse(new Fields(spec, "spec", report));
  if (problems.length > 0) throw new ProblemError(problems);
  // Whatever a generator refers to is in the namespace of the object that asks.
  const store = { kind: "SecretStore", name: ref.name, namespace } as const;
  const world = providerDeps(deps, store, namespace);
  const made = await run(world, deps.signal);
  if (!("state" in made)) return made;
  try {
    await issued.note(place, { kind, name: ref.name, spec }, made.state);
  } catch (error) {
    // Nobody would ever take it back.
    const sink = problemSink("InvalidExternalSecret", where);
    await generator.takeBack?.(new Fields(spec, "spec", sink.report), new Fields(made.state, "state", sink.report))(
      world,
      deps.signal,
    );
    throw error;
  }
  return made.entries;
}

async function generatorSpec(
  { hub }: ReadDeps,
  { apiVersion, kind, name }: GeneratorRef,
  namespace: string,
): Promise<{ kind: string; spec: unknown; where: string }> {
  const isCluster = kind === CLUSTER_GENERATOR;
  const isKnown = isCluster || GENERATORS.some((generator) => generator.kind === kind);
  // An unknown kind is told as such and not as an object that does not exist.
  if (!isKnown) return { kind, spec: undefined, where: kind };
  const object = await hub.find({ apiVersion, kind }, name, isCluster ? undefined : namespace);
  const where = isCluster ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
  if (object === undefined) throw problemError("StoreNotReady", `${where} does not exist`);
  if (!isCluster) return { kind, spec: object["spec"], where };
  const { problems, report } = problemSink("InvalidExternalSecret", where);
  const spec = new Fields(object["spec"], "spec", report);
  const inner = spec.required("kind");
  const field = clusterFieldOf(inner);
  if (!spec.child("generator").has(field)) spec.fault(`generator.${field}`, "is required");
  if (problems.length > 0) throw new ProblemError(problems);
  return { kind: inner, spec: spec.child("generator").raw(field), where };
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
  const all = [
    ...Object.values(template?.data ?? {}),
    ...(template?.from ?? []).map(({ literal }) => literal ?? ""),
    ...[...texts.values()].flatMap((entries) => [...entries.values()]),
  ];
  if (all.some(needsPkcs12)) await loadPkcs12();
  return (kind, name, key) => texts.get(`${kind}/${name}`)?.get(key);
}
