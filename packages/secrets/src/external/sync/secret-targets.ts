import type { KubeObject } from "@fairlead/apimachinery";
import { problemError, type JsonObject } from "@fairlead/base";
import { isAlreadyExists, isNotFound, type EventRecorder, type KubeClient } from "@fairlead/kube";
import { LABEL_OWNER, SECRET } from "../model/names.ts";
import type { ExternalSecretSpec } from "../model/types.ts";
import type { Observed } from "../observe.ts";
import { fieldManager, ownerHash } from "../values/hash.ts";
import type { Entries } from "../values/keys.ts";
import { readTemplateTexts } from "./read-values.ts";
import { MESSAGES } from "./status.ts";
import { isControlledBy, planWrite, targetSecret } from "./target.ts";

export interface SecretTargetDeps {
  readonly hub: KubeClient;
  readonly events: EventRecorder;
  readonly observed: Observed;
  /** Called when a Secret that was there got other data. */
  readonly onRotated: (secret: KubeObject) => void;
}

/** Targets that are Secrets. */
export class SecretTargets {
  readonly #deps: SecretTargetDeps;

  constructor(deps: SecretTargetDeps) {
    this.#deps = deps;
  }

  /** Whether there is a target now: with creation policy Merge a Secret has to be there first. */
  async write(
    owner: KubeObject,
    spec: ExternalSecretSpec,
    known: KubeObject | undefined,
    entries: Entries,
  ): Promise<boolean> {
    const { hub } = this.#deps;
    const { creationPolicy, name, template } = spec.target;
    const namespace = owner.metadata.namespace ?? "";
    if (creationPolicy === "Owner") await this.#deleteFormer(owner, name);
    // A Secret that is not ours yet is in no cache; only where one is likely is it looked for first.
    const existing = known ?? (creationPolicy === "Owner" ? undefined : await hub.find(SECRET, name, namespace));
    if (existing === undefined && creationPolicy === "Merge") return false;
    const texts = await readTemplateTexts(hub, template, namespace);
    const put = (before: KubeObject | undefined): Promise<void> =>
      this.#put(owner, before, targetSecret(owner, spec, before, entries, texts));
    try {
      await put(existing);
    } catch (error) {
      if (!isAlreadyExists(error) && !isNotFound(error)) throw error;
      await put(await hub.find(SECRET, name, namespace));
    }
    return true;
  }

  /** Removes the target, if it is the ExternalSecret's own. */
  async remove(owner: KubeObject, { target }: ExternalSecretSpec): Promise<void> {
    const existing = await this.#deps.hub.find(SECRET, target.name, owner.metadata.namespace ?? "");
    if (existing === undefined || !isControlledBy(existing, owner)) return;
    await this.#delete(existing);
    this.#tell(owner, "Deleted", MESSAGES.deleted);
  }

  async #put(owner: KubeObject, existing: KubeObject | undefined, wanted: KubeObject): Promise<void> {
    const { hub, onRotated } = this.#deps;
    const write = planWrite(existing, wanted);
    const options = { fieldManager: fieldManager(owner.metadata.name ?? "") };
    switch (write.kind) {
      case "none":
        return;
      case "create":
        await hub.create(write.secret, options);
        this.#tell(owner, "Created", "secret created");
        return;
      case "update":
        await hub.update(write.secret, options);
        this.#tell(owner, "Updated", "secret updated");
        onRotated(write.secret);
        return;
      case "metadata":
        await hub.update(write.secret, options);
        if (write.isRefused)
          throw problemError(
            "ExternalTargetRefused",
            `unable to update secret ${wanted.metadata.name ?? ""}: secret is immutable`,
          );
    }
  }

  /** Secrets under a name the target had before. */
  async #deleteFormer(owner: KubeObject, name: string): Promise<void> {
    const { namespace = "", name: own = "" } = owner.metadata;
    const binding = (owner["status"] as JsonObject | undefined)?.["binding"] as JsonObject | undefined;
    const former = binding?.["name"];
    if (typeof former !== "string" || former === name || former === "") return;
    const existing = this.#deps.observed.targets.get(`${namespace}/${former}`);
    if (existing?.metadata.labels?.[LABEL_OWNER] !== ownerHash(namespace, own)) return;
    await this.#delete(existing);
    this.#tell(owner, "Deleted", "secret deleted because it was orphaned");
  }

  async #delete({ metadata }: KubeObject): Promise<void> {
    const { name = "", namespace, uid } = metadata;
    await this.#deps.hub.delete(SECRET, name, namespace, { preconditions: { uid } }).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  #tell(owner: KubeObject, reason: string, message: string): void {
    this.#deps.events.event(owner, { type: "Normal", reason, message });
  }
}
