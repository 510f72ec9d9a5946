import "./codes.ts";
import { explainProblem, ProblemError } from "@fairlead/base";
import { EXIT_USAGE, processIo, type Command, type Io } from "./io.ts";

interface Entry {
  readonly summary: string;
  /** Loaded only when it is called: a short command must not pay for the others. */
  readonly load: () => Promise<Command>;
}

const COMMANDS: Readonly<Record<string, Entry>> = {
  up: {
    summary: "run the control plane, with simulated clusters if asked (--demo: the example fleet)",
    load: async () => (await import("./commands/up.ts")).up,
  },
  controller: {
    summary: "run the controllers on a cluster that is there already, in it or beside it",
    load: async () => (await import("./commands/controller.ts")).controller,
  },
  install: {
    summary: "put what the controllers need on a cluster: kinds, rights, Deployment; or print it (--export)",
    load: async () => (await import("./commands/install.ts")).install,
  },
  render: {
    summary: "print an Application's manifests from Git, with no cluster",
    load: async () => (await import("./commands/render.ts")).render,
  },
  app: {
    summary: "look at applications and act on them: list, get, tree, diff, sync, wait, rollback, …",
    load: async () => (await import("./commands/app.ts")).app,
  },
  project: {
    summary: "projects, their permissions and sync windows: list, get, create, windows, …",
    load: async () => (await import("@fairlead/apps/command")).projectCommand,
  },
  cluster: {
    summary: "clusters that applications can go to: add, list, get, set, rotate, rm",
    load: async () => (await import("@fairlead/apps/command")).clusterCommand,
  },
  repo: {
    summary: "repositories and how they are reached: add, list, get, rm",
    load: async () => (await import("@fairlead/apps/command")).repoCommand,
  },
  appset: {
    summary: "look at ApplicationSets, and show what one generates without a cluster: list, get, generate, diff",
    load: async () => (await import("@fairlead/appsets/command")).appsetCommand,
  },
  preview: {
    summary: "look at previews of pull requests, let one run longer, end one: list, extend, delete",
    load: async () => (await import("@fairlead/appsets/command")).previewCommand,
  },
  apiserver: {
    summary: "run the embedded Kubernetes API alone; back it up, restore it",
    load: async () => (await import("./commands/apiserver.ts")).apiserver,
  },
  simulate: {
    summary: "make any API server behave like a cluster: pods get simulated nodes and become ready",
    load: async () => (await import("./commands/simulate.ts")).simulate,
  },
  apply: {
    summary: "apply manifests to a cluster by server-side apply",
    load: async () => (await import("@fairlead/kube/command")).applyCommand,
  },
  diff: {
    summary: "show what an apply would change, with or without a cluster",
    load: async () => (await import("@fairlead/kube/command")).diffCommand,
  },
  prune: {
    summary: "delete what an earlier apply made and the manifests no longer name",
    load: async () => (await import("@fairlead/kube/command")).pruneCommand,
  },
  wait: {
    summary: "wait until objects are healthy, or gone",
    load: async () => (await import("@fairlead/kube/command")).waitCommand,
  },
  health: {
    summary: "tell how the objects in a file are doing, in Argo CD's words",
    load: async () => (await import("./commands/health.ts")).health,
  },
  helm: {
    summary: "render a Helm chart in process, or look at it by Helm's rules (helm template, lint)",
    load: async () => (await import("./commands/helm.ts")).helm,
  },
  template: {
    summary: "render any Go template with the functions of sprig, Helm or ApplicationSets",
    load: async () => (await import("./commands/helm.ts")).template,
  },
  kustomize: {
    summary: "build a kustomization in process (kustomize build)",
    load: async () => (await import("./commands/kustomize.ts")).kustomize,
  },
  secrets: {
    summary: "seal Secrets for Git and open them (secrets seal, unseal)",
    load: async () => (await import("@fairlead/secrets/command")).secretsCommand,
  },
  sops: {
    summary: "files encrypted for Git: sops decrypt, encrypt, edit, rotate, set, unset, updatekeys, filestatus",
    load: async () => (await import("@fairlead/secrets/command")).sopsCommand,
  },
  set: {
    summary: "change the image of a workload by hand, as kubectl set image does",
    load: async () => (await import("./commands/set-image.ts")).set,
  },
};

/** Names under which scripts know a command from the argocd command. */
const ALIASES: Readonly<Record<string, string>> = { proj: "project" };

const HELP_OR_VERSION: Readonly<Record<string, (io: Io) => void>> = {
  "--help": showHelp,
  "-h": showHelp,
  help: showHelp,
  "--version": (io) => io.stdout.write("fairlead 0.1.0\n"),
};

/** The `fairlead` command. Gives the exit code; never throws. */
export async function main(argv: readonly string[]): Promise<number> {
  const ending = new AbortController();
  const end = (): void => ending.abort();
  process.once("SIGINT", end);
  process.once("SIGTERM", end);
  const io = processIo(ending.signal);
  const [name = "--help", ...args] = argv;
  const special = HELP_OR_VERSION[name];
  if (special) {
    special(io);
    return 0;
  }
  const known = Object.hasOwn(ALIASES, name) ? (ALIASES[name] ?? name) : name;
  const entry = Object.hasOwn(COMMANDS, known) ? COMMANDS[known] : undefined;
  if (!entry) {
    io.stderr.write(`fairlead: unknown command ${JSON.stringify(name)}\n  hint: fairlead --help lists them\n`);
    return EXIT_USAGE;
  }
  return runCommand(await entry.load(), args, io);
}

async function runCommand(command: Command, args: readonly string[], io: Io): Promise<number> {
  try {
    return await command(args, io);
  } catch (error) {
    if (error instanceof ProblemError) {
      for (const problem of error.problems) io.stderr.write(`fairlead: ${explainProblem(problem)}\n`);
    } else {
      io.stderr.write(`fairlead: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    }
    return 1;
  }
}

function showHelp(io: Io): void {
  const width = Math.max(...Object.keys(COMMANDS).map((name) => name.length));
  const lines = Object.entries(COMMANDS).map(([name, entry]) => `  ${name.padEnd(width)}  ${entry.summary}`);
  io.stdout.write(`Usage: fairlead COMMAND [ARGS]\n\n${lines.join("\n")}\n\nfairlead COMMAND --help tells more.\n`);
}
