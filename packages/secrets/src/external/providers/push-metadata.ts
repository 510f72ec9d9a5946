import { isJsonObject, problemError, ProblemError } from "@fairlead/base";
import { Fields, problemSink } from "../model/fields.ts";

/** What is written by External Secrets says so in this tag or label, and nothing else is touched. */
export const MANAGED_BY = "managed-by";
export const MANAGED_BY_VALUE = "external-secrets";

const API_VERSION = "kubernetes.external-secrets.io/v1alpha1";

/**
 * A push entry's `metadata`: `{apiVersion: kubernetes.external-secrets.io/v1alpha1, kind: PushSecretMetadata, spec}`. `read` reports
 * faults to the Fields it is given. @throws ProblemError with all of them
 */
export function readPushMetadata<T>(metadata: unknown, read: (spec: Fields) => T): T {
  const { problems, report } = problemSink("InvalidExternalSecret", "PushSecret metadata");
  if (metadata !== undefined && metadata !== null && !isJsonObject(metadata))
    throw problemError("InvalidExternalSecret", "metadata must be an object");
  const fields = new Fields(metadata, "metadata", report);
  if (metadata !== undefined && metadata !== null) {
    if (fields.text("apiVersion") !== API_VERSION) fields.fault("apiVersion", `must be ${API_VERSION}`);
    if (fields.text("kind") !== "PushSecretMetadata") fields.fault("kind", "must be PushSecretMetadata");
  }
  const spec = read(fields.child("spec"));
  if (problems.length > 0) throw new ProblemError(problems);
  return spec;
}

/** Tags as they are to be: those of the metadata, and the one that says whose the secret is. */
export function parseTags(spec: Fields, key: string): Record<string, string> {
  const tags = spec.textMap(key);
  if (Object.hasOwn(tags, MANAGED_BY)) spec.fault(key, `cannot specify a ${JSON.stringify(MANAGED_BY)} tag`);
  return { ...tags, [MANAGED_BY]: MANAGED_BY_VALUE };
}

export function refuseForeign(isManaged: boolean): void {
  if (!isManaged) throw problemError("ProviderRefused", "secret not managed by external-secrets");
}
