import { parseGoDuration, problemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import type { ClusterFlags } from "./access.ts";
import { APPLICATION_KIND } from "../names.ts";
import type { ConnectCluster, OpenSources } from "./destination.ts";
import type { CommandIo } from "./io.ts";

/** What every subcommand gets. */
export interface Context {
  readonly hub: KubeClient;
  readonly flags: ClusterFlags;
  readonly io: CommandIo;
  readonly connectCluster: ConnectCluster;
  readonly openSources: OpenSources | undefined;
}

/** Milliseconds of `5m` or, as the argocd command has it, of a number of seconds. @throws ProblemError */
export function timeoutOf(text: string): number {
  return /^\d+$/.test(text) ? Number(text) * 1000 : parseGoDuration(text);
}

/** A boolean flag that may carry its value, as `--cascade=false`. */
export function isOff(value: string | boolean | undefined): boolean {
  return value === false || value === "false";
}

/** Names that were given, or those the selector finds. @throws ProblemError when neither says anything */
export async function namesOf(
  { hub, flags }: Context,
  names: readonly string[],
  options: { readonly selector?: string | undefined; readonly matches?: (object: KubeObject) => boolean },
): Promise<string[]> {
  if (names.length > 0) return [...names];
  const { selector, matches } = options;
  if (selector === undefined && matches === undefined) {
    throw problemError("InvalidInput", "no application is named", { hint: "give names, or a selector with -l" });
  }
  const namespace = flags.appNamespace ?? flags.namespace;
  const { items } = await hub.list(APPLICATION_KIND, { namespace, labelSelector: selector });
  return items
    .filter((object) => matches?.(object) ?? true)
    .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)
    .sort();
}
