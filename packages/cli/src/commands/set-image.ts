import { Command as Commander, CommanderError } from "commander";
import { contextConfig, createClient, kubeconfigPaths, loadKubeconfig } from "@fairlead/kube";
import { problemError, silentLogger, systemClock } from "@fairlead/base";
import { EXIT_USAGE, type Command } from "../io.ts";

const KINDS: Readonly<Record<string, string>> = {
  deployment: "Deployment",
  deploy: "Deployment",
  statefulset: "StatefulSet",
  sts: "StatefulSet",
  daemonset: "DaemonSet",
  ds: "DaemonSet",
};

/**
 * `fairlead set image KIND/NAME CONTAINER=IMAGE …`: what `kubectl set image` does, for machines without kubectl. It is a change by
 * hand like any other: whoever manages the object from Git will heal it.
 */
export const set: Command = async ([what, ...args], io) => {
  if (what !== "image") {
    io.stderr.write("fairlead: set image is the only form there is\n  hint: fairlead set image --help\n");
    return EXIT_USAGE;
  }
  return setImage(args, io);
};

const setImage: Command = async (args, io) => {
  const program = new Commander("fairlead set image")
    .description("Changes the image of a workload's containers, as kubectl set image does.")
    .argument("<kind/name>", "deployment/NAME, statefulset/NAME or daemonset/NAME")
    .argument("<container=image...>", "which container gets which image")
    .option("--kubeconfig <file>", "kubeconfig to use (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace of the workload")
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    throw error;
  }
  const [target = "", images = []] = program.processedArgs as [string?, string[]?];
  const flags = program.opts<{ kubeconfig?: string; context?: string; namespace?: string }>();
  const { kind, name } = parseTarget(target);
  const containers = images.map(parseImage);
  const config = contextConfig(loadKubeconfig(flags.kubeconfig ?? kubeconfigPaths(io.env)), flags.context);
  const client = createClient(config, { logger: silentLogger, clock: systemClock, userAgent: "fairlead-set" });
  try {
    const ref = { apiVersion: "apps/v1", kind, name, namespace: flags.namespace ?? client.defaultNamespace };
    const body = { spec: { template: { spec: { containers } } } };
    await client.patch(ref, { type: "strategic", body }, { fieldManager: "fairlead-set", signal: io.signal });
    io.stdout.write(`${kind.toLowerCase()}.apps/${name} image updated\n`);
    return 0;
  } finally {
    client.close();
  }
};

function parseTarget(target: string): { kind: string; name: string } {
  const [kind = "", name = ""] = target.split("/");
  const known = KINDS[kind.toLowerCase().replace(/s$/, "")] ?? KINDS[kind.toLowerCase()];
  if (known !== undefined && name !== "") return { kind: known, name };
  throw problemError("InvalidInput", `${JSON.stringify(target)} names no workload`, { hint: "write deployment/NAME" });
}

function parseImage(text: string): { name: string; image: string } {
  const at = text.indexOf("=");
  if (at > 0 && at < text.length - 1) return { name: text.slice(0, at), image: text.slice(at + 1) };
  throw problemError("InvalidInput", `${JSON.stringify(text)} is not CONTAINER=IMAGE`);
}
