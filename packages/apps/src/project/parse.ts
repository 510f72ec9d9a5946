import { isJsonObject, type JsonObject, type Problem } from "@fairlead/base";
import { describeRef, type KubeObject } from "@fairlead/apimachinery";
import { Reader } from "../reader.ts";
import type {
  DestinationServiceAccount,
  KindRule,
  Project,
  ProjectDestination,
  ProjectRole,
  ProjectSpec,
  SyncWindow,
} from "./types.ts";
import { checkSchedule, isTimeZone } from "./windows.ts";

export interface ParsedProject {
  readonly project: Project;
  readonly problems: readonly Problem[];
}

/** An AppProject as typed values, with every fault. A faulty rule is left out, so a typo never permits more than was meant. */
export function parseProject(object: KubeObject): ParsedProject {
  const { name = "", namespace = "" } = object.metadata;
  const reader = new Reader("InvalidProject", describeRef({ kind: "AppProject", namespace, name }));
  const spec = isJsonObject(object["spec"]) ? (object["spec"] as JsonObject) : {};
  return { project: { name, namespace, spec: parseSpec(spec, reader, name) }, problems: reader.problems };
}

/** The project that exists in every installation until someone writes their own: everything is permitted. */
export function defaultProject(namespace: string): Project {
  const any = [{ group: "*", kind: "*" }];
  return {
    name: "default",
    namespace,
    spec: {
      sourceRepos: ["*"],
      sourceNamespaces: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: any,
      clusterResourceBlacklist: [],
      namespaceResourceWhitelist: undefined,
      namespaceResourceBlacklist: [],
      syncWindows: [],
      permitOnlyProjectScopedClusters: false,
      destinationServiceAccounts: [],
      signatureKeys: [],
      roles: [],
    },
  };
}

function parseSpec(spec: JsonObject, reader: Reader, name: string): ProjectSpec {
  const orphaned = reader.object(spec, "orphanedResources", "spec");
  return {
    description: reader.text(spec, "description", "spec"),
    sourceRepos: reader.strings(spec, "sourceRepos", "spec"),
    sourceNamespaces: reader.strings(spec, "sourceNamespaces", "spec"),
    destinations: reader
      .objects(spec, "destinations", "spec")
      .map(({ value, path }) => parseDestination(value, path, reader)),
    clusterResourceWhitelist: kindRules(spec, "clusterResourceWhitelist", reader),
    clusterResourceBlacklist: kindRules(spec, "clusterResourceBlacklist", reader),
    namespaceResourceWhitelist:
      spec["namespaceResourceWhitelist"] == null ? undefined : kindRules(spec, "namespaceResourceWhitelist", reader),
    namespaceResourceBlacklist: kindRules(spec, "namespaceResourceBlacklist", reader),
    syncWindows: reader
      .objects(spec, "syncWindows", "spec")
      .flatMap(({ value, path }) => parseWindow(value, path, reader) ?? []),
    orphanedResources: orphaned && {
      // Argo CD warns unless it is told not to.
      warn: reader.boolean(orphaned, "warn", "spec.orphanedResources") ?? true,
      ignore: reader.objects(orphaned, "ignore", "spec.orphanedResources").map(({ value, path }) => ({
        group: reader.string(value, "group", path) ?? "",
        kind: reader.text(value, "kind", path) ?? "*",
        name: reader.text(value, "name", path) ?? "*",
      })),
    },
    permitOnlyProjectScopedClusters: reader.boolean(spec, "permitOnlyProjectScopedClusters", "spec") ?? false,
    destinationServiceAccounts: reader
      .objects(spec, "destinationServiceAccounts", "spec")
      .map(({ value, path }) => parseServiceAccount(value, path, reader)),
    signatureKeys: reader
      .objects(spec, "signatureKeys", "spec")
      .flatMap(({ value, path }) => parseKey(value, path, reader) ?? []),
    roles: parseRoles(spec, reader, name),
  };
}

const DESCRIPTION_CHARS_MAX = 255;

function parseDestination(value: JsonObject, path: string, reader: Reader): ProjectDestination {
  return {
    server: reader.text(value, "server", path),
    name: reader.text(value, "name", path),
    namespace: reader.text(value, "namespace", path),
  };
}

function kindRules(spec: JsonObject, key: string, reader: Reader): KindRule[] {
  return reader.objects(spec, key, "spec").map(({ value, path }) => ({
    group: reader.string(value, "group", path) ?? "",
    kind: reader.string(value, "kind", path) ?? "",
    name: reader.text(value, "name", path),
  }));
}

