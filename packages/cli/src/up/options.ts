import { join, resolve } from "node:path";
import { Command as Commander, CommanderError, InvalidArgumentError } from "commander";
import type { Io } from "../io.ts";
import { LISTEN_FLAG, LISTEN_HELP, parseListen, type ListenAddress } from "./listen.ts";

export interface UpOptions {
  readonly dataDirectory: string;
  readonly kubeconfigPath: string;
  /** Of the hub; undefined: a free one, the same at every start of this data directory. */
  readonly port: number | undefined;
  /** For webhooks, metrics and health; undefined: no port is opened for them. */
  readonly listen: ListenAddress | undefined;
  /** Names of simulated clusters. */
  readonly simulate: readonly string[];
  /** Whether ExternalSecrets may write objects that are no Secrets. */
  readonly allowGenericTargets: boolean;
  readonly isDemo: boolean;
  /** End once everything is Synced and Healthy. */
  readonly once: boolean;
  readonly timeoutMs: number;
  readonly json: boolean;
  readonly reset: boolean;
}

const DEMO_CLUSTERS = ["staging", "prod-east", "prod-west"] as const;
const CLUSTER_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The options, or the exit code when there is nothing more to do (help, or a usage error that was told). */
export function parseUpOptions(args: readonly string[], io: Io): UpOptions | number {
  const program = describe(io);
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  const flags = program.opts<Flags>();
  const isDemo = flags.demo === true;
  const dataDirectory = resolve(io.cwd, flags.data ?? (isDemo ? ".fairlead/demo" : ".fairlead/data"));
  return {
    dataDirectory,
    kubeconfigPath: resolve(io.cwd, flags.kubeconfig ?? join(dataDirectory, "kubeconfig")),
    port: flags.port,
    listen: flags.listen,
    simulate: flags.simulate ?? (isDemo ? DEMO_CLUSTERS : []),
    allowGenericTargets: flags.unsafeAllowGenericTargets === true,
    isDemo,
    once: flags.once === true,
    timeoutMs: (flags.timeout ?? 60) * 1000,
    json: flags.json === true,
    reset: flags.reset === true,
  };
}

interface Flags {
  readonly data?: string;
  readonly kubeconfig?: string;
  readonly port?: number;
  readonly listen?: ListenAddress;
  readonly simulate?: string[];
  readonly unsafeAllowGenericTargets?: boolean;
  readonly demo?: boolean;
  readonly once?: boolean;
  readonly timeout?: number;
  readonly json?: boolean;
  readonly reset?: boolean;
}

function describe(io: Io): Commander {
  return new Commander("fairlead up")
    .description(
      "Runs the control plane in this process: an embedded Kubernetes API as the hub, and the controllers on it.",
    )
    .option("--data <dir>", "where everything is kept (default: .fairlead/data, with --demo .fairlead/demo)")
    .option("--kubeconfig <file>", "where to write the kubeconfig (default: kubeconfig in the data directory)")
    .option("--port <n>", "port of the hub's API (default: a free one, kept for the next start)", parsePort)
    .option(LISTEN_FLAG, LISTEN_HELP, parseListen)
    .option("--simulate <names>", "simulated clusters to run beside the hub, comma-separated", parseNames)
    .option("--unsafe-allow-generic-targets", "let ExternalSecrets write objects that are no Secrets (target.manifest)")
    .option("--demo", "make the example fleet, apply its root Application and show what follows")
    .option("--once", "end when everything is Synced and Healthy; exit 1 with the reasons if that takes too long")
    .option("--timeout <seconds>", "how long --once and the demo wait (default: 60)", parseSeconds)
    .option("--json", "one JSON object a line instead of text")
    .option("--reset", "throw away what the data directory holds and start anew")
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new InvalidArgumentError("a port is 0 to 65535.");
  return port;
}

function parseSeconds(text: string): number {
  const seconds = Number(text);
  if (!(seconds > 0)) throw new InvalidArgumentError("give a number of seconds above 0.");
  return seconds;
}

function parseNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  const bad = names.filter((name) => !CLUSTER_NAME.test(name) || name === "hub");
  if (bad.length > 0) throw new InvalidArgumentError(`${bad.join(", ")}: use a-z, 0-9 and -; "hub" is taken.`);
  if (new Set(names).size !== names.length) throw new InvalidArgumentError("every name may stand once.");
  return names;
}
