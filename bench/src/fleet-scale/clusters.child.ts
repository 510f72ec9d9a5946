/** The hub and its clusters in a process of their own, so that the memory of the controller is the controller's. */
import { createLogger } from "@fairlead/base";
import { startApiServer } from "@fairlead/apiserver";

const count = Number(process.argv[2]);
const logger = createLogger({ level: "error" });
const names = ["hub", ...Array.from({ length: count }, (_, index) => `cluster-${String(index).padStart(2, "0")}`)];
const servers = await Promise.all(
  names.map(async (name) => ({
    name,
    api: await startApiServer({ data: "memory", logger: logger.with({ server: name }) }),
  })),
);
process.send?.(servers.map(({ name, api }) => ({ name, access: api.adminConfig() })));
process.on("disconnect", () => process.exit(0));
