import { problemsOf, type Json } from "@fairlead/base";
import { decodeJson, trimSpace } from "@fairlead/gotemplate";
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
  const isJson = output.trimStart().startsWith("{");
  for (const { text, separator } of documentsOf(output)) {
    // The document before it is lost with it.
    if (separator !== undefined) return { objects, fault: `invalid Yaml document separator: ${separator}` };
    let value: Json;
    try {
      value = decodeYaml(text);
    } catch (error) {
      // What begins like JSON is told of as JSON, though YAML would have done.
      const fault = (isJson && jsonFault(text)) || (problemsOf(error)[0]?.message ?? "");
      return { objects, fault };
    }
    const decoded = decodeTyped(value, OBJECT[compat]);
    if (decoded.fault !== undefined) return { objects, fault: UNMARSHALLING + decoded.fault };
    if (decoded.value === undefined) continue;
    const { apiVersion = "", Kind: kind = "", Metadata } = decoded.value as Fields;
    objects.push({ apiVersion, kind, name: Metadata?.Name ?? "" });
  }
  return { objects };
}

/** Texts between lines that begin with `---`, where nothing but a comment may stand behind it. */
function documentsOf(output: string): { text: string; separator?: string }[] {
  const documents: { text: string; separator?: string }[] = [];
  let start = 0;
  for (const found of output.matchAll(/^---(.*)(?:\n|$)/gm)) {
    const rest = trimSpace(found[1] ?? "");
    const text = output.slice(start, found.index);
    if (rest !== "" && !rest.startsWith("#")) return [...documents, { text, separator: rest }];
    // A separator with nothing before it is the first line of what follows: line numbers of faults count it.
    start = found.index;
    if (text === "") continue;
    documents.push({ text });
    start += found[0].length;
  }
  return [...documents, { text: output.slice(start) }];
}

/** Where JSON ends to be JSON, in Go's words; undefined where it never does. */
function jsonFault(text: string): string | undefined {
  const faultOf = (part: string): string | undefined => {
    try {
      decodeJson(part);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  const END = "unexpected end of JSON input";
  const whole = faultOf(text.trimEnd());
  if (whole === undefined) return undefined;
  if (whole === END) return "unexpected EOF";
  // The shortest beginning that is wrong, and not only unfinished.
  let [good, bad] = [0, text.length];
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const fault = faultOf(text.slice(0, middle));
    if (fault === undefined || fault === END) good = middle;
    else bad = middle;
  }
  return `json: offset ${Buffer.byteLength(text.slice(0, bad))}: ${whole}`;
}
