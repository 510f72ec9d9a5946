import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { problemError, ProblemError, type Problem } from "@fairlead/base";
import { parseKubeconfig } from "./parse.ts";
import type { Kubeconfig } from "./types.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** What $KUBECONFIG lists, else `~/.kube/config`, as kubectl has it. */
export function kubeconfigPaths(env: Environment = process.env): readonly string[] {
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((path) => path !== "");
  return listed.length > 0 ? [...new Set(listed)] : [join(env["HOME"] ?? homedir(), ".kube", "config")];
}

/**
 * Reads and merges kubeconfig files; of several, those that are absent do not count as long as one is there.
 * @throws ProblemError KubeconfigNotFound, or KubeconfigInvalid with the faults of all files
 */
export function loadKubeconfig(paths: string | readonly string[] = kubeconfigPaths()): Kubeconfig {
  const asked = typeof paths === "string" ? [paths] : paths;
  const present = asked.filter((path) => existsSync(path));
  if (present.length === 0) {
    throw problemError("KubeconfigNotFound", `there is no kubeconfig at ${asked.join(", ")}`, {
      hint: "set KUBECONFIG, or name the file with --kubeconfig",
    });
  }
  const problems: Problem[] = [];
  const parsed = present.flatMap((file) => {
    try {
      return [parseKubeconfig(readFileSync(file, "utf8"), { file })];
    } catch (error) {
      if (!(error instanceof ProblemError)) {
        // A directory, or a file that is not ours to read.
        const message = `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
        problems.push({ code: "KubeconfigInvalid", message, file });
        return [];
      }
      problems.push(...error.problems);
      return [];
    }
  });
  if (problems.length > 0) throw new ProblemError(problems);
  return mergeKubeconfigs(parsed);
}

/** The first file that says something wins: the current context, and each cluster, user and context by its name. */
export function mergeKubeconfigs(kubeconfigs: readonly Kubeconfig[]): Kubeconfig {
  return {
    currentContext: kubeconfigs.find((each) => each.currentContext !== undefined)?.currentContext,
    clusters: firstOfEach(kubeconfigs.map((each) => each.clusters)),
    users: firstOfEach(kubeconfigs.map((each) => each.users)),
    contexts: firstOfEach(kubeconfigs.map((each) => each.contexts)),
  };
}

function firstOfEach<T>(maps: readonly ReadonlyMap<string, T>[]): Map<string, T> {
  return new Map(maps.toReversed().flatMap((map) => [...map]));
}
