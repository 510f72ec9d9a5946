import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger, type LoggerOptions } from "@fairlead/base";

function recorded(options: LoggerOptions = {}) {
  const lines: Record<string, unknown>[] = [];
  const logger = createLogger({
    ...options,
    write: (line) => {
      const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
      assert.match(String(time), /^\d{4}-\d\d-\d\dT/);
      lines.push(rest);
    },
  });
  return { logger, lines };
}

test("a line is one JSON object with its level, its message and the fields of all loggers above", () => {
  const { logger, lines } = recorded();
  const fields = { part: "sync" };
  const child = logger.with(fields);
  fields.part = "changed later";
  child.with({ application: "web" }).info("synced", { revision: "abc" });
  logger.error("failed");
  assert.deepEqual(lines, [
    { level: "info", part: "sync", application: "web", revision: "abc", msg: "synced" },
    { level: "error", msg: "failed" },
  ]);
});

for (const { level, written } of [
  { level: "debug", written: ["debug", "info", "warn", "error"] },
  { level: undefined, written: ["info", "warn", "error"] },
  { level: "warn", written: ["warn", "error"] },
  { level: "silent", written: [] },
] as const) {
  test(`a logger of level ${level ?? "as it comes"} writes ${written.join(", ") || "nothing"}`, () => {
    const { logger, lines } = recorded(level === undefined ? {} : { level });
    for (const one of ["debug", "info", "warn", "error"] as const) logger.with({ a: 1 })[one]("said");
    assert.deepEqual(
      lines.map((line) => line["level"]),
      written,
    );
  });
}

test("names under which secrets travel are never printed", () => {
  const { logger, lines } = recorded();
  logger.info("connected", { token: "abc", server: { password: "def", url: "https://x" } });
  assert.deepEqual(lines, [
    { level: "info", token: "…", server: { password: "…", url: "https://x" }, msg: "connected" },
  ]);
});
