import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const HELPERS = `{{- define "bench.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}
`;

function workload(index: number): string {
  return `{{- $own := index .Values.workloads "w${index}" | default dict }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ printf "%s-w${index}" .Release.Name | trunc 63 }}
  labels:
    {{- include "bench.labels" . | nindent 4 }}
spec:
  replicas: {{ $own.replicas | default 2 }}
  selector:
    matchLabels: {{- include "bench.labels" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "bench.labels" . | nindent 8 }}
      annotations:
        checksum/config: {{ toYaml .Values | sha256sum }}
    spec:
      containers:
        - name: main
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}"
          {{- with .Values.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
          env:
            {{- range $key, $value := .Values.env }}
            - name: {{ $key | upper | quote }}
              value: {{ tpl (toString $value) $ | quote }}
            {{- end }}
---
apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-w${index}
  labels: {{- include "bench.labels" . | nindent 4 }}
spec:
  ports: {{- toYaml .Values.ports | nindent 4 }}
`;
}

const VALUES = `image: {repository: registry.example/web, tag: ""}
workloads: {w1: {replicas: 3}}
resources: {limits: {cpu: 500m, memory: 256Mi}, requests: {cpu: 100m, memory: 128Mi}}
ports: [{name: http, port: 80, targetPort: 8080}, {name: metrics, port: 9090}]
env: {level: info, name: "{{ .Release.Name }}", zone: eu, url: "http://{{ .Chart.Name }}.example", retries: 3}
`;

/**
 * The files of a chart of so many workloads, with the habits of public charts: labels by include, toYaml, tpl, checksums. Another
 * mark makes every template another text.
 */
export function chartFiles(workloads: number, mark = ""): Record<string, string> {
  const files: Record<string, string> = {
    "Chart.yaml": 'apiVersion: v2\nname: bench\nversion: 1.2.3\nappVersion: "4.5.6"\n',
    "values.yaml": VALUES,
    "templates/_helpers.tpl": HELPERS,
  };
  for (let index = 0; index < workloads; index++) {
    files[`templates/workload-${index}.yaml`] = mark === "" ? workload(index) : `{{/* ${mark} */}}${workload(index)}`;
  }
  return files;
}

export function writeChart(folder: string, workloads: number): void {
  for (const [path, text] of Object.entries(chartFiles(workloads))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}
