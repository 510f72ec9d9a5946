import { isJsonObject, type Problem } from "@fairlead/base";
import { describeFieldError, validateMetadata } from "@fairlead/apimachinery";
import type { ObjectReader } from "../generators/facts.ts";
import { secretData } from "../generators/secrets.ts";
import { checkFields } from "../template/field-check.ts";
import { APPLICATION_FIELDS } from "../template/field-kinds.ts";
import { IN_CLUSTER, type GeneratedApplication } from "./types.ts";

const DNS_SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const NAME_LENGTH_MAX = 253;

/** Codes of faults of single Applications: the others of the set are good without them. */
const OF_ONE_APPLICATION = new Set([
  "DuplicateApplication",
  "InvalidGeneratedName",
  "InvalidGeneratedApplication",
  "UnknownDestination",
  "UnknownGeneratedProject",
]);

export function isOfOneApplication(problem: Problem): boolean {
  return problem.severity === "warning" || OF_ONE_APPLICATION.has(problem.code);
}

export interface Validated {
  readonly valid: GeneratedApplication[];
  readonly problems: Problem[];
}

/** What each Application is by itself does not change while it is the same object. */
const ownFaults = new WeakMap<GeneratedApplication, readonly Problem[]>();

/** Tells Applications that the API server or the control plane would refuse from those that can be written. */
export function validateApplications(
  applications: readonly GeneratedApplication[],
  objects: ObjectReader,
  object: string,
): Validated {
  const counts = new Map<string, number>();
  for (const { metadata } of applications)
    counts.set(String(metadata.name), (counts.get(String(metadata.name)) ?? 0) + 1);
  const destinations = new Destinations(objects);
  const seen = new Set<string>();
  const told = new Set<string>();
  const valid: GeneratedApplication[] = [];
  const problems: Problem[] = [];
  for (const application of applications) {
    let found = ownFaults.get(application);
    if (found === undefined) ownFaults.set(application, (found = faultsOf(application)));
    const name = String(application.metadata.name);
    const outside = [...destinations.faultsOf(application), ...projectFaults(application, objects)];
    const isAgain = seen.has(name) && name !== "";
    seen.add(name);
    if (found.length + outside.length === 0 && !isAgain) valid.push(application);
    problems.push(...[...found, ...outside].map((problem) => ({ ...problem, object })));
    const count = counts.get(name) ?? 0;
    if (!isAgain || told.has(name)) continue;
    told.add(name);
    const message = `${count} rows give the Application ${JSON.stringify(name)}; the first one counts`;
    problems.push({
      code: "DuplicateApplication",
      message,
      object,
      hint: "use more of the parameters in the template's name",
    });
  }
  return { valid, problems };
}

function faultsOf(application: GeneratedApplication): Problem[] {
  const { name } = application.metadata;
  const named = `Application ${JSON.stringify(name)}`;
  const problems = nameFaults(application);
  const wrong = (message: string): void => {
    problems.push({ code: "InvalidGeneratedApplication", message: `${named}: ${message}` });
  };
  const fields = checkFields(application, APPLICATION_FIELDS, "");
  for (const { path, message } of fields) if (path !== "metadata.name") wrong(`${path} ${message}`);
  if (fields.length > 0) return problems;
  const { labels, annotations, finalizers } = application.metadata;
  const metadata = {
    name: "a",
    namespace: "a",
    ...(labels && { labels }),
    ...(annotations && { annotations }),
    ...(finalizers && { finalizers }),
  };
  for (const error of validateMetadata(metadata, true, () => [])) wrong(describeFieldError(error));
  return problems;
}

function nameFaults({ metadata }: GeneratedApplication): Problem[] {
  const { name } = metadata;
  if (typeof name === "string" && name.length <= NAME_LENGTH_MAX && DNS_SUBDOMAIN.test(name)) return [];
  const isUnfilled = typeof name === "string" && (name.includes("{{") || name.includes("<no value>"));
  const hint = isUnfilled
    ? "a placeholder was not filled: no parameter has that name"
    : "use a-z, 0-9, - and ., at most 253 of them";
  return [{ code: "InvalidGeneratedName", message: `${JSON.stringify(name)} is no name for an Application`, hint }];
}

function projectFaults(application: GeneratedApplication, objects: ObjectReader): Problem[] {
  if (!objects.knowsProjects) return [];
  const spec = isJsonObject(application["spec"]) ? application["spec"] : {};
  const project = typeof spec["project"] === "string" && spec["project"] !== "" ? spec["project"] : "default";
  if (objects.project(project)) return [];
  const message = `Application ${JSON.stringify(application.metadata.name)}: there is no project ${JSON.stringify(project)}`;
  return [{ code: "UnknownGeneratedProject", message }];
}

/** Clusters by name and by server, as one generation sees them. */
class Destinations {
  readonly #names = new Map<string, number>();
  readonly #servers = new Set<string>();
  readonly #isKnown: boolean;

  constructor(objects: ObjectReader) {
    this.#isKnown = objects.knowsClusters;
    const secrets = objects.clusterSecrets();
    for (const secret of secrets) {
      const name = secretData(secret, "name");
      const server = normalizeServer(secretData(secret, "server") ?? "");
      if (name) this.#names.set(name, (this.#names.get(name) ?? 0) + 1);
      this.#servers.add(server);
    }
    if (!this.#servers.has(IN_CLUSTER.server) && !this.#names.has(IN_CLUSTER.name)) this.#names.set(IN_CLUSTER.name, 1);
    this.#servers.add(IN_CLUSTER.server);
  }

  faultsOf(application: GeneratedApplication): Problem[] {
    const spec = isJsonObject(application["spec"]) ? application["spec"] : {};
    const destination = isJsonObject(spec["destination"]) ? spec["destination"] : {};
    const { name, server } = destination;
    const named = `Application ${JSON.stringify(application.metadata.name)}`;
    const fault = (message: string, hint?: string): Problem[] => [
      { code: "UnknownDestination", message: `${named}: ${message}`, hint },
    ];
    const hasName = typeof name === "string" && name !== "";
    const hasServer = typeof server === "string" && server !== "";
    if (hasName && hasServer) return fault("spec.destination has both a name and a server", "give one of them");
    if (!this.#isKnown) return [];
    if (hasServer && !this.#servers.has(normalizeServer(server))) {
      return fault(`there is no cluster with the server ${JSON.stringify(server)}`, this.#hint([...this.#servers]));
    }
    if (!hasName) return [];
    const count = this.#names.get(name) ?? 0;
    if (count === 0)
      return fault(`there is no cluster with the name ${JSON.stringify(name)}`, this.#hint([...this.#names.keys()]));
    return count > 1
      ? fault(`${count} clusters have the name ${JSON.stringify(name)}`, "use spec.destination.server")
      : [];
  }

  #hint(known: readonly string[]): string {
    return `there are ${known.slice(0, 10).join(", ")}${known.length > 10 ? ", …" : ""}`;
  }
}

function normalizeServer(server: string): string {
  return server.trim().replace(/\/+$/, "");
}
