import type { KubeObject } from "@fairlead/apimachinery";
import { Redactor } from "@fairlead/render";

/**
 * What takes decrypted values out of messages about these objects. A file that is encrypted as a whole holds names and kinds too, and
 * a message without those would say nothing: what says which object is meant is no secret.
 */
export function redactorOf(
  decrypted: readonly string[],
  objects: readonly { readonly object: KubeObject }[],
): Redactor {
  const redactor = new Redactor();
  if (decrypted.length === 0) return redactor;
  const names = new Set(
    objects.flatMap(({ object: { apiVersion, kind, metadata } }) => [
      apiVersion,
      kind,
      metadata.name ?? "",
      metadata.namespace ?? "",
    ]),
  );
  redactor.add(decrypted.filter((text) => !names.has(text)));
  return redactor;
}
