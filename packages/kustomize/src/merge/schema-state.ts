import { isJsonObject, type JsonObject, problemError } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import type { Loader } from "../load/loader.ts";
import { textOfFile } from "../load/text.ts";
import { openApiSchemas } from "./openapi.ts";
import { builtinSchemas, type MergeSchema, type SchemaStore } from "./schema.ts";

const BUILTIN_VERSION = "v1.21.2";

/**
 * The schema of one build: built in until a kustomization's `openapi` names another, which then holds for all that follows. Only
 * the first one counts.
 */
export class SchemaState implements SchemaStore {
  #current: SchemaStore = builtinSchemas;
  #isChosen = false;
  /** Whether the built-in schema was asked before another took its place; then both hold, as in the real tool. */
  #wasAsked = false;

  schemaFor(apiVersion: string, kind: string): MergeSchema | undefined {
    return this.#current.schemaFor(apiVersion, kind);
  }

  isClusterScoped(apiVersion: string, kind: string): boolean {
    this.#wasAsked = true;
    // The real tool has the scopes of well-known kinds at hand whatever the schema.
    if (builtinSchemas.isClusterScoped(apiVersion, kind)) return true;
    return this.#isChosen && this.#current.isClusterScoped(apiVersion, kind);
  }

  /** @throws ProblemError KustomizationInvalid */
  use(openapi: ReadonlyMap<string, string> | undefined, loader: Loader): void {
    const [path, version] = [openapi?.get("path"), openapi?.get("version")];
    const loaded = path === undefined ? undefined : loader.load(path);
    if (this.#isChosen) return;
    if (loaded) {
      if (version !== undefined) {
        throw problemError("KustomizationInvalid", "builtin version and custom schema provided, cannot use both");
      }
      const document = decodeYaml(textOfFile(loaded), { file: loaded.file });
      if (!isJsonObject(document)) {
        throw problemError("KustomizationInvalid", "invalid schema file: an OpenAPI document is an object", {
          file: loaded.file,
        });
      }
      this.#current = openApiSchemas(document as JsonObject, this.#wasAsked ? builtinSchemas : undefined);
      this.#isChosen = true;
      return;
    }
    if (version === undefined || version === "") return;
    if (version !== BUILTIN_VERSION) {
      throw problemError("KustomizationInvalid", "the specified OpenAPI version is not built in", {
        hint: `only ${BUILTIN_VERSION} is`,
      });
    }
    this.#isChosen = true;
  }
}