function parseServiceAccount(value: JsonObject, path: string, reader: Reader): DestinationServiceAccount {
  const account = reader.text(value, "defaultServiceAccount", path) ?? "";
  // Argo CD forbids what could match anything else than a name, or name another identity.
  if (!/^[a-z0-9.-]+(:[a-z0-9.-]+)?$/.test(account)) {
    reader.fault(`${path}.defaultServiceAccount`, `must be a service account's name, or namespace:name`);
  }
  const server = reader.text(value, "server", path) ?? "";
  if (server === "") reader.fault(`${path}.server`, "is missing");
  for (const pattern of [server, reader.text(value, "namespace", path) ?? ""]) {
    if (pattern.includes("!")) reader.fault(path, `"!" does not deny here: ${JSON.stringify(pattern)}`);
  }
  return { server, namespace: reader.text(value, "namespace", path), defaultServiceAccount: account };
}

/** A key id as people write it (`0x…`, a whole fingerprint), as gpg's long id. */
function parseKey(value: JsonObject, path: string, reader: Reader): string | undefined {
  const text = (reader.text(value, "keyID", path) ?? "").replace(/^0x/i, "").replaceAll(" ", "").toUpperCase();
  if (/^[0-9A-F]{16,40}$/.test(text)) return text.slice(-16);
  reader.fault(`${path}.keyID`, `${JSON.stringify(text)} is no key id of 16 hex digits`);
  return undefined;
}

function parseRoles(spec: JsonObject, reader: Reader, project: string): ProjectRole[] {
  const names = new Set<string>();
  return reader.objects(spec, "roles", "spec").map(({ value, path }) => {
    const name = reader.text(value, "name", path) ?? "";
    if (!/^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?$/.test(name)) {
      reader.fault(`${path}.name`, `${JSON.stringify(name)} may only hold letters, digits, "-" and "_"`);
    }
    if (names.has(name)) reader.fault(`${path}.name`, `${JSON.stringify(name)} is there twice`);
    names.add(name);
    const policies = reader.strings(value, "policies", path);
    policies.forEach((policy, index) => {
      const wrong = policyFault(policy, project, name);
      if (wrong !== undefined) reader.fault(`${path}.policies[${index}]`, `${JSON.stringify(policy)} ${wrong}`);
    });
    const groups = reader.strings(value, "groups", path);
    return { name, description: reader.text(value, "description", path), policies, groups };
  });
}

const ROLE_RESOURCES = ["applications", "applicationsets", "repositories", "clusters", "logs", "exec", "projects"];

/** What keeps a policy line of a project's role from being one (facts/argocd.md §1.7, §1.8). */
function policyFault(policy: string, project: string, role: string): string | undefined {
  const parts = policy.split(",").map((part) => part.trim());
  const [kind, subject, resource = "", action = "", object = "", effect] = parts;
  if (parts.length !== 6 || kind !== "p") return "must be of the form p, sub, resource, action, object, effect";
  if (subject !== `proj:${project}:${role}`) return `must speak of proj:${project}:${role}`;
  if (!ROLE_RESOURCES.includes(resource)) return `names no resource of projects: ${ROLE_RESOURCES.join(", ")}`;
  if (action === "") return "names no action";
  if (!object.startsWith(`${project}/`)) return `must name objects of its own project, ${project}/…`;
  return effect === "allow" || effect === "deny" ? undefined : "must end with allow or deny";
}

function parseWindow(value: JsonObject, path: string, reader: Reader): SyncWindow | undefined {
  const before = reader.problems.length;
  const kind = reader.text(value, "kind", path);
  if (kind !== "allow" && kind !== "deny") reader.fault(`${path}.kind`, `must be allow or deny, not ${String(kind)}`);
  const schedule = reader.text(value, "schedule", path) ?? "";
  const wrong = checkSchedule(schedule);
  if (wrong !== undefined) reader.fault(`${path}.schedule`, wrong, 'write five cron fields, e.g. "0 22 * * *"');
  const durationMs = reader.duration(value, "duration", path) ?? 0;
  if (durationMs <= 0) reader.fault(`${path}.duration`, "must be a time above zero, e.g. 1h");
  if ((reader.text(value, "description", path) ?? "").length > DESCRIPTION_CHARS_MAX) {
    reader.fault(`${path}.description`, `is longer than ${DESCRIPTION_CHARS_MAX} characters`);
  }
  const timeZone = reader.text(value, "timeZone", path) ?? "UTC";
  // Argo CD reads an unknown zone as UTC without a word, which moves a freeze by hours: we refuse it.
  if (!isTimeZone(timeZone)) reader.fault(`${path}.timeZone`, `${JSON.stringify(timeZone)} is no IANA time zone`);
  if (reader.problems.length > before) return undefined;
  return {
    kind: kind === "deny" ? "deny" : "allow",
    schedule,
    durationMs,
    applications: reader.strings(value, "applications", path),
    namespaces: reader.strings(value, "namespaces", path),
    clusters: reader.strings(value, "clusters", path),
    andOperator: reader.boolean(value, "andOperator", path) ?? false,
    manualSync: reader.boolean(value, "manualSync", path) ?? false,
    syncOverrun: reader.boolean(value, "syncOverrun", path) ?? false,
    timeZone,
    description: reader.text(value, "description", path),
  };
}
