import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigOf, startApiServer } from "@fairlead/apiserver";
import { silentLogger } from "@fairlead/base";
import { CONTRACT } from "../../../packages/apiserver/test/contract/index.ts";
import { startHooks, type Hooks } from "../../../packages/apiserver/test/contract/hooks.ts";
import { runCase, type CaseResult, type RunOptions } from "../../../packages/apiserver/test/contract/run.ts";
import { httpsTarget } from "../../../packages/apiserver/test/contract/target.ts";
import type { Case, Target } from "../../../packages/apiserver/test/contract/types.ts";
import { startKubeApiServer } from "../kube-apiserver.ts";
import { sortKnown, type KnownRule, type Suite, type SuiteContext, type SuiteResult } from "../suite.ts";
import { differences } from "./compare.ts";
import { compareArgoCd } from "./argocd-sync.ts";
import { tryClients } from "./clients.ts";
import { compareControllers } from "./controllers.ts";
import { managedCluster, realCluster, simulatedCluster } from "./cluster.ts";
import { compareJobs, compareKubectl, runningView } from "./kubectl-suite.ts";
import { killUnderLoad } from "./kills.ts";
import { helmJobs } from "./helm-jobs.ts";
import { LIVE_JOBS } from "./live-jobs.ts";
import type { Tally } from "./tally.ts";

const NAMESPACE_POLL_MS = 20;
const SLOW_PACE = 8;
/** Areas whose cases wait for the real server to learn of what they made: several wait together. */
const WAITING: ReadonlySet<string> = new Set(["policies", "webhooks", "conversions", "API services"]);
const WAITING_AT_ONCE = 6;

const KNOWN: readonly KnownRule[] = [
  {
    pattern: /^custom: faults of custom objects are all told at once/,
    reason: "rules in CEL are not compiled with the schema's types, so a value of another type is told once, not twice",
  },
  {
    pattern: /^custom: status of custom objects is its own/,
    reason: "on /status the real server names the field of a type fault without its parent",
  },
];

/** The same cases and the same kubectl lines on the embedded server and on kube-apiserver + etcd. `--contract AREA` compares one area only. */
export const suite: Suite = {
  name: "apiserver",
  description: "the embedded API server answers as kube-apiserver 1.35 does, to the contract and to kubectl",
  tools: [
    "etcd",
    "kubernetes",
    "kube-controller-manager",
    "helm4",
    "helm3",
    "kubeseal",
    "kubectl-argo-rollouts",
    "kwok",
    "argocd",
    "kustomize",
  ],
  run,
};

async function run(context: SuiteContext): Promise<SuiteResult> {
  const tally: Tally = { same: 0, different: [], skipped: [] };
  const at = context.args.indexOf("--contract");
  const area = at < 0 ? undefined : (context.args[at + 1] ?? "");
  if (area !== undefined && CONTRACT[area] === undefined) {
    throw new Error(`no area ${JSON.stringify(area)}; there are: ${Object.keys(CONTRACT).join(", ")}`);
  }
  await compareBare(context, tally, area);
  if (area !== undefined) return { ...tally, ...sortKnown(tally.different, KNOWN) };
  await compareLive(context, tally);
  await compareManaged(context, tally);
  await tryClients(context, tally);
  await killUnderLoad(context, tally);
  return { ...tally, ...sortKnown(tally.different, KNOWN) };
}

