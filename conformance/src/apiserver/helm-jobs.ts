import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Job } from "./kubectl.ts";

const CHART = fileURLToPath(new URL("helm-chart", import.meta.url));
const job = (args: string): Job => ({ args: args.replaceAll("{chart}", CHART) });

/** A release's life as people lead it. `back` is the flag that undoes an upgrade that fails: it has another name in Helm 4. */
function jobsOf(back: string): readonly Job[] {
  return [
    job("install web {chart} --create-namespace --wait --timeout 60s"),
    job("list"),
    job("list -o json"),
    job("status web"),
    job("get manifest web"),
    job("get values web --all"),
    job("get hooks web"),
    job("install web {chart}"),
    job("upgrade web {chart} --set replicas=3,tag=1.28 --wait --timeout 60s"),
    job("history web"),
    job("test web"),
    job("rollback web 1 --wait --timeout 60s"),
    job("history web"),
    job(`upgrade web {chart} --set tag=broken,fail=never-ready --timeout 4s ${back}`),
    job("history web"),
    job("status web"),
    job("upgrade --install other {chart} --wait --timeout 60s"),
    job("upgrade other {chart} --dry-run=server --set replicas=2"),
    job("upgrade nobody {chart}"),
    job("rollback web 77"),
    job("list --all"),
    job("uninstall other --keep-history"),
    job("list --uninstalled"),
    job("uninstall web --wait"),
    job("uninstall web"),
    job("history web"),
  ];
}

export interface HelmJobs {
  readonly helm: string;
  readonly jobs: readonly Job[];
}

/** Both majors, given by the folders of their binaries. */
export function helmJobs(helm4: string, helm3: string): readonly HelmJobs[] {
  return [
    { helm: join(helm4, "helm"), jobs: jobsOf("--rollback-on-failure") },
    { helm: join(helm3, "helm"), jobs: jobsOf("--atomic") },
  ];
}
