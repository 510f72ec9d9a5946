import { checkTypes } from "./check.ts";
import { parseCel } from "./expression.ts";
import { describeFaults } from "./syntax.ts";
import { BOOL, DYN, simple, STRING, typeName, type CelType } from "./types.ts";

/** What expressions of admission may speak of beside the object and the request. */
export interface AdmissionScope {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  /** Types of `variables`, in the order in which they are declared; undefined where there are none. */
  readonly variables?: ReadonlyMap<string, CelType> | undefined;
  /** Types of the objects, where they are known: without, everything may be in them. */
  readonly object?: CelType | undefined;
  readonly params?: CelType | undefined;
}

const record = (name: string, fields: Readonly<Record<string, CelType>>): CelType => ({
  kind: "record",
  name,
  fields: new Map(Object.entries(fields)),
});
const listOf = (item: CelType): CelType => ({ kind: "list", item });
const mapOf = (value: CelType): CelType => ({ kind: "map", key: STRING, value });

const KIND = record("kubernetes.GroupVersionKind", { group: STRING, version: STRING, kind: STRING });
const RESOURCE = record("kubernetes.GroupVersionResource", { group: STRING, version: STRING, resource: STRING });
const USER = record("kubernetes.UserInfo", {
  username: STRING,
  uid: STRING,
  groups: listOf(STRING),
  extra: mapOf(listOf(STRING)),
});
/** k8s.io/apiserver plugin/cel/compile.go: BuildRequestType and BuildNamespaceType. */
const REQUEST = record("kubernetes.AdmissionRequest", {
  kind: KIND,
  resource: RESOURCE,
  subResource: STRING,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: USER,
  dryRun: BOOL,
  options: DYN,
});
const NAMESPACE = record("kubernetes.Namespace", {
  metadata: record("kubernetes.NamespaceMetadata", {
    name: STRING,
    generateName: STRING,
    namespace: STRING,
    labels: mapOf(STRING),
    annotations: mapOf(STRING),
    UID: STRING,
    creationTimestamp: simple("timestamp"),
    deletionGracePeriodSeconds: simple("int"),
    deletionTimestamp: simple("timestamp"),
    generation: simple("int"),
    resourceVersion: STRING,
    finalizers: listOf(STRING),
  }),
  spec: record("kubernetes.NamespaceSpec", { finalizers: listOf(STRING) }),
  status: record("kubernetes.NamespaceStatus", { phase: STRING }),
});

function scopeOf({
  hasParams,
  hasAuthorizer,
  variables,
  object = DYN,
  params = DYN,
}: AdmissionScope): Map<string, CelType> {
  const scope = new Map<string, CelType>([
    ["object", object],
    ["oldObject", object],
    ["namespaceObject", NAMESPACE],
    ["request", REQUEST],
  ]);
  if (hasParams) scope.set("params", params);
  if (hasAuthorizer) {
    scope.set("authorizer", { kind: "opaque", name: "kubernetes.authorization.Authorizer" });
    scope.set("authorizer.requestResource", { kind: "opaque", name: "kubernetes.authorization.ResourceCheck" });
  }
  if (variables) scope.set("variables", { kind: "record", name: "kubernetes.variables", fields: variables });
  return scope;
}

/** An expression of admission, compiled: its type, and the compiler's words where it does not compile. */
export function compileAdmission(
  text: string,
  scope: AdmissionScope,
): { readonly type: CelType; readonly fault?: string } {
  const tree = parseCel(text);
  if (!("op" in tree)) return { type: DYN, fault: describeFaults(text, tree) };
  const { type, faults } = checkTypes(text, tree, scopeOf(scope));
  if (faults.length === 0) return { type };
  return { type, fault: describeFaults(text, faults) };
}

/** The same as a fault's detail, for an expression that has to give one of these types. */
export function admissionFault(text: string, scope: AdmissionScope, wanted: readonly string[]): string | undefined {
  const { type, fault } = compileAdmission(text, scope);
  if (fault !== undefined) return `compilation failed: ${fault}`;
  const found = type.kind === "null" ? "null_type" : typeName(type);
  if (wanted.includes(found)) return undefined;
  const choice = wanted.length === 1 ? (wanted[0] ?? "") : `one of [${wanted.join(" ")}]`;
  return `must evaluate to ${choice} but got ${found}`;
}
