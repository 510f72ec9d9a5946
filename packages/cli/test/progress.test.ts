import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { FleetDrawing } from "../src/up/progress/draw.ts";
import { countRows, isSettled, reasonsNotSettled, rowOf, type Row } from "../src/up/progress/model.ts";
import { fleetTable, thingsToTry } from "../src/up/summary.ts";
import { fakeIo } from "./support/io.ts";

function application(status: unknown, destination: object = { name: "staging" }): KubeObject {
  const object = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "web" },
    spec: { destination },
    status,
  };
  return object as unknown as KubeObject;
}
const row = (status: unknown, destination?: object): Row => rowOf(application(status, destination), () => "hub");
const HEALTHY = { sync: { status: "Synced" }, health: { status: "Healthy" }, resources: [{}, {}] };

describe("how far an Application is", () => {
  const CASES: ReadonlyArray<readonly [what: string, status: unknown, stage: string, isFailed: boolean]> = [
    ["nothing known", undefined, "waiting", false],
    ["compared", { sync: { status: "OutOfSync" }, health: { status: "Missing" } }, "rendered", false],
    ["applied", { sync: { status: "Synced" }, health: { status: "Progressing" } }, "applied", false],
    ["done", HEALTHY, "healthy", false],
    ["degraded", { sync: { status: "Synced" }, health: { status: "Degraded" } }, "applied", true],
    ["a condition", { conditions: [{ type: "ComparisonError", message: "bad" }] }, "waiting", true],
    [
      "a failed sync",
      { sync: { status: "OutOfSync" }, operationState: { phase: "Failed", message: "no" } },
      "rendered",
      true,
    ],
  ];
  for (const [what, status, stage, isFailed] of CASES) {
    test(`${what}: ${stage}`, () => assert.deepEqual([row(status).stage, row(status).isFailed], [stage, isFailed]));
  }
  test("the destination is the cluster's name, however it was written", () => {
    assert.equal(row(HEALTHY).destination, "staging");
    assert.equal(row(HEALTHY, { server: "https://kubernetes.default.svc" }).destination, "hub");
  });
});

describe("when the fleet stands", () => {
  const set = (status: string): KubeObject =>
    ({
      apiVersion: "v1",
      kind: "S",
      metadata: { name: "s" },
      status: { conditions: [{ type: "ResourcesUpToDate", status }] },
    }) as unknown as KubeObject;
  test("only with at least one Application, all healthy, and every set up to date", () => {
    assert.equal(isSettled([], []), false);
    assert.equal(isSettled([row(HEALTHY)], [set("True")]), true);
    assert.equal(isSettled([row(HEALTHY)], [set("False")]), false);
    assert.equal(isSettled([row(HEALTHY), row(undefined)], []), false);
  });
  test("every reason is told", () => {
    const failing = row({
      sync: { status: "OutOfSync" },
      health: { status: "Missing" },
      conditions: [{ type: "SyncError", message: "no way" }],
    });
    assert.deepEqual(reasonsNotSettled([row(HEALTHY), failing], [set("False")]), [
      "web: OutOfSync, Missing: no way",
      "ApplicationSet s: has not generated its Applications yet",
    ]);
  });
  test("counts are cumulative", () => {
    const rows = [
      row(HEALTHY),
      row({ sync: { status: "Synced" } }),
      row({ sync: { status: "OutOfSync" } }),
      row(undefined),
    ];
    assert.deepEqual(countRows(rows), { total: 4, rendered: 3, applied: 2, healthy: 1, failed: 0 });
  });
});

describe("what is shown", () => {
  test("a drawing is redrawn in place and never taller than the terminal", () => {
    const { io, out } = fakeIo({ isTerminal: true, rows: 10 });
    const drawing = new FleetDrawing(io.stdout);
    const rows = Array.from({ length: 20 }, (_, index) => ({
      ...row(index < 15 ? HEALTHY : undefined),
      name: `app-${index}`,
    }));
    drawing.draw(rows, 1234);
    const first = out();
    assert.ok(first.split("\n").length <= 10);
    assert.match(first, /20 applications: 15 rendered, 15 applied, 15 healthy/);
    assert.match(first, /app-19/);
    drawing.draw(rows, 2000);
    assert.ok(
      out()
        .slice(first.length)
        .startsWith(`\u001B[${first.split("\n").length - 1}A`),
    );
  });
  test("the table has a line an Application", () => {
    assert.equal(
      fleetTable([row(HEALTHY)]),
      "APPLICATION   CLUSTER   SYNC STATUS   HEALTH STATUS   OBJECTS\nweb           staging   Synced        Healthy         2\n",
    );
  });
  test("each thing to try is one line, with kubectl only where there is one", () => {
    const options = {
      kubeconfigPath: "/w/.fairlead/demo/kubeconfig",
      fleetDirectory: "/w/.fairlead/demo/my fleet",
      cwd: "/w",
      path: "/nowhere",
    };
    const text = thingsToTry(options);
    assert.match(text, /^ {5}npx fairlead set image --kubeconfig \.fairlead\/demo\/kubeconfig --context prod-east/m);
    assert.match(text, /git -C '\.fairlead\/demo\/my fleet' rm -q argocd\/applications\/ingress\.yaml/);
  });
});
