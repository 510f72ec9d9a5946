import type { JsonObject } from "@fairlead/base";

export type Schema = JsonObject;

const text = (): Schema => ({ type: "string" });
const flag = (): Schema => ({ type: "boolean" });
const choice = (...values: string[]): Schema => ({ type: "string", enum: values });
const listOf = (items: Schema): Schema => ({ type: "array", items });
const textMap = (): Schema => ({ type: "object", additionalProperties: text() });
const object = (properties: Record<string, Schema>, ...required: string[]): Schema => ({
  type: "object",
  properties,
  ...(required.length > 0 && { required }),
});

/** Whatever is in there is kept; the controller says what is wrong with it, with every fault. */
export function free(): Schema {
  return { type: "object", "x-kubernetes-preserve-unknown-fields": true };
}

const anything = (): Schema => ({ "x-kubernetes-preserve-unknown-fields": true });
const storeRef = (): Schema => object({ name: text(), kind: choice("SecretStore", "ClusterSecretStore") });
const strategies = (): Record<string, Schema> => ({
  conversionStrategy: choice("Default", "Unicode", "None"),
  decodingStrategy: choice("Auto", "Base64", "Base64URL", "None"),
  nullBytePolicy: choice("Ignore", "Fail"),
});
const remoteRef = (): Schema =>
  object(
    { key: text(), property: text(), version: text(), metadataPolicy: choice("None", "Fetch"), ...strategies() },
    "key",
  );
const rewrite = (): Schema =>
  object({
    regexp: object({ source: text(), target: text() }, "source", "target"),
    transform: object({ template: text() }, "template"),
    merge: object({
      strategy: choice("Extract", "JSON"),
      into: text(),
      priority: listOf(text()),
      priorityPolicy: choice("Strict", "IgnoreNotFound"),
      conflictPolicy: choice("Ignore", "Error"),
    }),
  });
const templateSource = (): Schema =>
  object(
    {
      name: text(),
      items: listOf(
        object({ key: text(), templateAs: { ...choice("Values", "KeysAndValues"), default: "Values" } }, "key"),
      ),
    },
    "name",
    "items",
  );

function template(): Schema {
  return object({
    type: text(),
    engineVersion: { ...text(), default: "v2" },
    mergePolicy: { ...choice("Replace", "Merge"), default: "Replace" },
    metadata: object({ labels: textMap(), annotations: textMap(), finalizers: listOf(text()) }),
    data: textMap(),
    templateFrom: listOf(
      object({
        configMap: templateSource(),
        secret: templateSource(),
        literal: text(),
        target: { ...text(), default: "Data" },
        valuesDecodingStrategy: choice("Auto", "Base64", "Base64URL", "None"),
      }),
    ),
  });
}

export function externalSecretSpec(): Schema {
  return object({
    secretStoreRef: storeRef(),
    refreshPolicy: choice("CreatedOnce", "Periodic", "OnChange"),
    refreshInterval: { ...text(), default: "1h0m0s" },
    syncWindows: object(
      {
        kind: choice("allow", "deny"),
        windows: listOf(object({ schedule: text(), duration: text() }, "schedule", "duration")),
      },
      "kind",
      "windows",
    ),
    target: {
      ...object({
        name: text(),
        creationPolicy: { ...choice("Owner", "Orphan", "Merge", "None", "CreateOrMerge"), default: "Owner" },
        deletionPolicy: { ...choice("Delete", "Merge", "Retain"), default: "Retain" },
        immutable: flag(),
        manifest: object({ apiVersion: text(), kind: text() }, "apiVersion", "kind"),
        template: template(),
      }),
      default: { creationPolicy: "Owner", deletionPolicy: "Retain" },
    },
    data: listOf(
      object(
        { secretKey: text(), remoteRef: remoteRef(), sourceRef: object({ storeRef: storeRef() }) },
        "secretKey",
        "remoteRef",
      ),
    ),
    dataFrom: listOf(
      object({
        extract: remoteRef(),
        find: object({ path: text(), name: object({ regexp: text() }), tags: textMap(), ...strategies() }),
        rewrite: listOf(rewrite()),
        sourceRef: object({
          storeRef: storeRef(),
          generatorRef: object({ apiVersion: text(), kind: text(), name: text() }, "kind", "name"),
        }),
      }),
    ),
  });
}

