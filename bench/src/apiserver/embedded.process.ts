/** The embedded server as a process of its own: `node embedded.process.ts DATA`; one line of JSON when it answers. */
import { createLogger } from "@fairlead/base";
import { startApiServer } from "@fairlead/apiserver";

const [data = "memory"] = process.argv.slice(2);
const started = performance.now();
const server = await startApiServer({ data, logger: createLogger({ level: "error" }) });
const { bearerToken } = server.adminConfig();
const readyMs = performance.now() - started;
process.stdout.write(
  `${JSON.stringify({ port: server.port, token: bearerToken, readyMs, uptimeMs: performance.now() })}\n`,
);
process.on("SIGTERM", () => void server.close().then(() => process.exit(0)));
