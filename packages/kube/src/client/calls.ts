import type { KubeObject } from "@fairlead/apimachinery";
import { problemError } from "@fairlead/base";
import type { ApiResource, Discovery } from "../discovery/types.ts";
import type { Caller } from "../http/caller.ts";
import { encodeJson } from "../http/json.ts";
import type { ApiError } from "../http/status.ts";
import { apiErrorOf, objectOf } from "./answers.ts";
import { isPathSegment, resourcePath, withQuery } from "./paths.ts";
import type { RawResponse } from "./types.ts";

export const PATCH_TYPES = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export interface Call {
  readonly verb: string;
  readonly method: string;
  readonly resource: ApiResource;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
  readonly query?: Record<string, string | number | boolean | undefined>;
  readonly contentType?: string;
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** Calls about resources: where they go, and what their answers mean for discovery. */
export class ResourceCalls {
  readonly #caller: Caller;
  readonly #discovery: Discovery;
  readonly #defaultNamespace: string;

  constructor(caller: Caller, discovery: Discovery, defaultNamespace: string) {
    this.#caller = caller;
    this.#discovery = discovery;
    this.#defaultNamespace = defaultNamespace;
  }

  async object(call: Call): Promise<KubeObject> {
    const answer = await this.send(call, call.verb !== "list");
    const object = objectOf(answer);
    if (call.verb !== "get" && changesDiscovery(call.resource)) this.#discovery.invalidate();
    return object;
  }

  async send(call: Call, needsNamespace: boolean): Promise<RawResponse> {
    const { resource, name, subresource } = call;
    const namespace = call.namespace || (needsNamespace ? this.#defaultNamespace : undefined);
    // An empty name would make the path that of the whole collection, and others that of something else.
    for (const part of [name, namespace]) {
      if (part !== undefined && !isPathSegment(part)) {
        throw problemError("ObjectInvalid", `${resource.kind}: ${JSON.stringify(part)} is no name`);
      }
    }
    const answer = await this.#caller.send({
      method: call.method,
      path: withQuery(resourcePath(resource, { namespace, name, subresource }), call.query),
      headers: {
        accept: "application/json",
        ...(call.body !== undefined && { "content-type": call.contentType ?? "application/json" }),
      },
      body: call.body === undefined ? undefined : encodeJson(call.body),
      signal: call.signal,
      callClass: `${call.verb} ${resource.group}/${resource.plural}`,
      isIdempotent: call.method === "GET" || call.contentType === PATCH_TYPES.apply,
    });
    if (answer.status >= 400) throw this.noticed(apiErrorOf(answer));
    return answer;
  }

  /** A 404 that is not about an object says that the path is gone: the kind is no longer served as it was known. */
  noticed(error: ApiError): ApiError {
    if (error.code === 404 && !isAboutObject(error)) this.#discovery.invalidate();
    return error;
  }
}

/** A 404 about an object names it; one about a path that is not served does not. */
export function isAboutObject(error: ApiError): boolean {
  return error.status.details?.name !== undefined && error.status.details.name !== "";
}

function changesDiscovery({ group, kind }: ApiResource): boolean {
  return (
    (group === "apiextensions.k8s.io" && kind === "CustomResourceDefinition") ||
    (group === "apiregistration.k8s.io" && kind === "APIService")
  );
}
