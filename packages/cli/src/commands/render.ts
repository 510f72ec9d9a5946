import { resolve } from "node:path";
import { Command as Commander, CommanderError, InvalidArgumentError, Option } from "commander";
import { explainProblem, problemError, type Problem } from "@fairlead/base";
import { describeRef, type KubeObject, type Origin } from "@fairlead/apimachinery";
import { renderAlone, type AloneAnswer, type SourceAccess } from "@fairlead/apps";
import { readManifests } from "@fairlead/render";
import { localKeys } from "@fairlead/secrets/command";
import { CredentialStore, normalizeGitUrl, type SecretLike } from "@fairlead/sources";
import { encodeYaml } from "@fairlead/yaml";
import { readInput } from "../files.ts";
import type { Command, Io } from "../io.ts";
import { openSources } from "../up/command-sources.ts";
import { encryptedFiles, type EncryptedFilesFor, type SecretWithData } from "../up/sops-keys.ts";

interface RenderFlags {
  readonly output: "yaml" | "json" | "name";
  readonly namespace: string;
  readonly app?: string[];
  readonly project?: string[];
  readonly repo?: readonly (readonly [url: string, directory: string])[];
  readonly revision?: string[];
  readonly kubeVersion?: string;
  readonly apiVersions?: string[];
  readonly tracking?: boolean;
}

interface Input {
  readonly object: KubeObject;
  readonly origin: Origin;
}

/** `fairlead render FILE…`: the manifests of the Applications in files, from their sources and with no cluster. */
export const render: Command = async (args, io) => {
  const parsed = parseFlags(args, io);
  if (typeof parsed === "number") return parsed;
  const { files, flags } = parsed;
  const { inputs, problems } = await readInputs([...files, ...(flags.project ?? [])], io);
  const chosen = inputs.filter((input) => isChosen(input, flags));
  if (problems.length === 0 && !chosen.some(({ object }) => object.kind === "Application")) {
    throw problemError(
      "UnknownApplication",
      `no Application${flags.app ? " of that name" : ""} in ${files.join(", ")}`,
      {
        hint: inputs.some(({ object }) => object.kind === "ApplicationSet")
          ? "fairlead appset generate FILE shows the Applications of an ApplicationSet"
          : "documents of kind Application, apiVersion argoproj.io/v1alpha1, are rendered",
      },
    );
  }
  const answers = await renderAll(chosen, flags, io);
  const faults = [...problems, ...answers.flatMap((answer) => placed(answer.problems, answer, chosen))];
  for (const warning of answers.flatMap(({ warnings }) => warnings)) {
    io.stderr.write(`warning: ${explainProblem(warning)}\n`);
  }
  for (const line of new Set(faults.map((fault) => explainProblem(fault)))) io.stderr.write(`fairlead: ${line}\n`);
  // Half an answer would be taken for a whole one by whoever reads the output.
  if (faults.length > 0) return 1;
  io.stdout.write(textOf(answers, flags.output));
  return 0;
};

function isChosen({ object }: Input, { app }: RenderFlags): boolean {
  if (object.kind !== "Application" || app === undefined) return true;
  const { name = "", namespace = "" } = object.metadata;
  return app.includes(name) || app.includes(`${namespace}/${name}`);
}

async function readInputs(files: readonly string[], io: Io): Promise<{ inputs: Input[]; problems: Problem[] }> {
  const read = await Promise.all(
    files.map(async (file) => {
      try {
        return readManifests(await readInput(io, file), file === "-" ? "stdin" : file);
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        const problem: Problem = { code: "InvalidInput", message: `cannot be read: ${message}`, file };
        return { objects: [], problems: [problem] };
      }
    }),
  );
  return { inputs: read.flatMap(({ objects }) => objects), problems: read.flatMap(({ problems }) => problems) };
}

async function renderAll(inputs: readonly Input[], flags: RenderFlags, io: Io): Promise<AloneAnswer[]> {
  const credentials = new CredentialStore();
  for (const { object } of inputs) {
    if (object.kind === "Secret") credentials.put(object.metadata.name ?? "", object as unknown as SecretLike);
  }
  // Not secret here: what charts make up by chance shall be the same at every call, and is shown.
  const { sources, close } = openSources(io, credentials, "fairlead render", keysFrom(inputs, io));
  try {
    return await renderAlone({
      objects: inputs.map(({ object }) => object),
      sources: fromClones(sources, flags.repo ?? [], io.cwd),
      namespace: flags.namespace,
      kubeVersion: flags.kubeVersion,
      apiVersions: flags.apiVersions?.flatMap((text) => text.split(",")),
      revisions: flags.revision,
      marks: flags.tracking === true,
    });
  } finally {
    await close();
  }
}

