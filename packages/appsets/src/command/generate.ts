import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { problemsOf, systemClock, type Problem } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { Repositories } from "@fairlead/sources";
import { encodeYaml } from "@fairlead/yaml";
import { SetGenerator, type Generation } from "../application-set/generate.ts";
import { APPLICATION_SET_KIND } from "../application-set/types.ts";
import type { GeneratorSettings, PullRequest } from "../generators/facts.ts";
import { GitWorld } from "../generators/git-world.ts";
import { callPlugin, generateFrom, type World } from "../generators/world.ts";
import { CodeHosts } from "../providers/hosts.ts";
import { EXIT_DONE, EXIT_FAULT, readInput, tellProblems, type CommandIo } from "./io.ts";
import { findResources, objectsReader, readObjects, readPullRequests, readRepoOption } from "./objects.ts";

export interface GenerateFlags {
  readonly repo: readonly string[];
  readonly clusters: readonly string[];
  readonly pullRequests?: string;
  readonly output: "yaml" | "json" | "name";
  readonly namespace: string;
  readonly allowTemplatedProject?: boolean;
  readonly newGitFileGlobbing?: boolean;
}

/** What a set file generates: stdout the Applications, stderr every fault. Reads no cluster. @returns the exit code */
export async function generateCommand(file: string, flags: GenerateFlags, io: CommandIo): Promise<number> {
  const { generations, problems } = await generateFile(file, flags, io);
  const all = [...problems, ...generations.flatMap((generation) => generation.problems)];
  const applications = generations.flatMap((generation) => generation.applications);
  io.stdout.write(formatApplications(applications, flags.output));
  return tellProblems(io, all) ? EXIT_FAULT : EXIT_DONE;
}

export interface GeneratedFile {
  readonly sets: readonly KubeObject[];
  readonly generations: readonly Generation[];
  readonly problems: readonly Problem[];
}

/** Generates every set of a file, with the objects and clones the flags name. */
export async function generateFile(
  file: string,
  flags: GenerateFlags,
  io: CommandIo,
  more: readonly KubeObject[] = [],
): Promise<GeneratedFile> {
  const inputs = await readInputs(file, flags, io);
  if (inputs.problems.length > 0) return { sets: [], generations: [], problems: inputs.problems };
  const objects = [...inputs.objects, ...more];
  const mirrors = mkdtempSync(join(tmpdir(), "fairlead-appset-"));
  const repositories = new Repositories({ directory: mirrors });
  try {
    const git = new GitWorld({ repositories, clones: inputs.clones });
    const world = offlineWorld(git, objects, inputs.pullRequests);
    const settings: Partial<GeneratorSettings> = {
      controlNamespace: flags.namespace,
      allowTemplatedProject: flags.allowTemplatedProject === true,
      newGitFileGlobbing: flags.newGitFileGlobbing === true,
      pullRequestsGiven: inputs.pullRequests !== undefined,
    };
    const reader = objectsReader(objects, flags.clusters.length > 0 || more.length > 0);
    const generations: Generation[] = [];
    for (const set of inputs.sets) generations.push(await generateFrom(new SetGenerator(settings), set, reader, world));
    return { sets: inputs.sets, generations, problems: [] };
  } finally {
    await repositories.close();
    rmSync(mirrors, { recursive: true, force: true });
  }
}

interface Inputs {
  readonly sets: readonly KubeObject[];
  readonly objects: readonly KubeObject[];
  readonly pullRequests: readonly PullRequest[] | undefined;
  readonly clones: ReadonlyMap<string, string>;
  readonly problems: readonly Problem[];
}

async function readInputs(file: string, flags: GenerateFlags, io: CommandIo): Promise<Inputs> {
  const problems: Problem[] = [];
  const read = async <T>(path: string, parse: (text: string, name: string) => T, otherwise: T): Promise<T> => {
    try {
      return parse(await readInput(io, path), path);
    } catch (error) {
      problems.push(...problemsOf(error, { code: "FileNotFound" } as Partial<Problem>).map(readable));
      return otherwise;
    }
  };
  const inFile = await read(file, readObjects, []);
  const sets = inFile
    .filter((object) => object.kind === APPLICATION_SET_KIND.kind)
    .map((set) => inNamespace(set, flags.namespace));
  if (sets.length === 0 && problems.length === 0) {
    problems.push({ code: "InvalidApplicationSet", message: "holds no ApplicationSet", file });
  }
  const objects: KubeObject[] = [];
  for (const path of flags.clusters) objects.push(...(await read(path, readObjects, [])));
  const pullRequests =
    flags.pullRequests === undefined ? undefined : await read(flags.pullRequests, readPullRequests, []);
  const clones = new Map<string, string>();
  for (const option of flags.repo) {
    try {
      const [url, directory] = readRepoOption(option);
      clones.set(url, resolve(io.cwd, directory));
    } catch (error) {
      problems.push(...problemsOf(error));
    }
  }
  return { sets, objects, pullRequests, clones, problems };
}

/** What a file system says is a fault of the call, not ours. */
function readable(problem: Problem): Problem {
  return problem.code === "Internal" ? { ...problem, code: "FileNotFound" } : problem;
}

/** As `argocd appset generate` does it. */
function inNamespace(set: KubeObject, namespace: string): KubeObject {
  return set.metadata.namespace ? set : { ...set, metadata: { ...set.metadata, namespace } };
}

function offlineWorld(git: GitWorld, objects: readonly KubeObject[], given: readonly PullRequest[] | undefined): World {
  const hosts = new CodeHosts({ clock: systemClock });
  return {
    git: (repoURL, revision) => git.git(repoURL, revision),
    branches: (repoURL) => git.branches(repoURL),
    resources: (query) => Promise.resolve(findResources(objects, query)),
    plugin: (call) => callPlugin(hosts.client, call),
    repositories: (provider, filters) => hosts.repositories(provider, filters),
    pullRequests: (provider) => (given === undefined ? hosts.pullRequests(provider) : Promise.resolve([...given])),
  };
}

function formatApplications(applications: readonly KubeObject[], output: GenerateFlags["output"]): string {
  if (output === "name")
    return applications.map(({ metadata }) => `application.argoproj.io/${metadata.name ?? ""}\n`).join("");
  if (output === "json") return `${JSON.stringify({ apiVersion: "v1", kind: "List", items: applications }, null, 2)}\n`;
  return applications.map((application) => encodeYaml(application)).join("---\n");
}
