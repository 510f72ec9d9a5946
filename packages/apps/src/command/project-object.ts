import { problemError, ProblemError } from "@fairlead/base";
import type { KubeObject } from "@fairlead/apimachinery";
import { PROJECT_KIND } from "../names.ts";
import { parseProject } from "../project/parse.ts";
import type { Project } from "../project/types.ts";
import type { HubContext } from "./hub-command.ts";

export const FIELD_MANAGER = "fairlead-cli";

type ProjectSpecJson = Record<string, unknown[] | undefined>;

/** @throws ProblemError UnknownProject, naming those there are */
export async function getProject({ hub, flags }: HubContext, name: string): Promise<KubeObject> {
  const found = await hub.find(PROJECT_KIND, name, flags.namespace);
  if (found) return found;
  const { items } = await hub.list(PROJECT_KIND, { namespace: flags.namespace });
  throw problemError("UnknownProject", `there is no project ${JSON.stringify(name)}`, {
    hint: `projects there: ${items.map(({ metadata }) => metadata.name).join(", ")}`,
  });
}

/** Reads, changes and writes a project's spec; a project that would not be understood is not written. */
export async function changeProject(
  context: HubContext,
  name: string,
  change: (spec: ProjectSpecJson) => ProjectSpecJson,
): Promise<void> {
  const object = await getProject(context, name);
  const changed = { ...object, spec: change((object["spec"] ?? {}) as ProjectSpecJson) } as unknown as KubeObject;
  assertUnderstood(changed);
  // With the version that was read: of two changes at once one is refused.
  await context.hub.update(changed, { fieldManager: FIELD_MANAGER });
  context.io.stdout.write(`Project '${name}' updated\n`);
}

export function assertUnderstood(object: KubeObject): void {
  const { problems } = parseProject(object);
  if (problems.length > 0) throw new ProblemError(problems);
}

export async function projectOf(context: HubContext, name: string): Promise<{ object: KubeObject; project: Project }> {
  const object = await getProject(context, name);
  return { object, project: parseProject(object).project };
}
