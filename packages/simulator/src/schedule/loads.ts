import { addQuantity, type KubeObject, quantityOf, type Quantity, subtractQuantity } from "@fairlead/apimachinery";
import { isFinished } from "../api/pods.ts";
import type { Pod } from "../api/types.ts";
import type { ObjectStore } from "../engine/store.ts";
import { type Node, type NodeLoad, requestsOf } from "./fit.ts";

const ZERO = quantityOf(0, "DecimalSI");

interface Taken {
  readonly node: string;
  readonly requests: ReadonlyMap<string, Quantity>;
}

/**
 * What is taken on each node, kept up with every change of a pod. A pod counts from the moment it was given a node, before the
 * API server said so, so that two decisions in a row do not both take the last place.
 */
export class NodeLoads {
  readonly #nodes: ObjectStore<Node>;
  readonly #isOurs: (node: KubeObject) => boolean;
  readonly #taken = new Map<string, Taken>();
  readonly #counts = new Map<string, { pods: number; used: Map<string, Quantity> }>();

  constructor(nodes: ObjectStore<Node>, pods: ObjectStore<Pod>, isOurs: (node: KubeObject) => boolean) {
    this.#nodes = nodes;
    this.#isOurs = isOurs;
    pods.subscribe((pod, _, isGone) => {
      const { uid = "" } = pod.metadata;
      if (isGone || isFinished(pod)) this.release(uid);
      else if (pod.spec.nodeName) this.assume(pod, pod.spec.nodeName);
    });
  }

  all(): NodeLoad[] {
    return [...this.#nodes.all()].filter(this.#isOurs).map((node) => {
      const count = this.#counts.get(node.metadata.name ?? "");
      return { node, pods: count?.pods ?? 0, used: count?.used ?? new Map<string, Quantity>() };
    });
  }

  /** The node a pod was given, whether or not the server said so yet. */
  nodeOf(uid: string): string | undefined {
    return this.#taken.get(uid)?.node;
  }

  assume(pod: Pod, node: string): void {
    const { uid = "" } = pod.metadata;
    const known = this.#taken.get(uid);
    if (known?.node === node) return;
    if (known) this.release(uid);
    const requests = requestsOf(pod);
    this.#taken.set(uid, { node, requests });
    this.#change(node, requests, 1);
  }

  release(uid: string): void {
    const known = this.#taken.get(uid);
    if (!known) return;
    this.#taken.delete(uid);
    this.#change(known.node, known.requests, -1);
  }

  #change(node: string, requests: ReadonlyMap<string, Quantity>, by: 1 | -1): void {
    const count = this.#counts.get(node) ?? { pods: 0, used: new Map<string, Quantity>() };
    this.#counts.set(node, count);
    count.pods += by;
    for (const [name, quantity] of requests) {
      const used = count.used.get(name) ?? ZERO;
      count.used.set(name, by === 1 ? addQuantity(used, quantity) : subtractQuantity(used, quantity));
    }
  }
}