/** API servers alone: every answer is the server's own. */
async function compareBare(context: SuiteContext, tally: Tally, area: string | undefined): Promise<void> {
  const theirs = await startKubeApiServer({
    etcdDirectory: context.toolDirectory("etcd"),
    kubernetesDirectory: context.toolDirectory("kubernetes"),
  });
  // As bare as the judge: it has no controllers, and this admission needs accounts that they would make.
  const ours = await startApiServer({
    data: "memory",
    logger: silentLogger,
    controllers: false,
    disabledAdmission: ["ServiceAccount"],
  });
  const folder = mkdtempSync(join(tmpdir(), "fairlead-conformance-"));
  const kubeconfig = join(folder, "kubeconfig");
  // A token alone, as on the other side: a certificate would go before the tokens of jobs.
  const { certData: _certificate, keyData: _key, ...access } = ours.adminConfig();
  writeFileSync(kubeconfig, kubeconfigOf("embedded", access));
  const targets = [
    httpsTarget({ name: "embedded", url: ours.url, token: access.bearerToken ?? "" }),
    httpsTarget({ name: "kube-apiserver", url: theirs.url, token: theirs.token }),
  ] as const;
  const hooks = await startHooks();
  try {
    await compareContract(targets, hooks, context, tally, area);
    if (area === undefined) await compareKubectl(context, [kubeconfig, theirs.kubeconfig], tally);
  } finally {
    for (const target of targets) target.close();
    hooks.close();
    await ours.close();
    await theirs.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whole clusters: our server and simulator, and kube-apiserver with kube-controller-manager. */
async function compareLive(context: SuiteContext, tally: Tally): Promise<void> {
  const real = await realCluster({
    etcd: context.toolDirectory("etcd"),
    kubernetes: context.toolDirectory("kubernetes"),
    manager: context.toolDirectory("kube-controller-manager"),
  });
  const simulated = await simulatedCluster();
  try {
    const kubectl = join(context.toolDirectory("kubernetes"), "kubectl");
    await compareJobs(kubectl, [simulated.kubeconfig, real.kubeconfig], LIVE_JOBS, "live", tally, runningView);
    context.say(`kubectl on running workloads: ${LIVE_JOBS.length} jobs`);
    const both = helmJobs(context.toolDirectory("helm4"), context.toolDirectory("helm3"));
    for (const [index, { helm, jobs }] of both.entries()) {
      await compareJobs(helm, [simulated.kubeconfig, real.kubeconfig], jobs, `helm-${index}`, tally, runningView);
      context.say(`${helm.split("/").at(-2)}: ${jobs.length} jobs`);
    }
    await compareArgoCd(context, [simulated, real], tally);
  } finally {
    await simulated.stop();
    await real.stop();
  }
}

/** kube-controller-manager on our server comes to what our simulator comes to. */
async function compareManaged(context: SuiteContext, tally: Tally): Promise<void> {
  const managed = await managedCluster(context.toolDirectory("kube-controller-manager"));
  const simulated = await simulatedCluster();
  try {
    const { same, different } = await compareControllers(simulated, managed, (line) => context.say(line));
    tally.same += same;
    tally.different.push(...different);
  } finally {
    await simulated.stop();
    await managed.stop();
  }
}

async function compareContract(
  targets: readonly [Target, Target],
  hooks: Hooks,
  context: SuiteContext,
  tally: Tally,
  only: string | undefined,
): Promise<void> {
  let number = 0;
  for (const [area, cases] of Object.entries(CONTRACT)) {
    if (only !== undefined && area !== only) continue;
    const compareOne = async (testCase: Case, namespace: string): Promise<void> => {
      const name = `${area}: ${testCase.name}`;
      if (testCase.onlyHere !== undefined) {
        tally.skipped.push({ name, reason: testCase.onlyHere });
        return;
      }
      let lines = await compareCase(targets, testCase, namespace, { hooks });
      // What goes when watches are read for longer was the machine's.
      if (lines.length > 0) {
        lines = await compareCase(targets, testCase, `${namespace}-again`, { pace: SLOW_PACE, hooks });
      }
      if (lines.length === 0) tally.same++;
      else tally.different.push({ name, detail: lines.slice(0, 8).join("\n") });
    };
    const width = WAITING.has(area) ? WAITING_AT_ONCE : 1;
    for (let start = 0; start < cases.length; start += width) {
      const some = cases.slice(start, start + width);
      await Promise.all(some.map((testCase) => compareOne(testCase, `contract-${++number}`)));
    }
    context.say(`${area}: ${cases.length} cases`);
  }
}

async function compareCase(
  targets: readonly [Target, Target],
  testCase: Case,
  namespace: string,
  options: RunOptions,
): Promise<string[]> {
  const [ours, theirs] = await Promise.all(targets.map((target) => runIn(target, testCase, namespace, options)));
  return linesOf(testCase, ours as CaseResult, theirs as CaseResult);
}

/** In a namespace that is known to admission: kube-apiserver's learns of it a moment after it is made. */
async function runIn(target: Target, testCase: Case, namespace: string, options: RunOptions): Promise<CaseResult> {
  const headers = { "content-type": "application/json" };
  const send = (path: string, object: object): Promise<{ code: number }> =>
    target.send({ method: "POST", path, headers, body: JSON.stringify(object) });
  await send("/api/v1/namespaces", { metadata: { name: namespace } });
  const probe = `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`;
  while ((await send(probe, { metadata: { name: "probe" } })).code === 404) {
    await new Promise((resolve) => setTimeout(resolve, NAMESPACE_POLL_MS));
  }
  return runCase(target, testCase, namespace, options);
}

function linesOf(testCase: Case, ours: CaseResult, theirs: CaseResult): string[] {
  const lines = [
    ...ours.faults.map((fault) => `ours: ${fault}`),
    ...theirs.faults.map((fault) => `kube-apiserver: ${fault}`),
  ];
  testCase.steps.forEach((step, index) => {
    const left = ours.answers[index];
    const right = theirs.answers[index];
    if (left === undefined || right === undefined || step.ignoreBody === true) return;
    lines.push(...differences(left, right).map((line) => `${step.do} ${line}`));
  });
  return lines;
}
