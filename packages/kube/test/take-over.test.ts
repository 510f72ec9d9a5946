import assert from "node:assert/strict";
import { test } from "node:test";
import type { ManagedFieldsEntry } from "@fairlead/apimachinery";
import { migrateEntries } from "../src/apply/migrate.ts";

function entry(
  manager: string,
  operation: "Apply" | "Update",
  fields: object,
  subresource?: string,
): ManagedFieldsEntry {
  return {
    manager,
    operation,
    apiVersion: "v1",
    time: "2026-01-01T00:00:00Z",
    fieldsType: "FieldsV1",
    fieldsV1: fields as NonNullable<ManagedFieldsEntry["fieldsV1"]>,
    ...(subresource !== undefined && { subresource }),
  };
}

const data = (...keys: string[]): object => ({ "f:data": Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) });

test("fields that kubectl set by updates become ours, together with those we applied", () => {
  const status = entry("kubectl-edit", "Update", data("s"), "status");
  const other = entry("controller", "Update", data("z"));
  const migrated = migrateEntries(
    [
      entry("kubectl-client-side-apply", "Update", data("a")),
      entry("fairlead", "Apply", data("b")),
      entry("kubectl-edit", "Update", data("c")),
      status,
      other,
    ],
    ["kubectl-client-side-apply", "kubectl-edit"],
    "fairlead",
  );
  assert.deepEqual(migrated, [entry("fairlead", "Apply", data("a", "b", "c")), status, other]);
});

test("without anything to take over nothing is written", () => {
  const entries = [entry("fairlead", "Apply", data("a")), entry("kubectl", "Apply", data("b"))];
  assert.equal(migrateEntries(entries, ["kubectl"], "fairlead"), undefined);
  assert.equal(migrateEntries([], ["kubectl"], "fairlead"), undefined);
});
