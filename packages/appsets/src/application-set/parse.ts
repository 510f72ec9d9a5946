import { isJsonObject, type JsonObject, type Problem } from "@fairlead/base";
import { describeRef, refOf, type KubeObject } from "@fairlead/apimachinery";
import { Faults, FieldReader } from "./faults.ts";
import { parseGenerators } from "./parse-generators.ts";
import {
  ALLOW_TEMPLATED_PROJECT_ANNOTATION,
  type ApplicationSetSpec,
  type ApplicationsSync,
  type Generator,
  type GeneratorEntry,
  type IgnoreRule,
  type RollingStep,
} from "./types.ts";

const POLICIES: readonly ApplicationsSync[] = ["sync", "create-only", "create-update", "create-delete"];
const GO_OPTIONS = ["missingkey=default", "missingkey=invalid", "missingkey=zero", "missingkey=error"];
const MAX_UPDATE = /^\d+%$|^\d+$/;

export interface ParsedApplicationSet {
  readonly spec: ApplicationSetSpec;
  readonly problems: readonly Problem[];
}

/** The spec as a typed value, with every fault at once. */
export function parseApplicationSet(
  set: KubeObject,
  options: { allowTemplatedProject?: boolean } = {},
): ParsedApplicationSet {
  const faults = new Faults(describeRef(refOf(set)));
  const raw = isJsonObject(set["spec"]) ? set["spec"] : {};
  const reader = new FieldReader(faults, "spec", raw);
  const template = parseTemplate(reader);
  const generators = parseGenerators(raw["generators"], "spec.generators", faults);
  if (generators.length === 0) reader.fault("generators", "is empty");
  const isAllowed =
    options.allowTemplatedProject === true || set.metadata.annotations?.[ALLOW_TEMPLATED_PROJECT_ANNOTATION] === "true";
  if (!isAllowed) refuseTemplatedProject(template, generators, faults);
  const policy = reader.map("syncPolicy");
  const strategy = reader.map("strategy");
  const preserved = reader.map("preservedFields");
  const isGoTemplate = reader.flag("goTemplate");
  const spec: ApplicationSetSpec = {
    generators,
    template,
    templatePatch: reader.text("templatePatch"),
    isGoTemplate,
    goTemplateOptions: parseGoOptions(reader),
    applicationsSync: policy && parsePolicy(policy),
    preserveResourcesOnDeletion: policy?.flag("preserveResourcesOnDeletion") ?? false,
    rollingSteps: strategy && parseSteps(strategy),
    isDeletionOrderReversed: strategy ? parseDeletionOrder(strategy) : false,
    preservedAnnotations: preserved?.strings("annotations") ?? [],
    preservedLabels: preserved?.strings("labels") ?? [],
    ignoreApplicationDifferences: reader.objects("ignoreApplicationDifferences").map(parseIgnore),
  };
  return { spec, problems: faults.problems };
}

function parseTemplate(reader: FieldReader): JsonObject {
  const template = reader.map("template");
  if (!template) {
    if (!reader.has("template")) reader.fault("template", "is missing");
    return {};
  }
  if (!template.map("metadata") && !template.has("metadata")) template.fault("metadata", "is missing");
  if (!template.map("spec") && !template.has("spec")) template.fault("spec", "is missing");
  return template.object;
}

/**
 * A pull request's author chooses its branch, title and labels, and whoever may create a repository its name: a project made of
 * those lets them choose their own rights (Argo CD's documentation warns of it and lets it pass).
 */
function refuseTemplatedProject(template: JsonObject, generators: readonly GeneratorEntry[], faults: Faults): void {
  const all = generators.flatMap((entry) => entry.generators);
  const overrides = all.flatMap((generator) =>
    generator.template ? [[`${generator.path}.template`, generator.template] as const] : [],
  );
  const outside = [...outsiders(all)];
  if (outside.length === 0) return;
  for (const [path, object] of [["spec.template", template] as const, ...overrides]) {
    const project = isJsonObject(object["spec"]) ? object["spec"]["project"] : undefined;
    if (typeof project !== "string" || !project.includes("{{")) continue;
    faults.add(
      "TemplatedProject",
      `${path}.spec.project`,
      `is templated (${project}) in a set with ${outside.join(", ")}: it lets a pull request choose its own rights`,
      `name the project, or annotate the set with ${ALLOW_TEMPLATED_PROJECT_ANNOTATION}: "true" if every author may be trusted with it`,
    );
  }
}

