import { problemError } from "@fairlead/base";
import { type Decoded, integer, list, string, struct } from "../kustomization/decode.ts";
import { loadTyped } from "../kustomization/load-typed.ts";
import { patchFields } from "../kustomization/types.ts";
import { directoryName } from "../load/loader.ts";
import { wrongKind } from "../merge/element.ts";
import { resourceAccess } from "../node/access.ts";
import { matchPath } from "../node/lookup.ts";
import { splitPath } from "../node/path.ts";
import type { KNode } from "../node/types.ts";
import { compilePattern } from "../pattern.ts";
import { parseText } from "../transform/text-document.ts";
import { rawText } from "../node/ops.ts";
import type { Resource } from "../resource/resource.ts";
import { ResourceMap } from "../resource/resource-map.ts";
import { selectResources } from "../resource/selector.ts";
import { transformNamespace } from "../transform/namespace.ts";
import { setText } from "../transform/set-scalar.ts";
import { decodePlugin } from "./plugin-decode.ts";
import type { PluginConfiguration } from "./plugin-entries.ts";
import type { Target } from "./types.ts";

const targets = list(
  struct("Target", { selector: patchFields.target, fieldPath: string, filePathPosition: integer("int") }),
);
const config = struct("ValueAddTransformerPlugin", { value: string, targets, targetFilePath: string });
const targetFile = struct("targets", { targets });
const access = resourceAccess(parseText);
type ValueTarget = Decoded<typeof targets>[number];

/** Puts one value into many fields, or as a directory into paths. @throws ProblemError KustomizePlugin */
export function valueAddFor(target: Target, plugin: PluginConfiguration): (map: ResourceMap) => void {
  const decoded = decodePlugin(config, plugin);
  const value = (decoded.value ?? "").trim() || directoryName(target.loader);
  const all = [...(decoded.targets ?? [])];
  if (decoded.targetFilePath) {
    all.push(...(loadTyped(target.loader, decoded.targetFilePath, targetFile, false, "KustomizePlugin").targets ?? []));
  }
  if (all.length === 0) throw problemError("KustomizePlugin", "must specify at least one target");
  for (const { fieldPath, filePathPosition = 0 } of all) {
    if (!fieldPath) throw problemError("KustomizePlugin", "fieldPath cannot be empty");
    if (filePathPosition < 0) {
      const message = `value of FilePathPosition (${filePathPosition}) cannot be negative`;
      throw problemError("KustomizePlugin", message);
    }
  }
  return (map) => {
    for (const one of all) {
      const resources = one.selector ? selectResources(map.resources, one.selector) : map.resources;
      for (const resource of resources) addValue(resource, one, value);
    }
  };
}

function addValue(resource: Resource, { fieldPath = "", filePathPosition = 0 }: ValueTarget, value: string): void {
  if (fieldPath === "metadata/namespace") {
    const { previous } = resource;
    transformNamespace(new ResourceMap([resource]), { namespace: value, fieldSpecs: [] });
    // As a value it is no move that references would follow.
    resource.previous = previous.slice(0, -1);
    return;
  }
  if (!resource.root) return;
  const slots = matchPath(
    access,
    { node: resource.root as KNode, replace: () => {} },
    splitPath(fieldPath, "/"),
    "scalar",
    compilePattern,
  );
  for (const { node } of slots) {
    if (node.kind !== "scalar") throw wrongKind("ScalarNode", node);
    const text = filePathPosition > 0 ? insertPart(rawText(node), filePathPosition - 1, value) : value;
    setText(text, "")(node);
  }
}

/** Inserts a directory into a path; one beyond its end goes last. An absolute path stays absolute. */
function insertPart(path: string, position: number, part: string): string {
  const parts = path === "" ? [] : path.split("/");
  if (path === "/") parts.pop();
  let at = Math.min(position, parts.length);
  if (parts[0] === "" && at < parts.length) at++;
  parts.splice(at, 0, part);
  return parts.join("/");
}
