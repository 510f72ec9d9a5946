import { forbidden, notFound } from "../http/status.ts";
import type { Store } from "../storage/store.ts";
import type { Admitter } from "./types.ts";

const IMMORTAL = new Set(["default", "kube-system", "kube-public"]);
const NAMESPACES = { group: "", plural: "namespaces" };

/**
 * Nothing is made in a namespace that is not there or on its way out, and the system's own are not deleted. Questions
 * (access reviews) may name any namespace.
 */
export function namespaceLifecycle(store: Store): Admitter {
  return (request) => {
    const { resource, operation, namespace, name } = request;
    const isNamespace = resource.group === "" && resource.kind === "Namespace";
    if (isNamespace) {
      if (operation === "DELETE" && IMMORTAL.has(name))
        throw forbidden(resource, name, "this namespace may not be deleted");
      return;
    }
    if (operation !== "CREATE" || !resource.namespaced) return;
    const entry = store.getForWrite({ resource: "/namespaces", namespace: "", name: namespace });
    if (entry === undefined) throw notFound(NAMESPACES, namespace);
    if (!entry.includes('"deletionTimestamp"')) return;
    const { metadata, status } = entry.parse();
    if (metadata.deletionTimestamp === undefined && (status as { phase?: string } | undefined)?.phase !== "Terminating")
      return;
    throw forbidden(
      resource,
      request.object?.metadata.name ?? name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
      [
        {
          reason: "NamespaceTerminating",
          message: `namespace ${namespace} is being terminated`,
          field: "metadata.namespace",
        },
      ],
    );
  };
}

/** The label every namespace is selected by, whatever the client says. */
export const namespaceLabel: Admitter = ({ resource, object, operation }) => {
  if (resource.group !== "" || resource.kind !== "Namespace" || object === undefined || operation === "DELETE") return;
  const name = object.metadata.name ?? "";
  if (name === "") return;
  object.metadata.labels = { ...object.metadata.labels, "kubernetes.io/metadata.name": name };
};
