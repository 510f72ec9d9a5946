import type { KubeObject } from "@fairlead/apimachinery";
import type { Clock, Logger } from "@fairlead/base";
import type { KubeClient } from "../client/types.ts";
import { createInformer } from "../informer/informer.ts";

/** What adds and takes away kinds. */
const DEFINITIONS = [
  { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" },
  { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService" },
] as const;

/** A CRD's schemas are most of it, and nothing here looks at them. */
function identityOnly({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata };
}

/**
 * Keeps a client's discovery current for as long as the signal lives: whenever somebody changes a definition, it is asked for
 * anew. Without it a long-lived process learns of a new kind when it asks for that kind, but `all()` would stay as it was.
 */
export function followDefinitions(
  client: KubeClient,
  options: { readonly signal: AbortSignal; readonly logger?: Logger | undefined; readonly clock?: Clock | undefined },
): void {
  const { signal, logger, clock } = options;
  for (const kind of DEFINITIONS) {
    const informer = createInformer(client, { kind, transform: identityOnly, logger, clock });
    informer.subscribe(() => {
      if (informer.hasSynced) client.discovery.invalidate();
    });
    informer.start(signal);
  }
}
