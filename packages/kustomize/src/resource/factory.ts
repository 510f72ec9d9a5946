import { type Problem, ProblemError } from "@fairlead/base";
import { copyNode, fieldOf, isEmpty, textOf } from "../node/ops.ts";
import { fromList } from "../node/from-list.ts";
import type { KNode, MappingNode } from "../node/types.ts";
import type { ParsedFile } from "../node/load.ts";
import type { SchemaStore } from "../merge/schema.ts";
import { absorbInternal, stringMapOf } from "./annotations.ts";
import { Resource } from "./resource.ts";

interface Document {
  readonly node: KNode;
  readonly line: number | undefined;
}

/**
 * The resources in a parsed file, each with a copy of its document. Lists are taken apart, empty documents left out.
 * @throws ProblemError KustomizeResource, one problem for each document that is no Kubernetes object
 */
export function resourcesOf(parsed: ParsedFile, schemas: SchemaStore): Resource[] {
  const problems: Problem[] = [];
  const check = (documents: readonly Document[]): Document[] =>
    documents.filter(({ node, line }) => {
      if (isEmpty(node)) return false;
      const message = faultOf(node);
      if (message !== undefined) {
        problems.push({ code: "KustomizeResource", message, file: parsed.file, line, hint: OBJECT_HINT });
      }
      return message === undefined;
    });
  const queue = check(unwrapOnlyList(parsed));
  const result: Resource[] = [];
  for (let document = queue.shift(); document; document = queue.shift()) {
    const root = document.node as MappingNode;
    const items = textOf(root.fields.get("kind")).endsWith("List") ? root.fields.get("items") : undefined;
    if (items === undefined) {
      const resource = new Resource(copyNode(root), schemas, { file: parsed.file, line: document.line, overlays: [] });
      absorbInternal(resource);
      result.push(resource);
      continue;
    }
    const inner = fromList(items, textOf(root.fields.get("kind")), { file: parsed.file, line: document.line });
    queue.push(...check(inner.map((node) => ({ node, line: document.line }))));
  }
  if (problems.length > 0) throw new ProblemError(problems);
  return result;
}

const OBJECT_HINT = "a resource has apiVersion, kind and metadata.name";

/** A `List` that is alone in its file keeps the styles of its items; other lists are read through JSON. */
function unwrapOnlyList(parsed: ParsedFile): Document[] {
  const only = parsed.chunks === 1 ? parsed.documents[0] : undefined;
  const kind = textOf(fieldOf(only?.node, "kind"));
  if (!only || (kind !== "List" && kind !== "ResourceList")) return [...parsed.documents];
  const items = fieldOf(only.node, "items");
  if (!items && !fieldOf(only.node, "functionConfig")) return [...parsed.documents];
  return items?.kind === "sequence" ? items.items.map((node) => ({ node, line: only.line })) : [];
}

/** Why a document is no resource, in the real tool's words. */
function faultOf(node: KNode): string | undefined {
  const [apiVersion, kind] = [textOf(fieldOf(node, "apiVersion")), textOf(fieldOf(node, "kind"))];
  const metadata = fieldOf(node, "metadata");
  if (apiVersion === "" && kind === "" && isEmpty(metadata)) return "missing Resource metadata";
  const [name, namespace] = [textOf(fieldOf(metadata, "name")), textOf(fieldOf(metadata, "namespace"))];
  const describe = (): string =>
    `{{${apiVersion} ${kind}} {{${name} ${namespace}} ${goMap(node, "labels")} ${goMap(node, "annotations")}}}`;
  if (kind === "") return `missing kind in object ${describe()}`;
  if (kind.endsWith("List") || name !== "") return undefined;
  return `missing metadata.name in object ${describe()}`;
}

function goMap(node: KNode, field: "labels" | "annotations"): string {
  const entries = node.kind === "mapping" ? [...stringMapOf(node, field)].sort(([a], [b]) => (a < b ? -1 : 1)) : [];
  return `map[${entries.map(([key, value]) => `${key}:${value}`).join(" ")}]`;
}
