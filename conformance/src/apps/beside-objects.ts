import type { JsonObject } from "@fairlead/base";

/** Objects of the cases beside Argo CD, as the text of files. */
export const marks = (wave?: number, more: Record<string, string> = {}): JsonObject => {
  const annotations = { ...(wave === undefined ? {} : { "argocd.argoproj.io/sync-wave": String(wave) }), ...more };
  return Object.keys(annotations).length > 0 ? { annotations } : {};
};
export const text = (object: object): string => JSON.stringify(object);
export const map = (name: string, key = "value", metadata: JsonObject = {}): string =>
  text({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, data: { key } });
export const deployment = (name: string, metadata: JsonObject = {}): string =>
  text({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, ...metadata },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "app", image: "app:1", resources: { requests: { cpu: "0.5" } } }] },
      },
    },
  });
export const job = (name: string, annotations: Record<string, string>): string =>
  text({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, annotations },
    spec: {
      backoffLimit: 0,
      template: { spec: { restartPolicy: "Never", containers: [{ name: "job", image: "job:1" }] } },
    },
  });
export const hook = (phase: string, more: Record<string, string> = {}): Record<string, string> => ({
  "argocd.argoproj.io/hook": phase,
  ...more,
});
export const policyOf = (words: string): Record<string, string> => ({ "argocd.argoproj.io/hook-delete-policy": words });
export const options = (words: string): Record<string, string> => ({ "argocd.argoproj.io/sync-options": words });

export const CHART = {
  "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
  "values.yaml": "greeting: hello\nextra: {}\n",
  "values-prod.yaml": "greeting: good day\n",
  "templates/cm.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-cm\n  namespace: {{ .Release.Namespace }}\ndata:\n  greeting: {{ .Values.greeting | quote }}\n{{- range $k, $v := .Values.extra }}\n  {{ $k }}: {{ $v | quote }}\n{{- end }}\n",
};

/** Each side has a group of its own, since definitions are the cluster's. */
export const WIDGET_CRD = text({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.{{ .Release.Namespace }}.example.com" },
  spec: {
    group: "{{ .Release.Namespace }}.example.com",
    scope: "Namespaced",
    names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", properties: { size: { type: "integer" } } } },
          },
        },
      },
    ],
  },
});