export function clusterExternalSecretSpec(): Schema {
  return object(
    {
      externalSecretName: text(),
      externalSecretMetadata: object({ labels: textMap(), annotations: textMap() }),
      externalSecretSpec: externalSecretSpec(),
      namespaceSelector: free(),
      namespaceSelectors: listOf(free()),
      namespaces: listOf(text()),
      refreshTime: text(),
    },
    "externalSecretSpec",
  );
}

const storeChoice = (): Schema =>
  object({
    name: text(),
    labelSelector: free(),
    kind: { ...choice("SecretStore", "ClusterSecretStore"), default: "SecretStore" },
  });
const pushEntry = (): Schema =>
  object(
    {
      match: object(
        { secretKey: text(), remoteRef: object({ remoteKey: text(), property: text() }, "remoteKey") },
        "remoteRef",
      ),
      metadata: anything(),
      conversionStrategy: { ...choice("None", "ReverseUnicode"), default: "None" },
    },
    "match",
  );

export function pushSecretSpec(): Schema {
  return object(
    {
      refreshInterval: { ...text(), default: "1h0m0s" },
      secretStoreRefs: listOf(storeChoice()),
      updatePolicy: { ...choice("Replace", "IfNotExists"), default: "Replace" },
      deletionPolicy: { ...choice("Delete", "None"), default: "None" },
      selector: object({
        secret: object({ name: text(), selector: free() }),
        generatorRef: object({ apiVersion: text(), kind: text(), name: text() }, "kind", "name"),
      }),
      data: listOf(pushEntry()),
      dataTo: listOf(
        object({
          storeRef: storeChoice(),
          remoteKey: text(),
          match: object({ regexp: text() }),
          rewrite: listOf(rewrite()),
          metadata: anything(),
          conversionStrategy: { ...choice("None", "ReverseUnicode"), default: "None" },
        }),
      ),
      template: template(),
    },
    "secretStoreRefs",
    "selector",
  );
}

export function clusterPushSecretSpec(): Schema {
  return object(
    {
      pushSecretSpec: pushSecretSpec(),
      pushSecretName: text(),
      pushSecretMetadata: object({ labels: textMap(), annotations: textMap() }),
      namespaceSelectors: listOf(free()),
      refreshTime: text(),
    },
    "pushSecretSpec",
  );
}

export function pushSecretStatus(): Schema {
  return object({
    refreshTime: { type: "string", format: "date-time", nullable: true },
    syncedResourceVersion: text(),
    syncedPushSecrets: {
      type: "object",
      additionalProperties: { type: "object", additionalProperties: pushEntry() },
    },
    conditions: listOf(condition()),
  });
}

export function generatorStateSpec(): Schema {
  return object(
    {
      garbageCollectionDeadline: { type: "string", format: "date-time" },
      resource: anything(),
      state: anything(),
    },
    "resource",
    "state",
  );
}

export function storeSpec(): Schema {
  return object(
    {
      controller: text(),
      provider: free(),
      refreshInterval: { "x-kubernetes-int-or-string": true },
      retrySettings: object({ maxRetries: { type: "integer" }, retryInterval: text() }),
      conditions: listOf(
        object({ namespaces: listOf(text()), namespaceSelector: free(), namespaceRegexes: listOf(text()) }),
      ),
    },
    "provider",
  );
}

const condition = (): Schema =>
  object(
    {
      type: text(),
      status: text(),
      reason: text(),
      message: text(),
      lastTransitionTime: { type: "string", format: "date-time" },
    },
    "type",
    "status",
  );

export function externalSecretStatus(): Schema {
  return object({
    refreshTime: { type: "string", format: "date-time", nullable: true },
    syncedResourceVersion: text(),
    binding: object({ name: text() }),
    conditions: listOf(condition()),
  });
}

export function conditionsStatus(): Schema {
  return object({
    capabilities: text(),
    conditions: listOf(condition()),
    externalSecretName: text(),
    pushSecretName: text(),
    failedNamespaces: listOf(object({ namespace: text(), reason: text() })),
    provisionedNamespaces: listOf(text()),
  });
}
