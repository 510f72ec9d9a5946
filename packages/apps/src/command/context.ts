import type { KubeObject } from "@fairlead/apimachinery";
import type { KubeClient } from "@fairlead/kube";
import { parseApplication } from "../application/parse.ts";
import { listApplications, splitName, type ClusterFlags, type Where } from "./access.ts";
import type { ConnectCluster, OpenSources } from "./destination.ts";
import type { CommandIo } from "./io.ts";
import { UsageError } from "./program.ts";

/** What every subcommand gets. */
export interface Context {
  readonly hub: KubeClient;
  readonly flags: ClusterFlags;
  readonly io: CommandIo;
  readonly connectCluster: ConnectCluster;
  readonly openSources: OpenSources | undefined;
}

/** Which applications a command that takes several is for. */
export interface SelectFlags {
  readonly selector?: string;
  readonly project?: readonly string[];
}

/** A boolean flag that may carry its value, as `--cascade=false`. */
export function isOff(value: string | boolean | undefined): boolean {
  return value === false || value === "false";
}

/** Names that were given, or those that the selector and the projects find. @throws UsageError when nothing says anything */
export async function targetsOf(
  { hub, flags }: Context,
  names: readonly string[],
  { selector, project }: SelectFlags,
): Promise<Where[]> {
  if (names.length > 0) return names.map((name) => splitName(name, flags));
  if (selector === undefined && project === undefined) {
    throw new UsageError("no application is named: give names, or a selector with -l");
  }
  const isMeant = (object: KubeObject): boolean =>
    project === undefined || project.includes(parseApplication(object).application.spec.project);
  return (await listApplications(hub, flags, selector))
    .filter(isMeant)
    .map(({ metadata: { name = "", namespace = "" } }) => ({ name, namespace }));
}
