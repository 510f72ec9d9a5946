import { isJsonObject, problemError, ProblemError, type Json, type Problem } from "@fairlead/base";
import { matchesLabels, type KubeObject } from "@fairlead/apimachinery";
import { decodeDocuments } from "@fairlead/yaml";
import type { ObjectReader, PullRequest, ResourceQuery } from "../generators/facts.ts";

const CLUSTER_LABEL = "argocd.argoproj.io/secret-type";

/** Objects of a stream of YAML, Lists taken apart. @throws ProblemError with every fault of the text */
export function readObjects(text: string, file: string): KubeObject[] {
  const { documents, problems } = decodeDocuments(text, { file });
  const wrong: Problem[] = [...problems];
  const objects = documents.flatMap(({ value, line }) => {
    const all =
      isJsonObject(value) && Array.isArray(value["items"]) && String(value["kind"]).endsWith("List")
        ? value["items"]
        : [value];
    return all.flatMap((item): KubeObject[] => {
      if (isJsonObject(item) && typeof item["kind"] === "string" && isJsonObject(item["metadata"])) {
        return [{ apiVersion: "v1", ...item } as unknown as KubeObject];
      }
      wrong.push({
        code: "InvalidApplicationSet",
        message: "is no Kubernetes object: kind or metadata is missing",
        file,
        line,
      });
      return [];
    });
  });
  if (wrong.length > 0) throw new ProblemError(wrong);
  return objects;
}

/** What generators read, from a list of objects. Whatever is read of the control plane's namespace may be in any. */
export function objectsReader(objects: readonly KubeObject[], knowsClusters: boolean): ObjectReader {
  const named = (kind: string, namespace: string | undefined, name: string): KubeObject | undefined => {
    const all = objects.filter((object) => object.kind === kind && object.metadata.name === name);
    return (
      all.find((object) => object.metadata.namespace === namespace) ??
      all.find((object) => object.metadata.namespace === undefined)
    );
  };
  const clusters = objects.filter(
    (object) => object.kind === "Secret" && object.metadata.labels?.[CLUSTER_LABEL] === "cluster",
  );
  return {
    clusterSecrets: () => clusters,
    secret: (namespace, name) => named("Secret", namespace, name),
    configMap: (namespace, name) => named("ConfigMap", namespace, name),
    project: (name) => objects.find((object) => object.kind === "AppProject" && object.metadata.name === name),
    knowsProjects: objects.some((object) => object.kind === "AppProject"),
    knowsClusters,
  };
}

/** Decision resources among the objects; their kind is told by its plural. */
export function findResources(objects: readonly KubeObject[], query: ResourceQuery): KubeObject[] {
  return objects.filter(
    (object) =>
      object.apiVersion === query.apiVersion &&
      isPluralOf(query.plural, object.kind) &&
      (object.metadata.namespace ?? query.namespace) === query.namespace &&
      (query.name === undefined || object.metadata.name === query.name) &&
      (query.selector === undefined || matchesLabels(query.selector, object.metadata.labels)),
  );
}

function isPluralOf(plural: string, kind: string): boolean {
  const singular = kind.toLowerCase();
  const forms = [singular, `${singular}s`, `${singular}es`, singular.replace(/y$/, "ies")];
  return forms.includes(plural.toLowerCase());
}

/** A list of `{number, title, branch, target_branch, head_sha, labels, author}`. @throws ProblemError with every fault */
export function readPullRequests(text: string, file: string): PullRequest[] {
  const { documents, problems } = decodeDocuments(text, { file });
  if (problems.length > 0) throw new ProblemError(problems);
  const list = documents.flatMap(({ value }): Json[] => (Array.isArray(value) ? value : [value]));
  const wrong: Problem[] = [];
  const read = list.map((item, index) =>
    readPullRequest(
      item,
      (message) => void wrong.push({ code: "InvalidApplicationSet", message: `item ${index}: ${message}`, file }),
    ),
  );
  if (wrong.length > 0) throw new ProblemError(wrong);
  return read;
}

function readPullRequest(item: Json, fault: (message: string) => void): PullRequest {
  const one = isJsonObject(item) ? item : {};
  if (!isJsonObject(item)) fault("is not an object");
  const text = (name: string): string => {
    const value = one[name];
    if (value === undefined || value === null) return "";
    if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") return String(value);
    fault(`${name} is ${JSON.stringify(value)}, not a string`);
    return "";
  };
  const number = Number(one["number"]);
  if (!Number.isInteger(number)) fault(`number is ${JSON.stringify(one["number"])}, not a whole number`);
  const labels = Array.isArray(one["labels"]) ? one["labels"] : [];
  return {
    number,
    title: text("title"),
    branch: text("branch"),
    targetBranch: text("target_branch"),
    headSha: text("head_sha"),
    author: text("author"),
    labels: labels.map((label) => (isJsonObject(label) ? String(label["name"]) : String(label))),
    ...(one["state"] === undefined ? {} : { state: text("state") }),
  };
}

/** `URL=DIR`. @throws ProblemError InvalidApplicationSet */
export function readRepoOption(option: string): readonly [url: string, directory: string] {
  const cut = option.lastIndexOf("=");
  if (cut > 0 && cut < option.length - 1) return [option.slice(0, cut), option.slice(cut + 1)];
  throw problemError("InvalidApplicationSet", `--repo ${JSON.stringify(option)} is not of the form URL=DIR`);
}
