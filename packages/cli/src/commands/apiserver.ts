import { createLogger, systemClock } from "@fairlead/base";
import { runApiServer, type Simulate } from "@fairlead/apiserver/command";
import type { Command } from "../io.ts";
import { giveMemoryBack } from "../quiet-memory.ts";

/** `fairlead apiserver`: the embedded Kubernetes API alone, with simulated workloads if asked. */
export const apiserver: Command = (args, io) => {
  const logger = createLogger();
  const simulate: Simulate = async (server) => {
    // Loaded only when it is asked for: a client costs a good part of the start.
    const { createClient } = await import("@fairlead/kube");
    const { podLogSource, startSimulator } = await import("@fairlead/simulator");
    server.podLogs.use(podLogSource);
    const access = server.adminConfig();
    const client = createClient(access, { clock: systemClock, logger, local: server.connect(access) });
    const simulator = startSimulator({ client, clock: systemClock, logger: logger.with({ part: "simulator" }) });
    return {
      async stop() {
        await simulator.stop();
        client.close();
      },
    };
  };
  const said = {
    logger,
    signal: io.signal,
    say: (line: string) => io.stdout.write(`${line}\n`),
    complain: (text: string) => io.stderr.write(text.endsWith("\n") ? text : `${text}\n`),
  };
  giveMemoryBack();
  return runApiServer(args, said, simulate);
};
