import type { KubeObject } from "@fairlead/apimachinery";
import type { RequestContext, Resource } from "../registry/types.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

/** What admission is asked about: k8s.io/apiserver's admission.Attributes. */
export interface AdmissionRequest {
  readonly operation: Operation;
  readonly resource: Resource;
  readonly subresource: string;
  readonly namespace: string;
  /** Empty while a generated name is not chosen. */
  readonly name: string;
  /** Absent for DELETE. */
  object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  readonly context: RequestContext;
}

/**
 * Changes objects before they are stored, then refuses what must not be. A step that needs nobody else returns at once, so that
 * the ordinary write stays within one tick.
 */
export interface Admission {
  /** May change `request.object`, in place or by another. @throws StatusError */
  mutate(request: AdmissionRequest): Promise<void> | void;
  /** @throws StatusError */
  validate(request: AdmissionRequest): Promise<void> | void;
}

export type Admitter = (request: AdmissionRequest) => Promise<void> | void;

/** Runs steps in order; asynchronous only from the first one that is. */
export function inOrder(steps: readonly Admitter[]): Admitter {
  return (request) => runFrom(steps, 0, request);
}

function runFrom(steps: readonly Admitter[], start: number, request: AdmissionRequest): Promise<void> | void {
  for (let index = start; index < steps.length; index++) {
    const pending = (steps[index] as Admitter)(request);
    if (pending !== undefined) return pending.then(() => runFrom(steps, index + 1, request));
  }
}
