import { createLogger, systemClock } from "@fairlead/base";
import { runApiServer, type Simulate } from "@fairlead/apiserver";
import { createClient } from "@fairlead/kube";
import { podLogSource, startSimulator } from "@fairlead/simulator";
import type { Command } from "../io.ts";

/** `fairlead apiserver`: the embedded Kubernetes API alone, with simulated workloads if asked. */
export const apiserver: Command = (args, io) => {
  const logger = createLogger();
  const simulate: Simulate = (server) => {
    server.podLogs.use(podLogSource);
    const client = createClient(server.adminConfig(), { clock: systemClock, logger });
    const simulator = startSimulator({ client, clock: systemClock, logger: logger.with({ part: "simulator" }) });
    return Promise.resolve({
      async stop() {
        await simulator.stop();
        client.close();
      },
    });
  };
  const said = {
    logger,
    signal: io.signal,
    say: (line: string) => io.stdout.write(`${line}\n`),
    complain: (text: string) => io.stderr.write(text.endsWith("\n") ? text : `${text}\n`),
  };
  return runApiServer(args, said, simulate);
};
