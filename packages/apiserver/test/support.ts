import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { silentLogger } from "@fairlead/base";
import { startApiServer, type ApiServer, type ApiServerOptions } from "@fairlead/apiserver";
import { httpsTarget } from "./contract/target.ts";
import type { TargetAnswer } from "./contract/types.ts";

/** A folder that is gone after the test. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-apiserver-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface TestServer {
  readonly server: ApiServer;
  /** Sends `METHOD /path` as the administrator. */
  ask(line: string, body?: unknown, headers?: Record<string, string>): Promise<TargetAnswer>;
}

/** A server for one test. */
export async function startForTest(context: TestContext, options: Partial<ApiServerOptions> = {}): Promise<TestServer> {
  const server = await startApiServer({ data: "memory", logger: silentLogger, ...options });
  const { bearerToken = "", caData } = server.adminConfig();
  const ca = Buffer.from(caData, "base64").toString();
  const target = httpsTarget({ name: "embedded", url: server.url, token: bearerToken, ca });
  context.after(async () => {
    target.close();
    await server.close();
  });
  return {
    server,
    ask(line, body, headers = {}) {
      const [method = "GET", path = ""] = line.split(" ");
      return target.send({
        method,
        path,
        headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    },
  };
}
