import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { silentLogger, systemClock } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { contextConfig, createClient, loadKubeconfig, type KubeClient } from "@fairlead/kube";
import { runGit } from "@fairlead/sources";
import { startFairlead, type FairleadProcess } from "./support/fairlead-process.ts";

const WITHIN_MS = 15_000;
const POLL_MS = 20;
const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };
const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" };

async function until<T>(what: string, look: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = Date.now() + WITHIN_MS;
  while (Date.now() < deadline) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`not within ${WITHIN_MS} ms: ${what}`);
}

describe("fairlead up --demo", () => {
  const data = mkdtempSync(join(tmpdir(), "fairlead-demo-"));
  const fleet = join(data, "fleet");
  const clients = new Map<string, KubeClient>();
  let running: FairleadProcess;
  const client = (context: string): KubeClient => {
    const known = clients.get(context);
    if (known) return known;
    const config = contextConfig(loadKubeconfig(join(data, "kubeconfig")), context);
    const made = createClient(config, { clock: systemClock, logger: silentLogger });
    clients.set(context, made);
    return made;
  };
  const commit = async (message: string): Promise<void> => {
    await runGit(["add", "--all"], { directory: fleet });
    await runGit(["commit", "--quiet", "--message", message], { directory: fleet });
  };
  const status = async (name: string): Promise<Record<string, never> | undefined> =>
    (await client("hub").find(APPLICATION, name, "argocd"))?.["status"] as Record<string, never> | undefined;

  before(async () => {
    // Killed in the middle of the bootstrap: the start after it resumes and ends where an undisturbed one ends.
    const killed = startFairlead(["up", "--demo", "--data", data]);
    await killed.seen(/root on hub: (rendered|applied)/);
    killed.child.kill("SIGKILL");
    await killed.ended;
    running = startFairlead(["up", "--demo", "--data", data]);
    await running.seen(/Ctrl-C ends it/);
  });
  after(async () => {
    for (const each of clients.values()) each.close();
    running.child.kill("SIGTERM");
    assert.equal(await running.ended, 0, running.err());
    rmSync(data, { recursive: true, force: true });
  });

  test("ends with every Application of the example fleet Synced and Healthy, even after a kill -9 half way", () => {
    const table = running.out().slice(running.out().indexOf("APPLICATION"));
    const lines = table.slice(0, table.indexOf("\n\n")).split("\n").slice(1);
    assert.equal(lines.length, 13);
    for (const line of lines) assert.match(line, /Synced +Healthy +\d+$/);
    assert.match(running.out(), /set image deployment\/checkout checkout=checkout:by-hand/);
  });

  test("one kubeconfig has a context for the hub and each cluster, each with credentials of its own", () => {
    const kubeconfig = loadKubeconfig(join(data, "kubeconfig"));
    assert.deepEqual([...kubeconfig.contexts.keys()].sort(), ["hub", "prod-east", "prod-west", "staging"]);
    const keys = [...kubeconfig.users.values()].map((user) => user.clientKeyData);
    assert.equal(new Set(keys).size, 4);
  });

  test("a Deployment changed by hand is named, attributed and healed", async () => {
    const patch = { spec: { template: { spec: { containers: [{ name: "checkout", image: "checkout:by-hand" }] } } } };
    const ref = { ...DEPLOYMENT, name: "checkout", namespace: "checkout" };
    await client("prod-east").patch(ref, { type: "strategic", body: patch }, { fieldManager: "kubectl-set" });
    await running.seen(/checkout-prod: drift: Deployment checkout\/checkout: .*by-hand.* by kubectl-set/);
    await running.seen(/checkout-prod: healed Deployment checkout\/checkout in \d+ ms/);
    assert.equal(imageOf(await client("prod-east").get(DEPLOYMENT, "checkout", "checkout")), "checkout:v1.2.2");
  });

  test("a deleted Deployment comes back", async () => {
    const old = await client("prod-east").get(DEPLOYMENT, "prometheus", "monitoring");
    await client("prod-east").delete(DEPLOYMENT, "prometheus", "monitoring");
    await until("prometheus is there again", async () => {
      const found = await client("prod-east").find(DEPLOYMENT, "prometheus", "monitoring");
      return found !== undefined && found.metadata.uid !== old.metadata.uid;
    });
  });

  test("a committed image tag lands, and only the application that reads the file is rendered", async () => {
    const already = running.out().length;
    const file = join(fleet, "apps/checkout/overlays/staging/image-tag.yaml");
    writeFileSync(file, readFileSync(file, "utf8").replace("v1.2.3-rc1", "v1.2.3-rc2"));
    await commit("checkout rc2 to staging");
    await until(
      "rc2 runs in staging",
      async () => imageOf(await client("staging").get(DEPLOYMENT, "checkout", "checkout")) === "checkout:v1.2.3-rc2",
    );
    await running.seen(/checkout-staging: synced/);
    const rendered = [
      ...running
        .out()
        .slice(already)
        .matchAll(/(\S+): rendered at \S+, because (.*) \(/g),
    ].map((match) => `${match[1]}: ${match[2]}`);
    assert.deepEqual(rendered, ["checkout-staging: apps/checkout/overlays/staging/image-tag.yaml changed"]);
  });

  test("an Application whose file is deleted goes, and its objects with it", async () => {
    await runGit(["rm", "--quiet", "argocd/applications/ingress.yaml"], { directory: fleet });
    await runGit(["commit", "--quiet", "--message", "Remove ingress"], { directory: fleet });
    await until(
      "ingress is gone",
      async () => (await client("hub").find(APPLICATION, "ingress", "argocd")) === undefined,
    );
    assert.equal(await client("prod-east").find(DEPLOYMENT, "ingress-nginx-controller", "ingress-nginx"), undefined);
  });

  test("a broken file and Applications that name what is not there are told one by one; the rest goes on", async () => {
    const bad: Readonly<Record<string, object>> = {
      "bad-project": {
        project: "nobody",
        source: source("platform/monitoring"),
        destination: { name: "staging", namespace: "x" },
      },
      "bad-cluster": {
        project: "default",
        source: source("platform/monitoring"),
        destination: { name: "atlantis", namespace: "x" },
      },
      "bad-path": {
        project: "default",
        source: source("no/such/dir"),
        destination: { name: "staging", namespace: "x" },
      },
      "bad-revision": {
        project: "default",
        source: { ...source("platform/monitoring"), targetRevision: "v99" },
        destination: { name: "staging", namespace: "x" },
      },
    };
    for (const [name, spec] of Object.entries(bad)) {
      const object = { ...APPLICATION, metadata: { name, namespace: "argocd" }, spec };
      await client("hub").create(object as unknown as KubeObject);
    }
    writeFileSync(
      join(fleet, "teams/payments/gateway/broken.yaml"),
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: [oops\n",
    );
    writeFileSync(
      join(fleet, "clusters/staging/cluster-info.yaml"),
      readFileSync(join(fleet, "clusters/staging/cluster-info.yaml"), "utf8").replace("tier: staging", "tier: test"),
    );
    await commit("Break one file, change another");

    const expected: Readonly<Record<string, RegExp>> = {
      "bad-project": /project .*nobody/,
      "bad-cluster": /atlantis/,
      "bad-path": /no\/such\/dir/,
      "bad-revision": /v99/,
      "payments-gateway": /teams\/payments\/gateway\/broken\.yaml:5:1/,
    };
    for (const [name, pattern] of Object.entries(expected)) {
      await until(`${name} says what is wrong`, async () => {
        const { conditions = [] } = ((await status(name)) ?? {}) as {
          conditions?: { type: string; message: string }[];
        };
        return conditions.some((condition) => condition.type.endsWith("Error") && pattern.test(condition.message));
      });
    }
    await until("the other file of the same commit lands", async () => {
      const info = await client("staging").find({ apiVersion: "v1", kind: "ConfigMap" }, "cluster-info", "platform");
      return (info?.["data"] as Record<string, string> | undefined)?.["tier"] === "test";
    });
    assert.ok(await client("prod-west").find(DEPLOYMENT, "gateway", "payments"), "what ran goes on running");
  });

  function source(path: string): object {
    return { repoURL: `file://${fleet}`, targetRevision: "main", path };
  }
});

function imageOf(deployment: KubeObject): string | undefined {
  const spec = deployment["spec"] as { template: { spec: { containers: { image: string }[] } } };
  return spec.template.spec.containers[0]?.image;
}
