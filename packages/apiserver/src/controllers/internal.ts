import type { KubeObject } from "@fairlead/apimachinery";
import { cloneJson, type Logger } from "@fairlead/base";
import { StatusError } from "../http/status.ts";
import { decodeEntry } from "../registry/codec.ts";
import { tracked } from "../registry/machinery.ts";
import { deleteObject } from "../registry/delete.ts";
import type { Registry } from "../registry/registry.ts";
import type { DeleteOptions, RequestContext, Resource, WriteOptions } from "../registry/types.ts";
import type { Entry } from "../storage/entry.ts";

/** The server's own hands: writes as a controller of the control plane would, without HTTP and without webhooks. */
export class Internal {
  readonly registry: Registry;
  readonly logger: Logger;
  readonly context: RequestContext;
  readonly #options: WriteOptions;

  constructor(registry: Registry, logger: Logger, name: string) {
    this.registry = registry;
    this.logger = logger;
    this.context = {
      user: { username: `system:${name}`, groups: ["system:masters"] },
      userAgent: name,
      warnings: [],
      auditAnnotations: {},
      isInternal: true,
    };
    this.#options = { dryRun: false, fieldManager: name, fieldValidation: "Ignore" };
  }

  /** A built-in resource. @throws Error when the table lacks it, which would be a bug of ours */
  resource(group: string, version: string, plural: string): Resource {
    const resource = this.registry.resources.find(group, version, plural);
    if (resource === undefined) throw new Error(`no resource ${plural} in ${group}/${version}`);
    return resource;
  }

  decode(resource: Resource, entry: Entry): KubeObject {
    return decodeEntry(resource, entry);
  }

  /** Creates what is not there; somebody else having been faster is fine. */
  async ensure(resource: Resource, namespace: string, object: KubeObject): Promise<void> {
    const name = object.metadata.name ?? "";
    if (this.registry.find(resource, namespace, name) !== undefined) return;
    await this.registry
      .create({ resource, namespace, subresource: "" }, object, this.#options, this.context)
      .catch(unlessCode(409));
  }

  /** Changes an object if it is there. `change` returns false to leave it. */
  async change(
    resource: Resource,
    namespace: string,
    name: string,
    change: (object: KubeObject) => void,
    subresource = "",
  ): Promise<void> {
    const target = { resource, namespace, name, subresource };
    const next = (before: KubeObject | undefined): KubeObject => {
      const current = before as KubeObject;
      const object = cloneJson(current);
      change(object);
      const { registry } = this;
      return tracked(registry.resources, resource, current, object, this.#options, subresource, registry.clock.now());
    };
    await this.registry.modify(target, { next, mayCreate: false }, this.#options, this.context).catch(unlessCode(404));
  }

  async delete(
    resource: Resource,
    namespace: string,
    name: string,
    options: Partial<DeleteOptions> = {},
  ): Promise<void> {
    await deleteObject(this.registry, { resource, namespace, name }, { dryRun: false, ...options }, this.context).catch(
      unlessCode(404, 409),
    );
  }

  /** Runs work nobody waits for; a failure is ours to know. */
  run(what: string, work: Promise<unknown>): void {
    work.catch((error: unknown) =>
      this.logger.error(what, { error: error instanceof Error ? error.message : String(error) }),
    );
  }
}

/** Swallows answers with one of these codes. */
function unlessCode(...codes: readonly number[]): (error: unknown) => undefined {
  return (error) => {
    if (error instanceof StatusError && codes.includes(error.status.code ?? 0)) return undefined;
    throw error;
  };
}
