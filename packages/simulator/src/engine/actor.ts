import type { KubeObject } from "@fairlead/apimachinery";
import { isNotFound, type KubeClient } from "@fairlead/kube";
import { SIMULATOR_LIMITS } from "../limits.ts";
import type { Action, Told } from "./action.ts";
import type { ObjectStore } from "./store.ts";
import type { Teller } from "./teller.ts";

export interface ActorDeps {
  readonly client: KubeClient;
  readonly teller: Teller;
  readonly storeOf: (kind: string) => ObjectStore<KubeObject> | undefined;
}

/** Who acts: the component named in events and the manager of the fields it writes. */
export interface Identity {
  readonly component: string;
  readonly manager: string;
}

/** Carries out decisions and learns from the answers. */
export class Actor {
  readonly #deps: ActorDeps;
  readonly #identity: Identity;

  constructor(deps: ActorDeps, identity: Identity) {
    this.#deps = deps;
    this.#identity = identity;
  }

  /**
   * In the order given, creations and deletions next to each other at the same time. What fails ends the round: what would come
   * after may rest on it. @throws the first failure.
   */
  async perform(actions: readonly Action[]): Promise<void> {
    for (let index = 0; index < actions.length;) {
      const end = groupEnd(actions, index);
      await this.#together(actions.slice(index, end));
      index = end;
    }
  }

  /** All of them, some at a time; when one fails the others still run, since they do not rest on it. */
  async #together(actions: readonly Action[]): Promise<void> {
    const left = actions.values();
    const failures: unknown[] = [];
    const work = async (): Promise<void> => {
      for (const action of left) {
        try {
          await this.#one(action);
        } catch (error) {
          failures.push(error);
        }
      }
    };
    await Promise.all(Array.from({ length: Math.min(actions.length, SIMULATOR_LIMITS.writesAtOnceMax) }, work));
    if (failures.length > 0) throw failures[0];
  }

  async #one(action: Action): Promise<void> {
    if (action.do !== "event") this.#deps.teller.noteWrite();
    switch (action.do) {
      case "create":
        return this.#create(action);
      case "patch":
        return this.#patch(action);
      case "delete":
        return this.#delete(action);
      case "bind":
        return this.#bind(action);
      case "event":
        return this.#tell(action);
    }
  }

  async #create({ object, created, failed }: Extract<Action, { do: "create" }>): Promise<void> {
    try {
      const answer = await this.#deps.client.create(object, { fieldManager: this.#identity.manager });
      this.#learn(answer);
      if (created) this.#tell({ ...created, message: created.message.replace("{name}", answer.metadata.name ?? "") });
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      if (failed) this.#tell({ ...failed, message: failed.message.replace("{error}", text) });
      throw error;
    }
  }

  async #patch({ object, patch, subresource }: Extract<Action, { do: "patch" }>): Promise<void> {
    const { name = "", namespace } = object.metadata;
    const ref = { apiVersion: object.apiVersion, kind: object.kind, name, namespace };
    const options = { fieldManager: this.#identity.manager, subresource };
    await this.#unlessGone(object, async () =>
      this.#learn(await this.#deps.client.patch(ref, { type: "merge", body: patch }, options)),
    );
  }

  async #delete({
    object,
    graceSeconds,
    propagation = "Background",
    deleted,
  }: Extract<Action, { do: "delete" }>): Promise<void> {
    const { name = "", namespace, uid, finalizers } = object.metadata;
    await this.#unlessGone(object, async () => {
      const answer = await this.#deps.client.delete(object, name, namespace, {
        ...(uid === undefined ? {} : { preconditions: { uid } }),
        ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
        propagationPolicy: propagation,
      });
      const isGone = answer.kind === "Status" || (graceSeconds === 0 && !finalizers?.length);
      if (isGone) this.#deps.storeOf(object.kind)?.forget(object);
      else this.#learn(answer as KubeObject);
      if (deleted) this.#tell(deleted);
    });
  }

  async #bind({ object, node }: Extract<Action, { do: "bind" }>): Promise<void> {
    const { name = "", namespace = "", uid } = object.metadata;
    await this.#unlessGone(object, async () => {
      const answer = await this.#deps.client.request({
        method: "POST",
        path: `/api/v1/namespaces/${namespace}/pods/${encodeURIComponent(name)}/binding`,
        query: { fieldManager: this.#identity.manager },
        body: {
          apiVersion: "v1",
          kind: "Binding",
          metadata: { name, namespace, ...(uid === undefined ? {} : { uid }) },
          target: { apiVersion: "v1", kind: "Node", name: node },
        },
      });
      // 409: another scheduler was faster, or the pod is on its way out; the watch tells which.
      if (answer.status < 300 || answer.status === 409) return;
      // A server without the subresource lets the field be written; one that has it answers 404 for a pod that is gone.
      if (answer.status !== 404 && answer.status !== 405) {
        throw new Error(`binding ${namespace}/${name}: ${answer.body.toString()}`);
      }
      const ref = { apiVersion: "v1", kind: "Pod", name, namespace };
      const options = { fieldManager: this.#identity.manager };
      this.#learn(await this.#deps.client.patch(ref, { type: "merge", body: { spec: { nodeName: node } } }, options));
    });
  }

  async #unlessGone(object: KubeObject, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#deps.storeOf(object.kind)?.forget(object);
    }
  }

  #learn(object: KubeObject): void {
    this.#deps.storeOf(object.kind)?.learn(object);
  }

  #tell(told: Told): void {
    this.#deps.teller.tell(this.#identity.component, told);
  }
}

function groupEnd(actions: readonly Action[], start: number): number {
  const isFree = (action: Action | undefined): boolean => action?.do === "create" || action?.do === "delete";
  let end = start + 1;
  if (!isFree(actions[start])) return end;
  while (end < actions.length && isFree(actions[end])) end++;
  return end;
}
