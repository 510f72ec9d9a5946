import { Command as Commander, CommanderError, Option } from "commander";
import type { Io } from "../io.ts";
import { LISTEN_FLAG, LISTEN_HELP, parseListen, type ListenAddress } from "./listen.ts";

export interface ControllerOptions {
  readonly kubeconfig?: string;
  readonly context?: string;
  /** Of settings, projects, Secrets and Leases, and of Applications that need nobody's consent. */
  readonly namespace: string;
  /** Where mirrors of repositories are kept. */
  readonly data?: string;
  readonly listen?: ListenAddress;
  /** Takes part in no Leases. */
  readonly single?: boolean;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  /** `auto`: where SealedSecrets are served and no other controller has them. */
  readonly sealedSecrets: "auto" | "on" | "off";
  readonly sealedSecretsListen?: { readonly host: string; readonly port: number };
  readonly sealedSecretsProxyFrom?: string[];
  /** `auto`: where fairlead brought the kinds of External Secrets. */
  readonly externalSecrets: "auto" | "on" | "off";
  readonly unsafeAllowGenericTargets?: boolean;
}

/** The options, or the exit code when there is nothing more to do (help, or a usage error that was told). */
export function parseControllerOptions(args: readonly string[], io: Io): ControllerOptions | number {
  const program = new Commander("fairlead controller")
    .description(
      "Runs the controllers of Applications and ApplicationSets on a cluster, from inside or beside it. That cluster is " +
        "https://kubernetes.default.svc and in-cluster. Several replicas share the applications.",
    )
    .option("--kubeconfig <file>", "the cluster (default: the pod's account, else $KUBECONFIG, else ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace of argocd-cm and the other settings, projects and Secrets", "argocd")
    .option("--data <dir>", "where mirrors of repositories are kept (default: below the user's cache folder)")
    .option(LISTEN_FLAG, LISTEN_HELP, parseListen)
    .option("--single", "be the only replica: no Leases")
    .addOption(
      new Option("--sealed-secrets <mode>", "look after SealedSecrets (auto: unless another controller does)")
        .choices(["auto", "on", "off"])
        .default("auto"),
    )
    .option("--sealed-secrets-listen <[host:]port>", "answer kubeseal's questions there", parseListen)
    .option(
      "--sealed-secrets-proxy-from <cidr,...>",
      "where the API server's proxied requests come from, besides the addresses of default/kubernetes",
      (text: string) => text.split(",").map((part) => part.trim()),
    )
    .addOption(
      new Option("--external-secrets <mode>", "look after ExternalSecrets (auto: unless another operator does)")
        .choices(["auto", "on", "off"])
        .default("auto"),
    )
    .option("--unsafe-allow-generic-targets", "let ExternalSecrets write objects that are no Secrets (target.manifest)")
    .addOption(
      new Option("--log-level <level>", "what is logged").choices(["debug", "info", "warn", "error"]).default("info"),
    )
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return program.opts<ControllerOptions>();
}
