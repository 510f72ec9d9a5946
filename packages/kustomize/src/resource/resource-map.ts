import { problemError } from "@fairlead/base";
import { formatId, idEquals, idKey, type ResourceId } from "./id.ts";
import { addressOf, type Resource } from "./resource.ts";

/** The resources of a build in their order; no two have one current identity while they are being gathered. */
export class ResourceMap {
  #list: Resource[] = [];
  /** Identities of the list; undefined after a transformer may have changed them. */
  #ids: Set<string> | undefined;

  constructor(resources: readonly Resource[] = []) {
    this.appendAll(resources);
  }

  get resources(): readonly Resource[] {
    return this.#list;
  }

  /** @throws ProblemError KustomizeDuplicate, one problem for each that is there already */
  appendAll(resources: readonly Resource[]): void {
    const ids = (this.#ids ??= new Set(this.#list.map((resource) => idKey(resource.currentId))));
    for (const resource of resources) {
      const id = resource.currentId;
      const key = idKey(id);
      if (ids.has(key)) throw this.#duplicate(resource, id);
      ids.add(key);
      this.#list.push(resource);
    }
  }

  #duplicate(resource: Resource, id: ResourceId): Error {
    const first = this.#list.find((other) => idEquals(other.currentId, id));
    const where = first ? `${first.provenance.file}${first.provenance.line ? `:${first.provenance.line}` : ""}` : "";
    return problemError("KustomizeDuplicate", `may not add resource with an already registered id: ${formatId(id)}`, {
      ...addressOf(resource),
      hint: `the first one is in ${where}; give one of the two another name or namespace`,
    });
  }

  /** @throws ProblemError KustomizeDuplicate when a transformer made two resources one */
  refuseDuplicates(): void {
    const list = this.#list;
    this.replaceAll([]);
    this.appendAll(list);
  }

  /** Transformers may rename what is in the list: identities are read anew at the next addition. */
  changed(): void {
    this.#ids = undefined;
  }

  /** Puts another list in place, without looking at identities. */
  replaceAll(resources: readonly Resource[]): void {
    this.#list = [...resources];
    this.#ids = undefined;
  }

  replace(old: Resource, next: Resource): void {
    this.#list[this.#list.indexOf(old)] = next;
    this.#ids = undefined;
  }

  dropEmpty(): void {
    if (this.#list.some((resource) => resource.isGone)) {
      this.replaceAll(this.#list.filter((resource) => !resource.isGone));
    }
  }

  /** Those that have, or once had, an identity of this name that matches. */
  withAnyId(name: string, matches: (id: ResourceId) => boolean): Resource[] {
    return this.#list.filter((resource) => {
      if (resource.isGone) return false;
      if (resource.name === name && matches(resource.currentId)) return true;
      if (!resource.previous.some((previous) => previous.name === name)) return false;
      return resource.previousIds.some((id) => id.name === name && matches(id));
    });
  }

  /** @throws ProblemError KustomizePatch when not exactly one has, or once had, the identity */
  theOneFor(id: ResourceId, at: object = {}): Resource {
    const found = this.withAnyId(id.name, (other) => idEquals(id, other));
    if (found.length === 1) return found[0] as Resource;
    const text = formatId(id);
    const what = found.length > 1 ? "multiple matches for Id" : "no matches for Id";
    throw problemError("KustomizePatch", `${what} ${text}; failed to find unique target for patch ${text}`, {
      ...at,
      hint:
        found.length > 1
          ? `these have that identity or had it: ${found.map((one) => formatId(one.currentId)).join(", ")}`
          : "apiVersion, kind, name and namespace must be those of a resource before or after renaming, or give the patch a target",
    });
  }
}
