import type { KubeObject } from "@fairlead/apimachinery";
import { problemError } from "@fairlead/base";
import { createInformer, isNotFound, keyOf, type EventRecorder, type KubeClient } from "@fairlead/kube";
import { ANNOTATION_DATA_HASH, LABEL_MANAGED } from "../model/names.ts";
import type { ExternalSecretSpec, ManifestKind } from "../model/types.ts";
import { manifestKey } from "../observe.ts";
import { fieldManager } from "../values/hash.ts";
import type { Entries } from "../values/keys.ts";
import { contentHash, targetManifest } from "./manifest.ts";
import { readTemplateTexts } from "./read-values.ts";
import { isControlledBy } from "./target.ts";

export interface ManifestDeps {
  readonly hub: KubeClient;
  readonly events: EventRecorder;
  /** A target was changed or is gone: by its key of the index of ExternalSecrets. */
  readonly onTarget: (key: string) => void;
  readonly signal: AbortSignal;
}

/** Targets of kinds other than Secret (spec.target.manifest). */
export class ManifestTargets {
  readonly #deps: ManifestDeps;
  readonly #followed = new Set<string>();
  /** Key of a target → its content as the server stores it: with its defaults, so another one than was sent. */
  readonly #stored = new Map<string, string>();

  constructor(deps: ManifestDeps) {
    this.#deps = deps;
  }

  /** @throws ProblemError ExternalTargetRefused for a kind that no namespace holds */
  async find({ metadata }: KubeObject, kind: ManifestKind, name: string): Promise<KubeObject | undefined> {
    const resource = await this.#deps.hub.discovery.resourceFor(kind);
    if (!resource.namespaced)
      throw problemError(
        "ExternalTargetRefused",
        `${kind.kind} is not namespaced: an ExternalSecret writes in its own namespace only`,
      );
    return this.#deps.hub.find(kind, name, metadata.namespace);
  }

  isValid(existing: KubeObject | undefined, { target }: ExternalSecretSpec): boolean {
    if (["Orphan", "None"].includes(target.creationPolicy)) return true;
    if (existing === undefined || existing.metadata.labels?.[LABEL_MANAGED] !== "true") return false;
    const hash = contentHash(existing);
    return existing.metadata.annotations?.[ANNOTATION_DATA_HASH] === hash || this.#stored.get(keyIn(existing)) === hash;
  }

  async write(
    owner: KubeObject,
    spec: ExternalSecretSpec,
    kind: ManifestKind,
    existing: KubeObject | undefined,
    entries: Entries,
  ): Promise<void> {
    const { hub, events } = this.#deps;
    const { name = "", namespace = "" } = owner.metadata;
    const texts = await readTemplateTexts(hub, spec.target.template, namespace);
    const wanted = targetManifest(owner, spec, kind, existing, entries, texts);
    const options = { fieldManager: fieldManager(name) };
    const stored = await (existing === undefined ? hub.create(wanted, options) : hub.update(wanted, options));
    this.#stored.set(keyIn({ ...stored, ...kind }), contentHash(stored));
    this.#follow(kind);
    const verb = existing === undefined ? "Created" : "Updated";
    if (stored.metadata.resourceVersion === existing?.metadata.resourceVersion) return;
    events.event(owner, { type: "Normal", reason: verb, message: `${verb} ${kind.kind} ${spec.target.name}` });
  }

  /** Removes the target, if it is the ExternalSecret's own. */
  async remove(owner: KubeObject, spec: ExternalSecretSpec, kind: ManifestKind): Promise<void> {
    const { hub, events } = this.#deps;
    const existing = await this.find(owner, kind, spec.target.name);
    if (existing === undefined || !isControlledBy(existing, owner)) return;
    const { name = "", namespace, uid } = existing.metadata;
    await hub.delete(kind, name, namespace, { preconditions: { uid } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
    this.#stored.delete(keyIn({ ...existing, ...kind }));
    events.event(owner, { type: "Normal", reason: "Deleted", message: `Deleted ${kind.kind} ${name}` });
  }

  /** Notices edits of what was written, as long as the controller runs: few kinds are targets. */
  #follow(kind: ManifestKind): void {
    const id = `${kind.apiVersion}/${kind.kind}`;
    if (this.#followed.has(id)) return;
    this.#followed.add(id);
    const informer = createInformer(this.#deps.hub, { kind, labelSelector: `${LABEL_MANAGED}=true` });
    informer.subscribe(({ type, object }) => {
      const key = keyIn({ ...object, ...kind });
      if (type === "deleted") this.#stored.delete(key);
      this.#deps.onTarget(key);
    });
    informer.start(this.#deps.signal);
  }
}

function keyIn(object: KubeObject): string {
  return manifestKey(object, keyOf(object));
}
