import { Command as Commander, CommanderError, InvalidArgumentError } from "commander";
import { silentLogger, systemClock } from "@fairlead/base";
import { describeRef, gvkOf, type KubeObject } from "@fairlead/apimachinery";
import { hubConfig } from "@fairlead/apps/command";
import { applyObjects, createClient, type KubeClient } from "@fairlead/kube";
import { SERVICE_NAME } from "@fairlead/secrets";
import { encodeYaml } from "@fairlead/yaml";
import { installManifests } from "../install/manifests.ts";
import type { Command, Io } from "../io.ts";

interface InstallFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace: string;
  readonly image: string;
  readonly replicas: number;
  readonly allowFrom?: string[];
  readonly crds?: boolean;
  readonly export?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
}

const FIELD_MANAGER = "fairlead-install";
const CRD = "CustomResourceDefinition";
/** What the Dockerfile of the checkout is built as; no registry has it. */
const OWN_IMAGE = "fairlead:0.1.0";

/** `fairlead install`: puts what the controller needs on a cluster, or prints it. Same again is no change. */
export const install: Command = async (args, io) => {
  const flags = parseFlags(args, io);
  if (typeof flags === "number") return flags;
  const all = installManifests({ ...flags, allowFrom: flags.allowFrom ?? [] });
  const objects = flags.crds ? all.filter(({ kind }) => kind === CRD) : all;
  if (flags.export) {
    io.stdout.write(objects.map((object) => encodeYaml(object)).join("---\n"));
    return 0;
  }
  const client = createClient(hubConfig(flags, io), {
    clock: systemClock,
    logger: silentLogger,
    userAgent: "fairlead",
  });
  try {
    return await applyAll(client, objects, flags, io);
  } finally {
    client.close();
  }
};

async function applyAll(client: KubeClient, objects: KubeObject[], flags: InstallFlags, io: Io): Promise<number> {
  const theirs = flags.force ? [] : await ownedByOthers(client, objects);
  for (const object of theirs) {
    io.stdout.write(`${nameOf(object)} left as it is (--force replaces it)\n`);
  }
  const ours = objects.filter((object) => !theirs.includes(object));
  const options = { fieldManager: FIELD_MANAGER, force: true, dryRun: flags.dryRun === true, signal: io.signal };
  const { entries, hasFailed } = await applyObjects(client, ours, options);
  if (!flags.crds && flags.image === OWN_IMAGE) {
    io.stderr.write(
      `fairlead: the Deployment runs ${OWN_IMAGE}, which no registry has: build it on the nodes with the checkout's Dockerfile, or give --image\n`,
    );
  }
  for (const { ref, action, error } of entries) {
    const name = describeRef(ref);
    if (error) io.stderr.write(`fairlead: ${name}: ${error.message}\n`);
    else io.stdout.write(`${name} ${action}${flags.dryRun ? " (dry run)" : ""}\n`);
  }
  return hasFailed ? 1 : 0;
}

/** Kinds that Argo CD brought stay Argo CD's, and a default project whoever's it is; both are as good for us. */
async function ownedByOthers(client: KubeClient, objects: readonly KubeObject[]): Promise<KubeObject[]> {
  // Sealed Secrets' own controller has the same definition and the same Service.
  const isShared = ({ kind, metadata }: KubeObject): boolean =>
    kind === CRD || kind === "AppProject" || kind === "Namespace" || metadata.name === SERVICE_NAME;
  const shared = objects.filter(isShared);
  const answers = await Promise.all(
    shared.map(async (object) => {
      const { name = "", namespace } = object.metadata;
      // Before the definition is there, so is nothing of its kind.
      const live = await client.find(object, name, namespace).catch(() => undefined);
      const isOurs = live?.metadata.managedFields?.some(({ manager }) => manager === FIELD_MANAGER);
      return live && !isOurs ? [object] : [];
    }),
  );
  return answers.flat();
}

function nameOf(object: KubeObject): string {
  const { name = "", namespace } = object.metadata;
  return describeRef({ ...gvkOf(object), name, namespace });
}

function parseFlags(args: readonly string[], io: Io): InstallFlags | number {
  const program = new Commander("fairlead install")
    .description(
      "Puts what the controller needs on a cluster: the kinds, a namespace, rights, the default project, Deployment, Service " +
        "and NetworkPolicy. What Argo CD brought already is left as it is.",
    )
    .option("--kubeconfig <file>", "the cluster (default: the pod's account, else $KUBECONFIG, else ~/.kube/config)")
    .option("--context <name>", "context of the kubeconfig")
    .option("-n, --namespace <name>", "namespace to install into", "argocd")
    .option("--image <image>", "container image whose entry point is fairlead", OWN_IMAGE)
    .option("--replicas <n>", "replicas; they share the applications", parseCount, 1)
    .option("--allow-from <cidr...>", "addresses that may reach webhooks and metrics (default: all pods)")
    .option("--crds", "only the CustomResourceDefinitions")
    .option("--export", "print YAML instead of applying it")
    .option("--dry-run", "ask the server, change nothing")
    .option("--force", "also replace kinds and the default project that somebody else brought")
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return program.opts<InstallFlags>();
}

function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 0) throw new InvalidArgumentError("give a whole number.");
  return count;
}
