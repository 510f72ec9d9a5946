import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { ProblemError } from "@fairlead/base";
import { ChartSources, Repositories } from "@fairlead/sources";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { remoteFetcher } from "../src/remote-fetcher.ts";

const MIB = Buffer.alloc(1024 * 1024, "a: b\n");

/** Answers what it is asked for: a file, nothing for ever, half a file, or one without end. */
const server = createServer((request, response) => {
  if (request.url === "/file") response.end("kind: ConfigMap\n");
  if (request.url === "/half") response.write("kind: Conf");
  if (request.url !== "/endless") return;
  const more = (): void => {
    while (response.write(MIB));
    response.once("drain", more);
  };
  more();
});
const directory = mkdtempSync(join(tmpdir(), "fairlead-remote-"));
const repositories = new Repositories({ directory });
const charts = new ChartSources({ directory });
let address = "";

before(async () => {
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(async () => {
  server.closeAllConnections();
  server.close();
  await repositories.close();
  await charts.close();
  rmSync(directory, { recursive: true, force: true });
});

test("a remote file arrives whole", async () => {
  const { status, body } = await remoteFetcher({ repositories, charts }, { schemes: ["http"] }).file(`${address}/file`);
  assert.deepEqual([status, Buffer.from(body).toString()], [200, "kind: ConfigMap\n"]);
});

for (const [path, timeoutMs, code, words] of [
  ["/hangs", 50, "SourceUnreachable", /\/hangs did not arrive within 0\.05 s/],
  ["/half", 50, "SourceUnreachable", /\/half did not arrive within 0\.05 s/],
  ["/endless", 20_000, "LimitExceeded", /\/endless is larger than \d+ bytes/],
] as const) {
  test(`a remote file that ${path.slice(1)} ends in a problem naming it`, async () => {
    const fetcher = remoteFetcher({ repositories, charts }, { schemes: ["http"], fileTimeoutMs: timeoutMs });
    await assert.rejects(fetcher.file(address + path), (error: unknown) => {
      assert.ok(error instanceof ProblemError);
      assert.equal(error.code, code);
      assert.match(error.message, words);
      return true;
    });
  });
}
