import assert from "node:assert/strict";
import { test } from "node:test";
import { applyDefaults, storedForm, type KubeObject } from "@fairlead/apimachinery";

function deployment(): KubeObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "d" },
    spec: {
      selector: { matchLabels: { a: "b" } },
      template: {
        metadata: { labels: { a: "b" } },
        spec: {
          containers: [
            {
              name: "c",
              image: "nginx",
              ports: [{ containerPort: 80 }],
              resources: { limits: { cpu: 1, memory: "1024Mi" } },
              livenessProbe: { httpGet: { port: 80 } },
            },
          ],
        },
      },
    },
  };
}

test("a Deployment comes back as the server returns it", () => {
  const { spec } = applyDefaults(deployment()) as KubeObject & { spec: Record<string, unknown> };
  assert.deepEqual(spec, {
    replicas: 1,
    selector: { matchLabels: { a: "b" } },
    template: {
      metadata: { labels: { a: "b" } },
      spec: {
        containers: [
          {
            name: "c",
            image: "nginx",
            ports: [{ containerPort: 80, protocol: "TCP" }],
            resources: { limits: { cpu: "1", memory: "1Gi" } },
            livenessProbe: {
              httpGet: { path: "/", port: 80, scheme: "HTTP" },
              timeoutSeconds: 1,
              periodSeconds: 10,
              successThreshold: 1,
              failureThreshold: 3,
            },
            terminationMessagePath: "/dev/termination-log",
            terminationMessagePolicy: "File",
            imagePullPolicy: "Always",
          },
        ],
        restartPolicy: "Always",
        terminationGracePeriodSeconds: 30,
        dnsPolicy: "ClusterFirst",
        securityContext: {},
        schedulerName: "default-scheduler",
      },
    },
    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "25%", maxSurge: "25%" } },
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
  });
});

test("defaults leave what they are given alone, and change nothing the second time", () => {
  const given = deployment();
  const once = applyDefaults(given);
  assert.deepEqual(given, deployment());
  assert.deepEqual(applyDefaults(once), once);
});

test("a tagged image is pulled if it isn't there, a Service gets its target port", () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "p" },
    spec: { containers: [{ name: "c", image: "nginx:1.27" }] },
  } as KubeObject;
  const made = applyDefaults(pod) as KubeObject & { spec: { containers: { imagePullPolicy: string }[] } };
  assert.equal(made.spec.containers[0]?.imagePullPolicy, "IfNotPresent");
  const service = { apiVersion: "v1", kind: "Service", metadata: { name: "s" }, spec: { ports: [{ port: 80 }] } };
  const { spec } = applyDefaults(service as KubeObject) as KubeObject & { spec: Record<string, unknown> };
  assert.deepEqual(spec["ports"], [{ port: 80, protocol: "TCP", targetPort: 80 }]);
  assert.equal(spec["sessionAffinity"], "None");
  assert.equal(spec["type"], "ClusterIP");
});

test("the stored form is Go's: empty lists that Go always writes are null", () => {
  const role = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "r" }, rules: [] };
  assert.equal((storedForm(role as KubeObject) as Record<string, unknown>)["rules"], null);
});
