import type { KubeObject } from "@fairlead/apimachinery";
import { createInformer, keyOf, type Informer, type KubeClient } from "@fairlead/kube";
import { SECRET } from "../model/names.ts";
import type { Observed } from "../observe.ts";
import { dataHash, metadataHash } from "../values/hash.ts";

export interface SourceDeps {
  readonly hub: KubeClient;
  readonly observed: Observed;
  /** The Secret that this PushSecret pushes has other content than before, or is gone. */
  readonly onChanged: (push: string) => void;
}

/**
 * Sees changes of the Secrets that are pushed, so that they are pushed at once and not an interval later. Of each Secret only a hash is
 * kept, and none before there is something to push.
 */
export class PushSources {
  readonly #deps: SourceDeps;
  #secrets: Informer | undefined;

  constructor(deps: SourceDeps) {
    this.#deps = deps;
  }

  /** Begins with the first PushSecret that is seen. */
  follow(signal: AbortSignal): void {
    const { hub, observed } = this.#deps;
    observed.pushSecrets.subscribe(() => {
      if (this.#secrets !== undefined || signal.aborted) return;
      this.#secrets = createInformer(hub, { kind: SECRET, transform: hashed });
      this.#secrets.subscribe(({ type, object, old }) => {
        // What was there before the watch is pushed as its PushSecret says.
        if (type === "added" && this.#secrets?.hasSynced !== true) return;
        if (type === "updated" && old?.["hash"] === object["hash"]) return;
        for (const push of this.#pushesOf(object)) this.#deps.onChanged(keyOf(push));
      });
      this.#secrets.start(signal);
    });
  }

  #pushesOf(secret: KubeObject): KubeObject[] {
    const { pushSecrets } = this.#deps.observed;
    const { namespace = "" } = secret.metadata;
    // Those that select by label may mean it, or have meant it before.
    return [...pushSecrets.byIndex("source", keyOf(secret)), ...pushSecrets.byIndex("source", `${namespace}/`)];
  }
}

/** Nothing of a value but a hash of all. */
function hashed(secret: KubeObject): KubeObject {
  const { apiVersion, kind, metadata } = secret;
  const { name, namespace, uid, resourceVersion, labels, annotations } = metadata;
  const kept = { name, namespace, uid, resourceVersion, labels } as KubeObject["metadata"];
  const hash = `${dataHash((secret["data"] ?? {}) as Record<string, string>)} ${metadataHash(labels, annotations)}`;
  return { apiVersion, kind, metadata: kept, hash };
}
