import { createHash } from "node:crypto";
import { parseApiVersion, type KubeObject, type ObjectRef } from "@fairlead/apimachinery";
import { ANNOTATIONS, LABELS } from "../names.ts";

/** How objects are marked as an application's (facts/argocd.md §1.4). */
export interface Tracking {
  readonly method: "annotation" | "annotation+label" | "label";
  readonly labelKey: string;
  /** Tells two installations on one cluster apart: what carries another id, or none, is not ours. */
  readonly installationId?: string | undefined;
}

export const DEFAULT_TRACKING: Tracking = { method: "annotation", labelKey: LABELS.instance };

const LABEL_CHARS_MAX = 63;
const LABEL_HASH_CHARS = 10;

/** What objects call the application: its name, with the namespace before it outside the control plane's own. */
export function instanceName(app: { name: string; namespace: string }, controlNamespace: string): string {
  return app.namespace === controlNamespace || app.namespace === "" ? app.name : `${app.namespace}_${app.name}`;
}

/** The `namespace/name` key of an instance name. A plain name lives in the control plane's namespace. */
export function instanceKey(instance: string, controlNamespace: string): string {
  const cut = instance.indexOf("_");
  return cut < 0 ? `${controlNamespace}/${instance}` : `${instance.slice(0, cut)}/${instance.slice(cut + 1)}`;
}

/** `<app>:<group>/<Kind>:<namespace>/<name>`; cluster-scoped objects carry the application's destination namespace. */
function trackingId(instance: string, ref: ObjectRef, destinationNamespace: string): string {
  return `${instance}:${ref.group}/${ref.kind}:${ref.namespace ?? destinationNamespace}/${ref.name}`;
}

interface ParsedTrackingId {
  readonly instance: string;
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

function parseTrackingId(text: string): ParsedTrackingId | undefined {
  const match = /^([^:]+):([^/:]*)\/([^:/]+):([^/:]*)\/(.+)$/.exec(text);
  if (!match) return undefined;
  const [, instance = "", group = "", kind = "", namespace = "", name = ""] = match;
  return { instance, group, kind, namespace, name };
}

/**
 * The instance name a live object is tracked by. A tracking id that does not name its own object was copied from another (a
 * controller that copies annotations to children) and says nothing: such an object is never compared or pruned.
 */
export function trackedBy(object: KubeObject, tracking: Tracking): string | undefined {
  const { name = "", namespace, labels, annotations } = object.metadata;
  if (tracking.method === "label") {
    // Controllers copy labels to what they create, so an owned object is not ours by label.
    if ((object.metadata.ownerReferences?.length ?? 0) > 0) return undefined;
    const label = labels?.[tracking.labelKey];
    const whole = annotations?.[ANNOTATIONS.instance];
    return whole !== undefined && label !== undefined && label === shortLabel(whole) ? whole : label;
  }
  if (tracking.installationId !== undefined && annotations?.[ANNOTATIONS.installationId] !== tracking.installationId) {
    return undefined;
  }
  const text = annotations?.[ANNOTATIONS.trackingId];
  const id = text === undefined ? undefined : parseTrackingId(text);
  if (!id) return undefined;
  const isOwn =
    id.kind === object.kind &&
    id.name === name &&
    id.group === parseApiVersion(object.apiVersion).group &&
    (namespace === undefined || id.namespace === namespace);
  return isOwn ? id.instance : undefined;
}

/** A copy of the object that carries the application's mark. */
export function withTracking(
  object: KubeObject,
  mark: { readonly instance: string; readonly ref: ObjectRef; readonly destinationNamespace: string },
  tracking: Tracking,
): KubeObject {
  const metadata = { ...object.metadata };
  if (tracking.method !== "label") {
    const id = trackingId(mark.instance, mark.ref, mark.destinationNamespace);
    const installation = tracking.installationId;
    metadata.annotations = {
      ...metadata.annotations,
      [ANNOTATIONS.trackingId]: id,
      ...(installation === undefined ? {} : { [ANNOTATIONS.installationId]: installation }),
    };
  }
  const isLong = mark.instance.length > LABEL_CHARS_MAX;
  if (tracking.method === "annotation+label") {
    // The annotation decides; the label is for whoever selects by it.
    const label = isLong ? withoutTail(mark.instance.slice(0, LABEL_CHARS_MAX)) : mark.instance;
    metadata.labels = { ...metadata.labels, [tracking.labelKey]: label };
  }
  if (tracking.method === "label") {
    const label = isLong ? shortLabel(mark.instance) : mark.instance;
    metadata.labels = { ...metadata.labels, [tracking.labelKey]: label };
    if (isLong) metadata.annotations = { ...metadata.annotations, [ANNOTATIONS.instance]: mark.instance };
  }
  return { ...object, metadata };
}

/**
 * What stands in a label for a name that is longer than a label may be. Argo CD's objects cannot be applied then, and two names that
 * begin alike must not become one application's, so a hash tells them apart; the whole name is in an annotation beside it.
 */
function shortLabel(instance: string): string {
  const hash = createHash("sha256").update(instance).digest("hex").slice(0, LABEL_HASH_CHARS);
  return `${withoutTail(instance.slice(0, LABEL_CHARS_MAX - LABEL_HASH_CHARS - 1))}-${hash}`;
}

/** Labels end with a letter or a digit. */
function withoutTail(text: string): string {
  return text.replace(/[^A-Za-z0-9]+$/, "");
}
