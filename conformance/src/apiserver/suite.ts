import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kubeconfigOf, startApiServer } from "@fairlead/apiserver";
import { silentLogger } from "@fairlead/base";
import { CONTRACT } from "../../../packages/apiserver/test/contract/index.ts";
import { runCase, type CaseResult } from "../../../packages/apiserver/test/contract/run.ts";
import { httpsTarget } from "../../../packages/apiserver/test/contract/target.ts";
import type { Case, Target } from "../../../packages/apiserver/test/contract/types.ts";
import { startKubeApiServer, type KubeApiServer } from "../kube-apiserver.ts";
import {
  sortKnown,
  type Difference,
  type KnownRule,
  type Skipped,
  type Suite,
  type SuiteContext,
  type SuiteResult,
} from "../suite.ts";
import { differences } from "./compare.ts";
import { JOBS, runJob } from "./kubectl.ts";

const NAMESPACE_POLL_MS = 20;

const KNOWN: readonly KnownRule[] = [
  {
    pattern: /^tables: FlowSchema /,
    reason: "requests are not told apart by priority, so nobody says whether a schema's level exists",
  },
  {
    pattern: /^tables: APIService /,
    reason: "the availability of other servers behind an APIService is told by another condition's writer",
  },
  {
    pattern: /^custom: faults of custom objects are all told at once/,
    reason: "rules in CEL are not compiled with the schema's types, so a value of another type is told once, not twice",
  },
  {
    pattern: /^custom: status of custom objects is its own/,
    reason: "on /status the real server names the field of a type fault without its parent",
  },
];

/** The same cases and the same kubectl lines on the embedded server and on kube-apiserver + etcd. */
export const suite: Suite = {
  name: "apiserver",
  description: "the embedded API server answers as kube-apiserver 1.35 does, to the contract and to kubectl",
  tools: ["etcd", "kubernetes"],
  run,
};

interface Tally {
  same: number;
  readonly different: Difference[];
  readonly skipped: Skipped[];
}

async function run(context: SuiteContext): Promise<SuiteResult> {
  const tally: Tally = { same: 0, different: [], skipped: [] };
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
  writeFileSync(kubeconfig, kubeconfigOf("embedded", ours.adminConfig()));
  const targets = [
    httpsTarget({ name: "embedded", url: ours.url, token: ours.adminConfig().bearerToken ?? "" }),
    httpsTarget({ name: "kube-apiserver", url: theirs.url, token: theirs.token }),
  ] as const;
  try {
    await compareContract(targets, context, tally);
    await compareKubectl(context, kubeconfig, theirs, tally);
  } finally {
    for (const target of targets) target.close();
    await ours.close();
    await theirs.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...tally, ...sortKnown(tally.different, KNOWN) };
}

async function compareContract(targets: readonly [Target, Target], context: SuiteContext, tally: Tally): Promise<void> {
  let number = 0;
  for (const [area, cases] of Object.entries(CONTRACT)) {
    for (const testCase of cases) {
      const name = `${area}: ${testCase.name}`;
      if (testCase.onlyHere !== undefined) {
        tally.skipped.push({ name, reason: testCase.onlyHere });
        continue;
      }
      const namespace = `contract-${++number}`;
      const [ours, theirs] = await Promise.all(targets.map((target) => runIn(target, testCase, namespace)));
      const lines = linesOf(testCase, ours as CaseResult, theirs as CaseResult);
      if (lines.length === 0) tally.same++;
      else tally.different.push({ name, detail: lines.slice(0, 8).join("\n") });
    }
    context.say(`${area}: ${cases.length} cases`);
  }
}

/** In a namespace that is known to admission: kube-apiserver's learns of it a moment after it is made. */
async function runIn(target: Target, testCase: Case, namespace: string): Promise<CaseResult> {
  const headers = { "content-type": "application/json" };
  const send = (path: string, object: object): Promise<{ code: number }> =>
    target.send({ method: "POST", path, headers, body: JSON.stringify(object) });
  await send("/api/v1/namespaces", { metadata: { name: namespace } });
  const probe = `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`;
  while ((await send(probe, { metadata: { name: "probe" } })).code === 404) {
    await new Promise((resolve) => setTimeout(resolve, NAMESPACE_POLL_MS));
  }
  return runCase(target, testCase, namespace);
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

/** With the kubectl that was built, and every `kubectl.1.NN` that the machine has. */
async function compareKubectl(
  context: SuiteContext,
  kubeconfig: string,
  theirs: KubeApiServer,
  tally: Tally,
): Promise<void> {
  const versions = [join(context.toolDirectory("kubernetes"), "kubectl"), ...othersOnPath()];
  for (const [index, kubectl] of versions.entries()) {
    // Each in a namespace of its own: a bare kube-apiserver deletes none.
    const namespace = `jobs-${index}`;
    const label = kubectl.split("/").at(-1) ?? kubectl;
    for (const job of JOBS) {
      const [left, right] = await Promise.all([
        runJob(kubectl, kubeconfig, namespace, job),
        runJob(kubectl, theirs.kubeconfig, namespace, job),
      ]);
      const name = `${label} ${job.args}`;
      if (left.code === right.code && left.output === right.output) tally.same++;
      else
        tally.different.push({
          name,
          detail: `ours (${left.code}): ${left.output}\ntheirs (${right.code}): ${right.output}`,
        });
    }
    context.say(`${label}: ${JOBS.length} jobs`);
  }
}

function othersOnPath(): string[] {
  const wanted = ["1.29", "1.30", "1.31", "1.32", "1.33"].map((version) => `kubectl.${version}`);
  return wanted.flatMap((name) => {
    try {
      return [execFileSync("sh", ["-c", `command -v ${name}`], { encoding: "utf8" }).trim()];
    } catch {
      return [];
    }
  });
}
