import type { KubeObject } from "@fairlead/apimachinery";
import { isAlreadyExists } from "@fairlead/kube";
import { KINDS, MANAGERS } from "../api/kinds.ts";
import type { Decision } from "../engine/action.ts";
import { createLoop, type Loop } from "../engine/loop.ts";
import type { World } from "../engine/world.ts";

/** The account `default` of every namespace. Our own API server sees to it by itself; others may not. */
export function serviceAccounts(world: World): Loop {
  const namespaces = world.store<KubeObject>(KINDS.namespace);
  const accounts = world.store<KubeObject>(KINDS.serviceAccount);
  const loop = createLoop(world, {
    component: "service-account-controller",
    manager: MANAGERS.controllers,
    // A server that makes the account itself is given the time to do so.
    settleMs: 100,
    decide(name) {
      return decideAccount(namespaces.get(name), accounts.get(`${name}/default`));
    },
    decideFailed: (_, error) => (isAlreadyExists(error) ? { actions: [] } : undefined),
  });
  namespaces.subscribe((namespace, _, isGone) => {
    if (!isGone) loop.add(namespace.metadata.name ?? "");
  });
  accounts.subscribe((account, _, isGone) => {
    if (isGone && account.metadata.name === "default") loop.add(account.metadata.namespace ?? "");
  });
  return loop;
}

function decideAccount(namespace: KubeObject | undefined, account: KubeObject | undefined): Decision {
  if (!namespace || account || namespace.metadata.deletionTimestamp !== undefined) return { actions: [] };
  const metadata = { name: "default", namespace: namespace.metadata.name ?? "" };
  return { actions: [{ do: "create", object: { apiVersion: "v1", kind: "ServiceAccount", metadata } }] };
}
