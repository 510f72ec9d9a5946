import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/base";
import fc from "fast-check";
import type { Condition, CronJob, Job, Pod } from "../src/api/types.ts";
import { readSchedule } from "../src/cronjob/schedule.ts";
import { formatIndexes, parseIndexes } from "../src/job/indexes.ts";
import { Cluster, workload } from "./support/cluster.ts";

const P = "simulator.fairlead.dev/";

function job(spec: JsonObject = {}, annotations: Record<string, string> = {}, restartPolicy = "Never"): Job {
  const defaults = { completions: 1, parallelism: 1, backoffLimit: 6 };
  return workload("batch/v1", "Job", "work", { ...defaults, ...spec }, { annotations, spec: { restartPolicy } });
}

function told(conditions: readonly Condition[] | undefined): string[] {
  return (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`);
}

function compare(a: string | undefined, b: string | undefined): number {
  return (a ?? "").localeCompare(b ?? "");
}

function work(cluster: Cluster): Job {
  return cluster.get<Job>("Job", "work");
}

test("a Job runs to its completions, no more at once than it may", () => {
  const cluster = new Cluster();
  cluster.add(job({ completions: 5, parallelism: 2 }));
  cluster.onAction = () => {
    const running = cluster.list<Pod>("Pod").filter(({ status }) => status?.phase !== "Succeeded").length;
    assert.ok(running <= 2, `${running} at once`);
  };
  cluster.run(10_000);
  const { status = {} } = work(cluster);
  assert.equal(status.succeeded, 5);
  assert.equal(status.active, undefined);
  assert.deepEqual(told(status.conditions), [
    "SuccessCriteriaMet=True CompletionsReached",
    "Complete=True CompletionsReached",
  ]);
  assert.ok(status.completionTime);
  assert.ok(cluster.events.includes("Job Completed: Job completed"));
});

test("a plain Job is over within two seconds", () => {
  const cluster = new Cluster();
  cluster.add(job());
  cluster.run(2_000);
  assert.equal(work(cluster).status?.succeeded, 1);
});

test("a Job that fails tries again, later each time, until its limit", () => {
  const cluster = new Cluster();
  cluster.add(job({ backoffLimit: 2 }, { [`${P}fail`]: "exit-code=1" }));
  cluster.run(5_000);
  assert.equal(work(cluster).status?.failed, 1);
  cluster.run(10_000);
  assert.equal(work(cluster).status?.failed, 2);
  cluster.run(25_000);
  assert.deepEqual(told(work(cluster).status?.conditions), [
    "FailureTarget=True BackoffLimitExceeded",
    "Failed=True BackoffLimitExceeded",
  ]);
  assert.equal(cluster.list("Pod").length, 3);
  assert.ok(cluster.events.includes("Job BackoffLimitExceeded: Job has reached the specified backoff limit"));
});

test("a Job whose first tries fail succeeds in the end", () => {
  const cluster = new Cluster();
  cluster.add(job({}, { [`${P}fail`]: "exit-code=1", [`${P}fail-times`]: "1" }));
  cluster.run(15_000);
  assert.deepEqual([work(cluster).status?.failed, work(cluster).status?.succeeded], [1, 1]);
});

test("restarts of a pod count against the limit", () => {
  const cluster = new Cluster();
  cluster.add(job({ backoffLimit: 2 }, { [`${P}fail`]: "crash-loop" }, "OnFailure"));
  cluster.run(60_000);
  assert.deepEqual(told(work(cluster).status?.conditions).at(-1), "Failed=True BackoffLimitExceeded");
});

test("a Job past its deadline fails and its pods go", () => {
  const cluster = new Cluster();
  cluster.add(job({ activeDeadlineSeconds: 5 }, { [`${P}run-for`]: "1h" }));
  cluster.run(7_000);
  assert.deepEqual(told(work(cluster).status?.conditions).at(-1), "Failed=True DeadlineExceeded");
  assert.equal(cluster.list("Pod").length, 0);
});

test("a suspended Job has no pods, and goes on when it is resumed", () => {
  const cluster = new Cluster();
  cluster.add(job({ suspend: true }));
  cluster.run(2_000);
  assert.equal(cluster.list("Pod").length, 0);
  assert.deepEqual(told(work(cluster).status?.conditions), ["Suspended=True JobSuspended"]);
  cluster.patch("Job", "work", { spec: { suspend: false } });
  cluster.run(2_000);
  assert.equal(work(cluster).status?.succeeded, 1);
  assert.equal(told(work(cluster).status?.conditions)[0], "Suspended=False JobResumed");
});

test("an Indexed Job completes every index once", () => {
  const cluster = new Cluster();
  cluster.add(job({ completions: 4, parallelism: 2, completionMode: "Indexed" }));
  cluster.run(10_000);
  assert.equal(work(cluster).status?.completedIndexes, "0-3");
  const indexes = cluster
    .list<Pod>("Pod")
    .map(({ metadata }) => metadata.annotations?.["batch.kubernetes.io/job-completion-index"]);
  assert.deepEqual(indexes.toSorted(compare), ["0", "1", "2", "3"]);
});

test("a finished Job is deleted when its time to live is over", () => {
  const cluster = new Cluster();
  cluster.add(job({ ttlSecondsAfterFinished: 30 }));
  cluster.run(20_000);
  assert.ok(cluster.find("Job", "work"));
  cluster.run(20_000);
  assert.equal(cluster.find("Job", "work"), undefined);
});

test("completion indexes are written in ranges and read back", () => {
  assert.equal(formatIndexes([0, 1, 2, 5, 7, 8]), "0-2,5,7,8");
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(60)), (indexes) => {
      const read = parseIndexes(formatIndexes(indexes), 100);
      assert.deepEqual(
        [...read].sort((a, b) => a - b),
        [...indexes].sort((a, b) => a - b),
      );
    }),
  );
});

function cron(spec: JsonObject, annotations: Record<string, string> = {}): CronJob {
  const template = {
    metadata: { annotations },
    spec: { restartPolicy: "Never", containers: [{ name: "main", image: "app:1" }] },
  };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: "nightly", namespace: "shop" },
    spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { template, completions: 1 } }, ...spec },
  };
}

const MINUTE = 60_000;

test("a CronJob starts its Job when it is due, and keeps as much history as it shall", () => {
  const cluster = new Cluster();
  cluster.add(cron({}));
  cluster.run(4 * MINUTE);
  assert.equal(cluster.list("Job").length, 0);
  cluster.run(2 * MINUTE);
  const [first] = cluster.list<Job>("Job");
  assert.match(first?.metadata.name ?? "", /^nightly-[0-9]{8}$/);
  assert.equal(
    first?.metadata.annotations?.["batch.kubernetes.io/cronjob-scheduled-timestamp"],
    "2026-01-01T00:05:00Z",
  );
  const { status = {} } = cluster.get<CronJob>("CronJob", "nightly");
  assert.equal(status.lastScheduleTime, "2026-01-01T00:05:00Z");
  assert.equal(status.lastSuccessfulTime?.slice(0, 16), "2026-01-01T00:05");
  assert.equal(status.active, undefined);
  cluster.run(30 * MINUTE);
  assert.equal(cluster.list("Job").length, 3);
});

test("overlapping runs are allowed, forbidden or replaced, by the policy", () => {
  for (const [concurrencyPolicy, jobs, running] of [
    ["Allow", 3, 3],
    ["Forbid", 1, 1],
    ["Replace", 1, 1],
  ] as const) {
    const cluster = new Cluster();
    cluster.add(cron({ concurrencyPolicy }, { [`${P}run-for`]: "10h" }));
    cluster.run(16 * MINUTE);
    assert.equal(cluster.list("Job").length, jobs, concurrencyPolicy);
    assert.equal(cluster.get<CronJob>("CronJob", "nightly").status?.active?.length, running, concurrencyPolicy);
  }
});

test("a suspended CronJob starts nothing, and afterwards only the last start that is not too late", () => {
  const cluster = new Cluster();
  cluster.add(cron({ suspend: true, startingDeadlineSeconds: 120 }));
  cluster.run(11 * MINUTE);
  assert.equal(cluster.list("Job").length, 0);
  cluster.patch("CronJob", "nightly", { spec: { suspend: false } });
  cluster.run(1_000);
  assert.equal(cluster.list("Job").length, 1);
  cluster.patch("CronJob", "nightly", { spec: { suspend: true } });
  cluster.run(8 * MINUTE);
  cluster.patch("CronJob", "nightly", { spec: { suspend: false } });
  cluster.run(1_000);
  assert.equal(cluster.list("Job").length, 1, "the missed one is too late");
});

test("schedules are read as robfig/cron reads them, in the zone they are given", () => {
  const at = (text: string, zone: string | undefined, after: string): string | undefined => {
    const schedule = readSchedule(text, zone);
    assert.ok(typeof schedule !== "string", String(schedule));
    const next = schedule.next(Date.parse(after));
    return next === undefined ? undefined : new Date(next).toISOString();
  };
  assert.equal(at("0 3 * * *", undefined, "2026-01-01T00:00:00Z"), "2026-01-01T03:00:00.000Z");
  assert.equal(at("0 3 * * *", "Europe/Berlin", "2026-07-01T00:00:00Z"), "2026-07-01T01:00:00.000Z");
  assert.equal(at("@hourly", undefined, "2026-01-01T00:30:00Z"), "2026-01-01T01:00:00.000Z");
  assert.equal(at("@every 1h30m", undefined, "2026-01-01T00:00:00Z"), "2026-01-01T01:30:00.000Z");
  assert.equal(at("0 0 13 * FRI", undefined, "2026-01-01T00:00:00Z"), "2026-01-02T00:00:00.000Z", "either day counts");
  for (const broken of ["", "* * * *", "61 * * * *", "@never", "TZ=UTC * * * * *", "@every x"]) {
    assert.equal(typeof readSchedule(broken, undefined), "string", broken);
  }
  assert.equal(typeof readSchedule("* * * * *", "Mars/Olympus"), "string");
});

test("a broken schedule is told and starts nothing", () => {
  const cluster = new Cluster();
  cluster.add(cron({ schedule: "61 * * * *" }));
  cluster.run(MINUTE);
  assert.match(cluster.events[0] ?? "", /^CronJob UnparseableSchedule: unparseable schedule: "61 \* \* \* \*" : /);
});
