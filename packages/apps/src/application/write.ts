import type { KubeObject } from "@fairlead/apimachinery";
import { isConflict, isNotFound } from "@fairlead/kube";
import type { Engine } from "../apps/engine.ts";
import { APPLICATION_KIND, FIELD_MANAGER } from "../names.ts";
import { mergePatchBetween } from "./merge-patch.ts";
import type { ApplicationStatus } from "./types.ts";

interface MoreChanges {
  readonly metadata?: Record<string, unknown>;
  readonly operation?: null;
}

const ATTEMPTS_MAX = 5;

/**
 * Writes status if it differs from what is there, in one merge patch, together with whatever else must change in the same
 * instant (a served refresh annotation, a finished operation). Returns the Application as it is now; undefined when it is gone.
 */
export async function writeApplication(
  engine: Engine,
  object: KubeObject,
  status: ApplicationStatus,
  more: MoreChanges = {},
  attempts = ATTEMPTS_MAX,
): Promise<KubeObject | undefined> {
  const before = (object["status"] ?? {}) as ApplicationStatus;
  const patch = mergePatchBetween(before, status);
  if (!patch && more.metadata === undefined && more.operation === undefined) return object;
  const { name = "", namespace, resourceVersion } = object.metadata;
  // Whatever is taken away must be what we saw: an operation that was set since then is another one.
  const guard = more.operation === null ? { resourceVersion } : {};
  const metadata = more.metadata || more.operation === null ? { metadata: { ...more.metadata, ...guard } } : {};
  const body = {
    ...metadata,
    ...(patch ? { status: patch } : {}),
    ...(more.operation === null ? { operation: null } : {}),
  };
  try {
    const answer = await engine.hub.patch(
      { ...APPLICATION_KIND, name, namespace },
      { type: "merge", body },
      { fieldManager: FIELD_MANAGER },
    );
    engine.wrote(answer);
    return answer;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    if (!isConflict(error) || attempts <= 1) throw error;
    return retryOnFresh(engine, object, status, more, attempts - 1);
  }
}

/** Somebody wrote in between: the same change on what is there now. An operation that differs from the one we ended is left alone. */
async function retryOnFresh(
  engine: Engine,
  object: KubeObject,
  status: ApplicationStatus,
  more: MoreChanges,
  attempts: number,
): Promise<KubeObject | undefined> {
  const { name = "", namespace } = object.metadata;
  const fresh = await engine.hub.find(APPLICATION_KIND, name, namespace);
  if (!fresh) return undefined;
  engine.wrote(fresh);
  const isSameOperation = JSON.stringify(fresh["operation"]) === JSON.stringify(object["operation"]);
  const { operation: _operation, ...rest } = more;
  return writeApplication(engine, fresh, status, isSameOperation ? more : rest, attempts);
}
