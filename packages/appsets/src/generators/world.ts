import { problemError, problemsOf, type Json } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import type { Generation, SetGenerator } from "../application-set/generate.ts";
import { APPSET_LIMITS } from "../limits.ts";
import { hostFault, type HostClient } from "../providers/http.ts";
import type { PullRequestProvider, ScmFilter, ScmProvider } from "../providers/types.ts";
import type { Answer, AnswerOf, Facts, Need, ObjectReader, PluginCall, ResourceQuery } from "./facts.ts";

/** Where answers come from. Each may throw ProblemError, which becomes a fault of the generator that asked. */
export interface World {
  git(repoURL: string, revision: string): Promise<AnswerOf["git"]>;
  branches(repoURL: string): Promise<AnswerOf["branches"]>;
  resources(query: ResourceQuery): Promise<readonly KubeObject[]>;
  plugin(call: PluginCall): Promise<Json>;
  repositories(provider: ScmProvider, filters: readonly ScmFilter[]): Promise<AnswerOf["repositories"]>;
  pullRequests(provider: PullRequestProvider): Promise<AnswerOf["pullRequests"]>;
}

/** Generates a set, asking the world for what it wants until it wants no more. */
export async function generateFrom(
  generator: SetGenerator,
  set: KubeObject,
  objects: ObjectReader,
  world: World,
): Promise<Generation> {
  const answers = new Map<string, Answer<unknown>>();
  const facts: Facts = {
    objects,
    answer<K extends Need["kind"]>(need: Extract<Need, { kind: K }>): Answer<AnswerOf[K]> | undefined {
      return answers.get(need.key) as Answer<AnswerOf[K]> | undefined;
    },
  };
  for (let round = 1; ; round++) {
    const generation = generator.generate(set, facts);
    if (generation.needs.length === 0) return generation;
    if (round > APPSET_LIMITS.roundsMax) {
      throw problemError("GeneratorFailed", "the generators want more each time they are answered");
    }
    await Promise.all(
      generation.needs.map(async (need) => {
        answers.set(need.key, await answer(world, need));
      }),
    );
  }
}

async function answer(world: World, need: Need): Promise<Answer<unknown>> {
  try {
    return { value: await ask(world, need) };
  } catch (error) {
    return {
      problems: problemsOf(error).map((problem) => ({
        ...problem,
        code: problem.code === "Internal" ? "GeneratorHostFailed" : problem.code,
      })),
    };
  }
}

function ask(world: World, need: Need): Promise<unknown> {
  switch (need.kind) {
    case "git":
      return world.git(need.repoURL, need.revision);
    case "branches":
      return world.branches(need.repoURL);
    case "resources":
      return world.resources(need.query);
    case "plugin":
      return world.plugin(need.call);
    case "repositories":
      return world.repositories(need.provider, need.filters);
    case "pullRequests":
      return world.pullRequests(need.provider);
  }
}

/** Calls a plugin as Argo CD does (facts/argocd.md §1.11). @throws ProblemError GeneratorHostFailed */
export async function callPlugin(client: HostClient, call: PluginCall): Promise<Json> {
  const headers = { authorization: `Bearer ${call.token}` };
  const answer = await client.send({
    method: "POST",
    url: call.url,
    headers,
    body: call.body,
    timeoutMs: call.timeoutMs,
  });
  if (answer.status >= 300) throw hostFault(call.url, `answers ${answer.status}`);
  return answer.json;
}
