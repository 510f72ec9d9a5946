import { problemsOf, type Json } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { UNMARSHALLING } from "../chart/metadata.ts";
import { decodeTyped, TEXT, type Shape } from "../chart/typed.ts";

/** What Helm's linter reads of an object. */
export interface LintedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

const OBJECT: Readonly<Record<"v3" | "v4", Shape>> = { v3: objectIn("K8sYaml"), v4: objectIn("k8sYaml") };

function objectIn(prefix: string): Shape {
  const struct = (name: string, fields: Readonly<Record<string, Shape>>): Shape => ({
    kind: "struct",
    name,
    type: `rules.${name}`,
    fields,
  });
  const Metadata = struct("k8sYamlMetadata", { Namespace: TEXT, Name: TEXT });
  return struct(`${prefix}Struct`, { apiVersion: TEXT, Kind: TEXT, Metadata });
}

interface Fields {
  readonly apiVersion?: string;
  readonly Kind?: string;
  readonly Metadata?: { readonly Name?: string };
}

/**
 * The documents of a template's output, as Kubernetes' decoder takes them apart: at `---` on a line of its own. Documents that are empty
 * are left out; the first that cannot be read ends it.
 */
export function readObjects(output: string, compat: "v3" | "v4"): { objects: LintedObject[]; fault?: string } {
  const objects: LintedObject[] = [];
  for (const text of output.split(/\n---[^\n]*(?:\n|$)/)) {
    let value: Json;
    try {
      value = decodeYaml(text);
    } catch (error) {
      return { objects, fault: problemsOf(error)[0]?.message ?? "" };
    }
    const decoded = decodeTyped(value, OBJECT[compat]);
    if (decoded.fault !== undefined) return { objects, fault: UNMARSHALLING + decoded.fault };
    if (decoded.value === undefined) continue;
    const { apiVersion = "", Kind: kind = "", Metadata } = decoded.value as Fields;
    objects.push({ apiVersion, kind, name: Metadata?.Name ?? "" });
  }
  return { objects };
}