/** Keys of a Secret among the files, and those that sops would find for the person. */
function keysFrom(inputs: readonly Input[], io: Io): EncryptedFilesFor {
  return async (name) => {
    const found = inputs.find(({ object }) => object.kind === "Secret" && object.metadata.name === name);
    return encryptedFiles(name, found?.object as SecretWithData | undefined, await localKeys(io));
  };
}

/** Reads repositories from directories of this machine instead of from their address. */
function fromClones(sources: SourceAccess, clones: NonNullable<RenderFlags["repo"]>, cwd: string): SourceAccess {
  if (clones.length === 0) return sources;
  const byUrl = new Map(clones.map(([url, directory]) => [normalizeGitUrl(url), resolve(cwd, directory)]));
  return {
    ...sources,
    resolve(source, revision, project) {
      const directory = byUrl.get(normalizeGitUrl(source.repoURL));
      return sources.resolve(directory === undefined ? source : { ...source, repoURL: directory }, revision, project);
    },
  };
}

/** What has no better place is at the document of its Application. */
function placed(problems: readonly Problem[], answer: AloneAnswer, inputs: readonly Input[]): Problem[] {
  const origin = inputs.find(({ object }) => object === answer.application)?.origin;
  const { name = "", namespace } = answer.application.metadata;
  const object = describeRef({ kind: "Application", name, namespace });
  return problems.map((problem) => {
    const named = { ...problem, object: problem.object ?? object };
    return problem.file === undefined && origin ? { ...named, file: origin.file, line: origin.line } : named;
  });
}

function textOf(answers: readonly AloneAnswer[], format: RenderFlags["output"]): string {
  const objects = answers.flatMap((answer) => answer.objects);
  if (format === "json") return `${JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }, null, 2)}\n`;
  if (format === "name") {
    const nameOf = ({ apiVersion, kind, metadata }: KubeObject): string => {
      const group = apiVersion.includes("/") ? `.${apiVersion.split("/")[0]}` : "";
      return `${kind.toLowerCase()}${group}/${metadata.name ?? metadata.generateName ?? ""}\n`;
    };
    return objects.map(nameOf).join("");
  }
  return objects.map((object) => `---\n${encodeYaml(object)}`).join("");
}

function parseFlags(args: readonly string[], io: Io): { files: string[]; flags: RenderFlags } | number {
  const program = new Commander("fairlead render")
    .description(
      "Prints the manifests of the Applications in files, from Git, Helm repositories and registries, with no cluster. " +
        "AppProjects in the files are enforced; repository and cluster Secrets, argocd-cm and argocd-cmd-params-cm count, too.",
    )
    .argument("<file...>", "files with Applications; - is standard input")
    .addOption(new Option("-o, --output <format>", "what to print").choices(["yaml", "json", "name"]).default("yaml"))
    .option("-n, --namespace <name>", "namespace of the control plane", "argocd")
    .option("--app <name>", "only this Application; may be repeated", collect)
    .option("--project <file>", "a further file, e.g. with AppProjects; may be repeated", collect)
    .option("--repo <url=dir>", "read this repository from a directory; may be repeated", collectClone)
    .option("--revision <revision>", "instead of targetRevision; repeated, one a source in their order", collect)
    .option("--kube-version <version>", "Kubernetes version that charts see")
    .option("-a, --api-versions <versions>", "API versions that charts see, comma-separated; may be repeated", collect)
    .option("--tracking", "mark objects as the application's, as a sync does")
    .exitOverride()
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) });
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
  return { files: program.args, flags: program.opts<RenderFlags>() };
}

function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

function collectClone(text: string, before: [string, string][] = []): [string, string][] {
  const cut = text.lastIndexOf("=");
  if (cut <= 0 || cut === text.length - 1) throw new InvalidArgumentError("write URL=DIRECTORY.");
  return [...before, [text.slice(0, cut), text.slice(cut + 1)]];
}
