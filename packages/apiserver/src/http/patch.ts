import type { Change, Registry, Target } from "../registry/registry.ts";
import type { RequestContext, WriteOptions } from "../registry/types.ts";
import type { Query } from "./request-info.ts";
import { badRequest } from "./status.ts";

export interface PatchRequest {
  readonly registry: Registry;
  readonly target: Target;
  /** Media type of the body. */
  readonly type: string;
  readonly body: Buffer;
  readonly options: WriteOptions;
  readonly query: Query;
  readonly context: RequestContext;
}

/** What a patch makes of an object. @throws StatusError 400, 415 for a body that is no such patch */
export function changeOfPatch(_request: PatchRequest): Change {
  throw badRequest("patches are not read yet");
}
