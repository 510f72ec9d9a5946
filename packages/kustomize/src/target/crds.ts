import { isJsonObject, type Json, type JsonObject, problemError } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { EMPTY_CONFIGURATION, mergeConfigurations, type TransformerConfiguration } from "../fields/configuration.ts";
import type { FieldSpec, NameReferences } from "../fields/field-spec.ts";
import type { Loader } from "../load/loader.ts";
import { textOfFile } from "../load/text.ts";

/**
 * What the OpenAPI definitions in the files of `crds` say about fields that hold names, labels or annotations. These are not
 * CustomResourceDefinitions but maps from type names to `{Schema: {...}}`, as openapi-gen wrote them.
 * @throws ProblemError KustomizationInvalid
 */
export function loadCrds(loader: Loader, paths: readonly string[]): TransformerConfiguration {
  let result = EMPTY_CONFIGURATION;
  for (const path of paths) {
    const loaded = loader.load(path);
    const definitions = decodeYaml(textOfFile(loaded), { file: loaded.file });
    if (!isJsonObject(definitions)) {
      const message = `unable to parse open API definition from '${path}'`;
      throw problemError("KustomizationInvalid", message, { file: loaded.file });
    }
    for (const name of Object.keys(definitions)) {
      result = mergeConfigurations(result, new DefinitionReader(definitions as JsonObject).read(name));
    }
  }
  return result;
}

const DEPTH_MAX = 32;

class DefinitionReader {
  readonly #definitions: JsonObject;
  readonly #sections: Record<"commonAnnotations" | "commonLabels" | "namePrefix", FieldSpec[]> = {
    commonAnnotations: [],
    commonLabels: [],
    namePrefix: [],
  };
  readonly #references: NameReferences[] = [];

  constructor(definitions: JsonObject) {
    this.#definitions = definitions;
  }

  read(name: string): TransformerConfiguration {
    const properties = this.#properties(name);
    if (!["kind", "apiVersion", "metadata"].every((key) => Object.hasOwn(properties, key))) return EMPTY_CONFIGURATION;
    this.#walk(name, name.slice(name.lastIndexOf(".") + 1), []);
    return {
      sections: { ...EMPTY_CONFIGURATION.sections, ...this.#sections },
      nameReferences: this.#references,
    };
  }

  #properties(name: string): JsonObject {
    const definition = caseless(this.#definitions, name);
    const properties = caseless(caseless(definition, "Schema"), "properties");
    return isJsonObject(properties) ? properties : {};
  }

  #walk(name: string, kind: string, path: readonly string[]): void {
    if (path.length > DEPTH_MAX) return;
    for (const [property, schema] of Object.entries(this.#properties(name))) {
      if (!isJsonObject(schema)) continue;
      const at = [...path, property];
      const spec = (fields: readonly string[]): FieldSpec => ({
        group: "",
        version: "",
        kind,
        path: fields.join("/"),
        create: false,
      });
      const extension = (key: string): string | undefined => text(schema[key]);
      if (extension("x-kubernetes-annotation") !== undefined) this.#sections.commonAnnotations.push(spec(at));
      if (extension("x-kubernetes-label-selector") !== undefined) this.#sections.commonLabels.push(spec(at));
      if (extension("x-kubernetes-identity") !== undefined) this.#sections.namePrefix.push(spec(at));
      const version = extension("x-kubernetes-object-ref-api-version");
      const target = extension("x-kubernetes-object-ref-kind");
      if (version !== undefined && target !== undefined) {
        const nameKey = extension("x-kubernetes-object-ref-name-key") ?? "name";
        this.#references.push({ group: "", version, kind: target, referrers: [spec([...at, nameKey])] });
      }
      const reference = text(schema["$ref"]);
      if (reference !== undefined) this.#walk(reference, kind, at);
    }
  }
}

function text(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function caseless(value: Json | undefined, key: string): Json | undefined {
  if (!isJsonObject(value)) return undefined;
  if (Object.hasOwn(value, key)) return value[key];
  const found = Object.keys(value).find((name) => name.toLowerCase() === key.toLowerCase());
  return found === undefined ? undefined : value[found];
}
