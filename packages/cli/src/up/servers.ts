import { join } from "node:path";
import { problemError, ProblemError, type Logger } from "@fairlead/base";
import { startApiServer, type ApiServer, type ApiServerAccess } from "@fairlead/apiserver";
import { podLogSource } from "@fairlead/simulator";
import type { DataDirectory } from "./data-directory.ts";

export const HUB = "hub";

export interface RunningServer {
  readonly name: string;
  readonly api: ApiServer;
  /** As a cluster administrator: what goes into the kubeconfig. */
  readonly admin: ApiServerAccess;
}

/**
 * Starts the hub and the simulated clusters side by side, each at the port it had before. All of them run, or none.
 * @throws ProblemError of the first that fails, e.g. its port is taken
 */
export async function startServers(
  data: DataDirectory,
  options: { readonly port: number | undefined; readonly simulate: readonly string[]; readonly logger: Logger },
): Promise<RunningServer[]> {
  const names = [HUB, ...options.simulate];
  const started = await Promise.allSettled(names.map((name) => startOne(data, name, options)));
  const running = started.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  const failure = started.find((result) => result.status === "rejected");
  if (failure) {
    await Promise.all(running.map((server) => server.api.close()));
    throw failure.reason;
  }
  const ports = Object.fromEntries(running.map((server) => [server.name, server.api.port]));
  data.save({ ...data.state, ports: { ...data.state.ports, ...ports } });
  return running;
}

async function startOne(
  data: DataDirectory,
  name: string,
  options: { readonly port: number | undefined; readonly logger: Logger },
): Promise<RunningServer> {
  const known = data.state.ports[name];
  const port = name === HUB ? (options.port ?? known ?? 0) : (known ?? 0);
  const directory = name === HUB ? data.join("hub") : join(data.join("clusters"), name);
  try {
    const api = await startApiServer({ data: directory, port, logger: options.logger.with({ server: name }) });
    if (name !== HUB) api.podLogs.use(podLogSource);
    return { name, api, admin: api.issueClient({ user: "kubernetes-admin", groups: ["system:masters"] }) };
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    throw problemError(error.code, `${name}: ${error.problems[0]?.message ?? error.message}`, {
      hint: portHint(error, name, options.port) ?? error.problems[0]?.hint,
    });
  }
}

/** On a later start the port is in kubeconfigs and in Git, so another one would not do. */
function portHint(error: ProblemError, name: string, asked: number | undefined): string | undefined {
  if (!/port|address/i.test(error.code) && !/port .* (in use|taken)/i.test(error.message)) return undefined;
  if (name === HUB && asked !== undefined) return "stop what listens there, or give another port with --port";
  return "stop what listens there (another fairlead up?), or start anew with --reset";
}
