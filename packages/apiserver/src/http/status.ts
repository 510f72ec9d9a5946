/** meta/v1 Status, the body of every error answer. */
export interface Status {
  readonly kind: "Status";
  readonly apiVersion: "v1";
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly status: "Success" | "Failure";
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** An answer that is not the object asked for; the one kind of exception that request handling throws on purpose. */
export class StatusError extends Error {
  readonly status: Status;

  constructor(code: number, reason: string, message: string, details?: StatusDetails) {
    super(message);
    this.name = "StatusError";
    this.status = {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason === "" ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** Group and plural (or kind, where Kubernetes names the kind), as error messages write them: `deployments.apps`. */
export interface Named {
  readonly group: string;
  readonly plural: string;
}

// Messages and reasons are those of k8s.io/apimachinery/pkg/api/errors: tools match on them.

/** Go's %q: of most names what JSON writes. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(/\\u00([0-7][0-9a-f])/g, "\\x$1");
}

export function qualified(group: string, name: string): string {
  return group === "" ? name : `${name}.${group}`;
}

function detailsOf(resource: Named, name: string): StatusDetails {
  return {
    ...(name === "" ? {} : { name }),
    ...(resource.group === "" ? {} : { group: resource.group }),
    kind: resource.plural,
  };
}

export function notFound(resource: Named, name: string): StatusError {
  return new StatusError(
    404,
    "NotFound",
    `${qualified(resource.group, resource.plural)} ${quoted(name)} not found`,
    detailsOf(resource, name),
  );
}

/** @param isDeleting the one that has the name is about to give it up */
export function alreadyExists(resource: Named, name: string, isDeleting = false): StatusError {
  return new StatusError(
    409,
    "AlreadyExists",
    `${isDeleting ? "object is being deleted: " : ""}${qualified(resource.group, resource.plural)} ${quoted(name)} already exists`,
    detailsOf(resource, name),
  );
}

/** generateName found no free name: the client may try again. */
export function generateNameConflict(resource: Named, name: string): StatusError {
  return new StatusError(
    409,
    "AlreadyExists",
    `${qualified(resource.group, resource.plural)} ${quoted(name)} already exists, the server was not able to generate a unique name for the object`,
    { ...detailsOf(resource, name), retryAfterSeconds: 1 },
  );
}

export const OBJECT_MODIFIED =
  "the object has been modified; please apply your changes to the latest version and try again";

export function conflict(resource: Named, name: string, why: string): StatusError {
  return new StatusError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(resource.group, resource.plural)} ${quoted(name)}: ${why}`,
    detailsOf(resource, name),
  );
}

export function forbidden(resource: Named, name: string, why: string, causes?: readonly StatusCause[]): StatusError {
  const subject =
    name === ""
      ? `${qualified(resource.group, resource.plural)} is forbidden`
      : `${qualified(resource.group, resource.plural)} ${quoted(name)} is forbidden`;
  const hasKind = resource.plural !== "";
  return new StatusError(403, "Forbidden", hasKind ? `${subject}: ${why}` : `forbidden: ${why}`, {
    ...(hasKind ? detailsOf(resource, name) : {}),
    ...(causes === undefined ? {} : { causes }),
  });
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, "BadRequest", message);
}

export function unauthorized(): StatusError {
  return new StatusError(401, "Unauthorized", "Unauthorized");
}

/** The router's own answer for a verb that a path does not have. */
export function methodNotAllowedOnPath(): StatusError {
  return new StatusError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

export function watchNotSupported({ group, plural }: Named): StatusError {
  const kind = group === "" ? plural : `${plural}.${group}`;
  const message = `watch is not supported on resources of kind ${JSON.stringify(kind)}`;
  return new StatusError(405, "MethodNotAllowed", message, { ...(group === "" ? {} : { group }), kind: plural });
}

export function notAcceptable(available: readonly string[]): StatusError {
  const message = `406: Not Acceptable\n\nAvailable representations: ${available.join(", ")}`;
  return new StatusError(406, "NotAcceptable", message, {});
}

/** The format is known, the shape asked for (`as=…`) is not. */
export function notConvertible(accepted: readonly string[]): StatusError {
  return new StatusError(406, "NotAcceptable", `only the following media types are accepted: ${accepted.join(", ")}`);
}

export function unsupportedMediaType(accepted: readonly string[]): StatusError {
  return new StatusError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );
}

export function requestTooLarge(message: string): StatusError {
  return new StatusError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
}

export function expired(message: string): StatusError {
  return new StatusError(410, "Expired", message);
}

export function tooManyRequests(message: string, retryAfterSeconds: number, details?: StatusDetails): StatusError {
  return new StatusError(429, "TooManyRequests", message, {
    ...details,
    ...(retryAfterSeconds > 0 ? { retryAfterSeconds } : {}),
  });
}

export function internalError(message: string): StatusError {
  return new StatusError(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });
}

export function resourceVersionTooLarge(wanted: number, current: number): StatusError {
  return new StatusError(504, "Timeout", `Too large resource version: ${wanted}, current: ${current}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  });
}

/** The time for a request is over. kube-apiserver's filter writes this Status without its kind. */
export function requestTimedOut(): StatusError {
  const error = new StatusError(504, "Timeout", "Timeout: request did not complete within the allotted timeout", {});
  const status = error.status as Partial<Record<keyof Status, unknown>>;
  delete status.kind;
  delete status.apiVersion;
  return error;
}

export function serviceUnavailable(message: string): StatusError {
  return new StatusError(503, "ServiceUnavailable", message);
}

/** One field's fault, as field.Error prints it. `badValue` already in the message. */
export interface FieldFault {
  readonly type: string;
  readonly field: string;
  readonly message: string;
}

/** 422 with every fault; `kind` not plural, as NewInvalid has it. */
export function invalid(group: string, kind: string, name: string, faults: readonly FieldFault[]): StatusError {
  const texts = [...new Set(faults.map((fault) => `${fault.field}: ${fault.message}`))];
  const text = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`;
  return new StatusError(422, "Invalid", `${qualified(group, kind)} ${quoted(name)} is invalid: ${text}`, {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    ...(kind === "" ? {} : { kind }),
    causes: faults.map((fault) => ({ reason: fault.type, message: fault.message, field: fault.field })),
  });
}

/** Status{Success} of an immediate deletion. */
export function deletedStatus(resource: Named, name: string, uid: string | undefined): Status {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { ...detailsOf(resource, name), ...(uid === undefined ? {} : { uid }) },
  };
}

/** An error that Kubernetes did not think of as an answer: 500 with its text and no reason. */
export function plainError(message: string): StatusError {
  return new StatusError(500, "", message);
}

/** A path inside a group that is served, to a resource that is not. */
export function resourceNotFound(): StatusError {
  return new StatusError(404, "NotFound", "the server could not find the requested resource", {});
}

/** What the router says of a patch type that no built-in kind takes. */
export function unsupportedPatchType(): StatusError {
  return new StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
}
