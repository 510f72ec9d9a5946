/** Objects that many cases begin with. */

export function configMap(name: string, data: Record<string, string> = { a: "1" }, metadata: object = {}): object {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data };
}

export function deployment(name: string, spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, labels: { app: name }, ...metadata },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "main", image: "nginx:1.27", ports: [{ containerPort: 80 }] }] },
      },
      ...spec,
    },
  };
}

export function pod(name: string, spec: object = {}, metadata: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: { containers: [{ name: "main", image: "busybox:1" }], ...spec },
  };
}

export function service(name: string, spec: object = {}): object {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name },
    spec: { selector: { app: name }, ports: [{ port: 80 }], ...spec },
  };
}

/** A definition in the group `{ns}.example.com`, so that cases do not meet. */
export function definition(versions: readonly object[], spec: object = {}): object {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "widgets.{ns}.example.com" },
    spec: {
      group: "{ns}.example.com",
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList", shortNames: ["wd"] },
      versions,
      ...spec,
    },
  };
}

export function version(name: string, schema: object, more: object = {}): object {
  return { name, served: true, storage: true, schema: { openAPIV3Schema: schema }, ...more };
}

export const WIDGET_SCHEMA = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["size"],
      properties: {
        size: { type: "integer", minimum: 1, maximum: 10 },
        colour: { type: "string", enum: ["red", "green"], default: "red" },
        tags: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        any: { "x-kubernetes-preserve-unknown-fields": true },
        port: { "x-kubernetes-int-or-string": true },
        ports: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
          items: {
            type: "object",
            required: ["name"],
            properties: { name: { type: "string" }, port: { type: "integer" } },
          },
        },
      },
      "x-kubernetes-validations": [{ rule: "self.size != 7", message: "seven is not a size" }],
    },
    status: { type: "object", properties: { ready: { type: "boolean" }, replicas: { type: "integer" } } },
  },
};

export const WIDGETS = "/apis/{ns}.example.com/v1/namespaces/{ns}/widgets";

export function widget(name: string, spec: object = { size: 3 }, more: object = {}): object {
  return { apiVersion: "{ns}.example.com/v1", kind: "Widget", metadata: { name }, spec, ...more };
}
