import type { Json, JsonObject } from "@fairlead/base";
import { child, forbidden, invalid, required, type FieldError } from "./field-error.ts";
import { has, nonNegative, numberOf, oneOf, requiredText, structOf, structsOf, textOf } from "./access.ts";
import { httpHeaderName, portName, portNumber } from "./names.ts";

/** A port by number or by name. */
export function portNumberOrName(port: Json | undefined, path: string): FieldError[] {
  if (typeof port === "string") return portName(port).map((fault) => invalid(path, port, fault));
  const number = typeof port === "number" ? port : 0;
  return portNumber(number).map((fault) => invalid(path, number, fault));
}

type HandlerRule = (handler: JsonObject, path: string, graceSeconds: number | undefined) => FieldError[];

const HANDLERS: readonly (readonly [name: string, rule: HandlerRule])[] = [
  [
    "exec",
    (exec, path) =>
      Array.isArray(exec["command"]) && exec["command"].length > 0 ? [] : [required(child(path, "command"))],
  ],
  ["httpGet", httpGet],
  ["tcpSocket", (socket, path) => portNumberOrName(socket["port"], child(path, "port"))],
  ["grpc", (grpc, path) => portNumberOrName(grpc["port"], child(path, "port"))],
  ["sleep", sleepAction],
];

function httpGet(get: JsonObject, path: string): FieldError[] {
  return [
    ...requiredText(get, "path", path),
    ...portNumberOrName(get["port"], child(path, "port")),
    ...oneOf(get, "scheme", path, ["HTTP", "HTTPS"], false),
    ...structsOf(get, "httpHeaders").flatMap((header) => {
      const name = textOf(header, "name");
      return httpHeaderName(name).map((fault) => invalid(child(path, "httpHeaders"), name, fault));
    }),
  ];
}

function sleepAction(sleep: JsonObject, path: string, graceSeconds: number | undefined): FieldError[] {
  const seconds = numberOf(sleep, "seconds") ?? 0;
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return [];
  const text = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  return [invalid(path, seconds, text)];
}

function handler(owner: JsonObject, path: string, graceSeconds: number | undefined): FieldError[] {
  const errors: FieldError[] = [];
  let count = 0;
  for (const [name, rule] of HANDLERS) {
    const found = structOf(owner, name);
    if (!found) continue;
    if (count++ > 0) errors.push(forbidden(child(path, name), "may not specify more than 1 handler type"));
    else errors.push(...rule(found, child(path, name), graceSeconds));
  }
  return count === 0 ? [required(path, "must specify a handler type")] : errors;
}

/** Liveness and startup probes succeed at once; readiness probes have no grace period of their own. */
export function validateProbes(container: JsonObject, path: string, graceSeconds: number | undefined): FieldError[] {
  return ["livenessProbe", "readinessProbe", "startupProbe"].flatMap((name) => {
    const probe = structOf(container, name);
    if (!probe) return [];
    const inner = child(path, name);
    const errors = validateProbe(probe, inner, graceSeconds);
    if (name === "readinessProbe") {
      if (has(probe, "terminationGracePeriodSeconds")) {
        const seconds = probe["terminationGracePeriodSeconds"];
        errors.push(
          invalid(child(inner, "terminationGracePeriodSeconds"), seconds, "must not be set for readinessProbes"),
        );
      }
    } else if (numberOf(probe, "successThreshold") !== 1) {
      errors.push(invalid(child(inner, "successThreshold"), probe["successThreshold"] ?? 0, "must be 1"));
    }
    return errors;
  });
}

function validateProbe(probe: JsonObject, path: string, graceSeconds: number | undefined): FieldError[] {
  const errors = [
    ...handler(probe, path, graceSeconds),
    ...nonNegative(
      probe,
      path,
      "initialDelaySeconds",
      "timeoutSeconds",
      "periodSeconds",
      "successThreshold",
      "failureThreshold",
    ),
  ];
  const grace = numberOf(probe, "terminationGracePeriodSeconds");
  if (grace !== undefined && grace <= 0) {
    errors.push(invalid(child(path, "terminationGracePeriodSeconds"), grace, "must be greater than 0"));
  }
  return errors;
}

export function validateLifecycle(
  lifecycle: JsonObject | undefined,
  path: string,
  graceSeconds: number | undefined,
  podOs: string,
): FieldError[] {
  const errors = ["postStart", "preStop"].flatMap((name) => {
    const found = structOf(lifecycle, name);
    return found ? handler(found, child(path, name), graceSeconds) : [];
  });
  if (has(lifecycle, "stopSignal") && podOs === "") {
    const text = "may not be set for containers with empty `spec.os.name`";
    errors.push(forbidden(child(path, "stopSignal"), text));
  }
  return errors;
}
