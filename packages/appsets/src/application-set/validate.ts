import { isJsonObject, type Problem } from "@fairlead/base";
import { describeFieldError, validateMetadata } from "@fairlead/apimachinery";
import type { ObjectReader } from "../generators/facts.ts";
import { secretData } from "../generators/secrets.ts";
import { checkFields } from "../template/field-check.ts";
import { APPLICATION_FIELDS } from "../template/field-kinds.ts";
import { IN_CLUSTER, type GeneratedApplication, type Row } from "./types.ts";

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

/** An Application with the row it was made of and what is wrong with it by itself. */
export interface Made {
  readonly application: GeneratedApplication;
  readonly row: Row;
  readonly faults: readonly Problem[];
}

/** Tells Applications that the API server or the control plane would refuse from those that can be written. */
export function validateApplications(made: readonly Made[], objects: ObjectReader, object: string): Validated {
  const counts = new Map<string, number>();
  const destinations = new Destinations(objects);
  const valid: GeneratedApplication[] = [];
  const problems: Problem[] = [];
  for (const { application, faults } of made) {
    const name = String(application.metadata.name);
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    const fault = destinations.faultOf(application) ?? projectFault(application, objects);
    if (faults.length === 0 && fault === undefined && (count === 1 || name === "")) valid.push(application);
    for (const problem of faults) problems.push({ ...problem, object });
    if (fault !== undefined) problems.push({ ...fault, object });
  }
  for (const [name, count] of counts) {
    if (count === 1 || name === "") continue;
    const message = `${count} rows give the Application ${JSON.stringify(name)}; the first one counts`;
    const hint = "use more of the parameters in the template's name";
    problems.push({ code: "DuplicateApplication", message, object, hint });
  }
  return { valid, problems };
}

const NONE: readonly Problem[] = [];

/** What is wrong with an Application whatever else there is. */
export function faultsOf(application: GeneratedApplication): readonly Problem[] {
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
  return problems.length === 0 ? NONE : problems;
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

function projectFault(application: GeneratedApplication, objects: ObjectReader): Problem | undefined {
  if (!objects.knowsProjects) return undefined;
  const spec = isJsonObject(application["spec"]) ? application["spec"] : {};
  const project = typeof spec["project"] === "string" && spec["project"] !== "" ? spec["project"] : "default";
  if (objects.project(project)) return undefined;
  const message = `Application ${JSON.stringify(application.metadata.name)}: there is no project ${JSON.stringify(project)}`;
  return { code: "UnknownGeneratedProject", message };
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

  faultOf(application: GeneratedApplication): Problem | undefined {
    const spec = isJsonObject(application["spec"]) ? application["spec"] : {};
    const destination = isJsonObject(spec["destination"]) ? spec["destination"] : {};
    const { name, server } = destination;
    const fault = (message: string, hint?: string): Problem => ({
      code: "UnknownDestination",
      message: `Application ${JSON.stringify(application.metadata.name)}: ${message}`,
      hint,
    });
    const hasName = typeof name === "string" && name !== "";
    const hasServer = typeof server === "string" && server !== "";
    if (hasName && hasServer) return fault("spec.destination has both a name and a server", "give one of them");
    if (!this.#isKnown) return undefined;
    if (hasServer && !this.#servers.has(normalizeServer(server))) {
      return fault(`there is no cluster with the server ${JSON.stringify(server)}`, this.#hint([...this.#servers]));
    }
    if (!hasName) return undefined;
    const count = this.#names.get(name) ?? 0;
    if (count === 0)
      return fault(`there is no cluster with the name ${JSON.stringify(name)}`, this.#hint([...this.#names.keys()]));
    return count > 1
      ? fault(`${count} clusters have the name ${JSON.stringify(name)}`, "use spec.destination.server")
      : undefined;
  }

  #hint(known: readonly string[]): string {
    return `there are ${known.slice(0, 10).join(", ")}${known.length > 10 ? ", …" : ""}`;
  }
}

function normalizeServer(server: string): string {
  return server.trim().replace(/\/+$/, "");
}
