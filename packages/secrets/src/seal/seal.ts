import type { KeyObject } from "node:crypto";
import { ProblemError, setOwn } from "@fairlead/base";
import { sealBytes } from "./cipher.ts";
import type { PlainSecret, Place } from "./read.ts";
import { labelFor, scopeOf, withScope, type Scope } from "./scope.ts";
import { SEALED_SECRET, type Metadata, type SealedSecret } from "./types.ts";

export interface SealOptions {
  readonly publicKey: KeyObject;
  /** Wins over the Secret's annotations unless it is strict, as kubeseal's flag does, whose default is strict. */
  readonly scope?: Scope;
  /** For a Secret that names no namespace. */
  readonly defaultNamespace?: string | undefined;
  readonly allowEmptyData?: boolean;
  readonly place?: Place;
}

/** Left by tools in what they wrote; in a sealed template it would only be noise, or a plain copy of the values. */
const NOISE_ANNOTATIONS = [
  "kubectl.kubernetes.io/last-applied-configuration",
  "kubecfg.ksonnet.io/last-applied-configuration",
];

/**
 * A Secret sealed as kubeseal seals it: one session key a value, the Secret's metadata as the template.
 * @throws ProblemError InvalidSecret: no name, no namespace where the scope needs one, no data
 */
export function sealSecret(secret: PlainSecret, options: SealOptions): SealedSecret {
  const asked = options.scope ?? "strict";
  const scope = asked === "strict" ? scopeOf(secret.metadata.annotations) : asked;
  const { name = "", namespace = options.defaultNamespace ?? "" } = secret.metadata;
  const fault = faultOf(secret, scope, name, namespace, options.allowEmptyData === true);
  if (fault !== undefined) throw new ProblemError({ code: "InvalidSecret", ...options.place, ...fault });
  const label = labelFor(scope, namespace, name);
  const encryptedData: Record<string, string> = {};
  for (const [key, value] of [...secret.values].sort(byKey)) {
    setOwn(encryptedData, key, sealBytes(options.publicKey, value, label).toString("base64"));
  }
  const template = {
    metadata: templateMetadata(secret.metadata, scope, namespace),
    ...(secret.type !== undefined && { type: secret.type }),
    ...(secret.immutable !== undefined && { immutable: secret.immutable }),
  };
  const scopeAnnotations = withScope(undefined, scope);
  const metadata = {
    name,
    ...(namespace && { namespace }),
    ...(Object.keys(scopeAnnotations).length > 0 && { annotations: scopeAnnotations }),
  };
  return { ...SEALED_SECRET, metadata, spec: { template, encryptedData } };
}

/** In kubeseal's words. */
function faultOf(
  secret: PlainSecret,
  scope: Scope,
  name: string,
  namespace: string,
  allowEmptyData: boolean,
): { message: string; hint?: string } | undefined {
  if (secret.values.size === 0 && !allowEmptyData) {
    const cause = "secret.data is empty in input Secret, assuming this is an error and aborting.";
    return { message: `${cause} To work with empty data, --allow-empty-data can be used` };
  }
  if (name === "") return { message: "missing metadata.name in input Secret" };
  if (namespace !== "" || scope === "cluster-wide") return undefined;
  return { message: "secret must declare a namespace", hint: "metadata.namespace, or --namespace" };
}

function templateMetadata(metadata: Metadata, scope: Scope, namespace: string): Metadata {
  const { name, generateName, labels, finalizers, managedFields } = metadata;
  const annotations = withScope(metadata.annotations, scope);
  for (const noise of NOISE_ANNOTATIONS) delete annotations[noise];
  return {
    ...(name && { name }),
    ...(generateName && { generateName }),
    ...(namespace && { namespace }),
    ...(labels && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(finalizers && { finalizers }),
    ...(managedFields !== undefined && { managedFields }),
  };
}

/** One value alone, as `kubeseal --raw` prints it. */
export function sealRaw(publicKey: KeyObject, value: Uint8Array, label: string): string {
  return sealBytes(publicKey, value, label).toString("base64");
}

/** `into` with the keys and template metadata of `from` laid over it: kubeseal's --merge-into. */
export function mergeSealed(into: SealedSecret, from: SealedSecret): SealedSecret {
  const target = into.spec.template ?? {};
  const source = from.spec.template ?? {};
  const labels = sorted({ ...target.metadata?.labels, ...source.metadata?.labels });
  const annotations = sorted({ ...target.metadata?.annotations, ...source.metadata?.annotations });
  const data = sorted({ ...target.data, ...source.data });
  const { finalizers, managedFields, ...head } = target.metadata ?? {};
  const { annotations: _a, labels: _l, ...names } = head;
  const metadata: Metadata = {
    ...names,
    ...(Object.keys(labels).length > 0 && { labels }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
    ...(finalizers && { finalizers }),
    ...(managedFields !== undefined && { managedFields }),
  };
  const { type, immutable } = target;
  const template = {
    metadata,
    ...(type !== undefined && { type }),
    ...(immutable !== undefined && { immutable }),
    ...(Object.keys(data).length > 0 && { data }),
  };
  const encryptedData = sorted({ ...into.spec.encryptedData, ...from.spec.encryptedData });
  return { ...into, spec: { template, encryptedData } };
}

function sorted<T>(map: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(map).sort(byKey));
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