function* outsiders(generators: readonly Generator[]): IterableIterator<string> {
  for (const generator of generators) {
    if (generator.kind === "pullRequest" || generator.kind === "scmProvider") yield generator.path;
    yield* outsiders(generator.children.flatMap((entry) => entry.generators));
  }
}

function parseGoOptions(reader: FieldReader): string[] {
  return reader.strings("goTemplateOptions").filter((option, index) => {
    if (GO_OPTIONS.includes(option)) return true;
    reader.fault(
      `goTemplateOptions[${index}]`,
      `there is no option ${JSON.stringify(option)}`,
      `options are ${GO_OPTIONS.join(", ")}`,
    );
    return false;
  });
}

function parsePolicy(policy: FieldReader): ApplicationsSync | undefined {
  const text = policy.text("applicationsSync");
  const found = POLICIES.find((known) => known === text);
  if (text !== undefined && !found)
    policy.fault("applicationsSync", `is ${JSON.stringify(text)}`, `one of ${POLICIES.join(", ")}`);
  return found;
}

function parseDeletionOrder(strategy: FieldReader): boolean {
  const order = strategy.text("deletionOrder") ?? "AllAtOnce";
  if (order !== "Reverse" && order !== "AllAtOnce") {
    strategy.fault("deletionOrder", `is ${JSON.stringify(order)}`, "AllAtOnce or Reverse");
  }
  if (order === "Reverse" && strategy.text("type") !== "RollingSync") {
    strategy.fault("deletionOrder", "Reverse needs the steps of strategy.type RollingSync");
    return false;
  }
  return order === "Reverse";
}

function parseSteps(strategy: FieldReader): RollingStep[] | undefined {
  const type = strategy.text("type") ?? "";
  if (type !== "RollingSync") {
    if (type !== "" && type !== "AllAtOnce")
      strategy.fault("type", `is ${JSON.stringify(type)}`, "AllAtOnce or RollingSync");
    return undefined;
  }
  const steps = strategy.map("rollingSync")?.objects("steps") ?? [];
  if (steps.length === 0) strategy.fault("rollingSync.steps", "is empty: no application would ever be synced");
  return steps.map((step) => {
    const maxUpdate = step.object["maxUpdate"];
    const isRead =
      maxUpdate === undefined ||
      (typeof maxUpdate === "number" && Number.isInteger(maxUpdate) && maxUpdate >= 0) ||
      (typeof maxUpdate === "string" && MAX_UPDATE.test(maxUpdate));
    if (!isRead) step.fault("maxUpdate", `is ${JSON.stringify(maxUpdate)}, neither a count nor a percentage`);
    return {
      matchExpressions: step.objects("matchExpressions").map((expression) => {
        const operator = expression.text("operator");
        if (operator !== "In" && operator !== "NotIn")
          expression.fault("operator", `is ${JSON.stringify(operator)}`, "In or NotIn");
        return {
          key: expression.required("key"),
          operator: operator === "NotIn" ? "NotIn" : "In",
          values: expression.strings("values"),
        };
      }),
      maxUpdate: isRead ? (maxUpdate as number | string | undefined) : undefined,
    };
  });
}

function parseIgnore(rule: FieldReader): IgnoreRule {
  return {
    name: rule.text("name") || undefined,
    jsonPointers: rule.strings("jsonPointers").filter((pointer, index) => {
      if (pointer.startsWith("/")) return true;
      rule.fault(`jsonPointers[${index}]`, `${JSON.stringify(pointer)} does not start with /`);
      return false;
    }),
    jqPathExpressions: rule.strings("jqPathExpressions"),
  };
}
