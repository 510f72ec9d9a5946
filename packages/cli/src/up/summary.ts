import { existsSync } from "node:fs";
import { delimiter, join, relative } from "node:path";
import type { Row } from "./progress/model.ts";
import { alignColumns } from "./progress/table.ts";

/** The fleet as a table, as `kubectl get applications` would have it, plus where each Application lives. */
export function fleetTable(rows: readonly Row[]): string {
  const head = ["APPLICATION", "CLUSTER", "SYNC STATUS", "HEALTH STATUS", "OBJECTS"];
  const cells = rows.map((row) => [row.name, row.destination, row.sync, row.health, String(row.objects)]);
  return `${alignColumns([head, ...cells], 3).join("\n")}\n`;
}

export interface TryOptions {
  readonly kubeconfigPath: string;
  readonly fleetDirectory: string;
  readonly cwd: string;
  readonly path: string;
}

/** Three things to try, each one line to paste that works on this machine. */
export function thingsToTry(options: TryOptions): string {
  const kubeconfig = shortPath(options.cwd, options.kubeconfigPath);
  const fleet = shortPath(options.cwd, options.fleetDirectory);
  const image = "deployment/checkout checkout=checkout:by-hand";
  const breakIt = isOnPath("kubectl", options.path)
    ? `kubectl --kubeconfig ${kubeconfig} --context prod-east -n checkout set image ${image}`
    : `npx fairlead set image --kubeconfig ${kubeconfig} --context prod-east -n checkout ${image}`;
  const tag = "apps/checkout/overlays/staging/image-tag.yaml";
  const bump = `sed -i.bak s/v1.2.3-rc1/v1.2.3-rc2/ ${fleet}/${tag} && git -C ${fleet} commit -qam "checkout rc2 to staging"`;
  const remove = `git -C ${fleet} rm -q argocd/applications/ingress.yaml && git -C ${fleet} commit -qm "Remove ingress"`;
  return [
    "Three things to try, in another terminal; what happens is told here:",
    "  1. break a Deployment by hand, and see it named and healed",
    `     ${breakIt}`,
    "  2. commit an image tag, and see it land",
    `     ${bump}`,
    "  3. delete an Application's file, and see its objects pruned",
    `     ${remove}`,
    "",
  ].join("\n");
}

/** As a person would type it from where they are, quoted for a shell where that is needed. */
export function shortPath(cwd: string, path: string): string {
  const short = relative(cwd, path);
  const best = short.startsWith("..") || short === "" ? path : short;
  return /[\s'"$&()]/.test(best) ? `'${best.replaceAll("'", String.raw`'\''`)}'` : best;
}

function isOnPath(program: string, path: string): boolean {
  const names = process.platform === "win32" ? [`${program}.exe`, `${program}.cmd`] : [program];
  return path.split(delimiter).some((folder) => names.some((name) => existsSync(join(folder, name))));
}
