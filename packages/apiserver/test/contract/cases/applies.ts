import { deployment, service, WIDGET_SCHEMA, WIDGETS, definition, version } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { apply, get, inGroup, merge, NS, post, put, strategic } from "./steps.ts";

const DEPLOYMENTS = `${inGroup("apps/v1")}/deployments`;
const CONFIG_MAPS = `${NS}/configmaps`;
const map = (data: object | undefined, metadata: object = {}): object => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", ...metadata },
  ...(data === undefined ? {} : { data }),
});
const web = (containers: readonly object[], spec: object = {}): object => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "a" },
  spec: {
    selector: { matchLabels: { app: "a" } },
    template: { metadata: { labels: { app: "a" } }, spec: { containers } },
    ...spec,
  },
});
const set = (data: object | undefined, manager: string, code = 200, more = ""): Step =>
  apply(`${CONFIG_MAPS}/a`, map(data), code, manager, more);

/** Who owns which field after whom: server-side apply step by step. */
export const APPLIES: readonly Case[] = [
  {
    name: "two managers share a field they agree on",
    steps: [set({ a: "1" }, "x", 201), set({ a: "1" }, "y"), set({ b: "2" }, "x"), set({ a: "2" }, "y")],
  },
  {
    name: "one manager that leaves a shared field leaves it there",
    steps: [set({ a: "1" }, "x", 201), set({ a: "1" }, "y"), set(undefined, "x"), set(undefined, "y")],
  },
  {
    name: "a conflict stops everything",
    steps: [set({ a: "1" }, "x", 201), set({ a: "2", b: "3" }, "y", 409), get(`${CONFIG_MAPS}/a`)],
  },
  {
    name: "several conflicts are told together",
    steps: [set({ a: "1", b: "1" }, "x", 201), set({ c: "1" }, "z"), set({ a: "2", b: "2", c: "2" }, "y", 409)],
  },
  {
    name: "force takes what conflicts and only that",
    steps: [
      set({ a: "1", b: "1" }, "x", 201),
      set({ a: "2", b: "1" }, "y", 200, "&force=true"),
      set({ a: "1", b: "1" }, "x", 409),
    ],
  },
  {
    name: "an update takes a field from who applied it",
    steps: [
      set({ a: "1" }, "x", 201),
      merge(`${CONFIG_MAPS}/a`, { data: { a: "2" } }),
      set({ a: "1" }, "x", 409),
      set({ a: "2" }, "x"),
      merge(`${CONFIG_MAPS}/a`, { data: { a: null } }),
    ],
  },
  {
    name: "what was created by POST is taken over by force",
    steps: [
      post(CONFIG_MAPS, map({ a: "1" })),
      set({ a: "2" }, "x", 409),
      set({ a: "2" }, "x", 200, "&force=true"),
      set({}, "x"),
    ],
  },
  {
    name: "nothing applied twice writes nothing",
    steps: [
      set({ a: "1" }, "x", 201),
      set({ a: "1" }, "x"),
      set({ a: "1" }, "x", 200, "&dryRun=All"),
      set({ a: "2" }, "x", 200, "&dryRun=All"),
      get(`${CONFIG_MAPS}/a`),
    ],
  },
  {
    name: "labels, annotations, finalizers and owners have owners",
    steps: [
      apply(
        `${CONFIG_MAPS}/a`,
        map(
          {},
          {
            labels: { a: "1" },
            annotations: { b: "2" },
            finalizers: ["example.com/x"],
            ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "u1" }],
          },
        ),
        201,
        "x",
      ),
      apply(
        `${CONFIG_MAPS}/a`,
        map(
          {},
          {
            labels: { c: "1" },
            finalizers: ["example.com/y"],
            ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "q", uid: "u2" }],
          },
        ),
        409,
        "y",
      ),
      apply(`${CONFIG_MAPS}/a`, map({}, { labels: { a: "2" } }), 409, "y"),
      apply(`${CONFIG_MAPS}/a`, map({}), 200, "x"),
      apply(`${CONFIG_MAPS}/a`, map(undefined), 200, "y"),
    ],
  },
  {
    name: "containers, ports and variables are items with keys",
    steps: [
      apply(
        `${DEPLOYMENTS}/a`,
        web([{ name: "c", image: "i:1", ports: [{ containerPort: 80 }], env: [{ name: "A", value: "1" }] }]),
        201,
        "x",
      ),
      apply(
        `${DEPLOYMENTS}/a`,
        web([{ name: "c", env: [{ name: "B", value: "2" }], ports: [{ containerPort: 81, name: "b" }] }]),
        200,
        "y",
      ),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", env: [{ name: "A", value: "3" }] }]), 409, "y"),
      apply(
        `${DEPLOYMENTS}/a`,
        web([
          { name: "c", env: [{ name: "B", value: "2" }] },
          { name: "d", image: "j" },
        ]),
        200,
        "y",
      ),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", image: "i:1" }]), 200, "x"),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c" }]), 200, "y"),
    ],
  },
  {
    name: "keys that come twice are refused",
    steps: [
      apply(
        `${DEPLOYMENTS}/a`,
        web([
          { name: "c", image: "i" },
          { name: "c", image: "j" },
        ]),
        500,
        "x",
      ),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", image: "i", env: [{ name: "A" }, { name: "A" }] }]), 500, "x"),
      apply(`${DEPLOYMENTS}/a`, web([{ image: "i" }]), 422, "x"),
    ],
  },
  {
    name: "atomic lists and maps have one owner",
    steps: [
      apply(
        `${DEPLOYMENTS}/a`,
        web([{ name: "c", image: "i", command: ["a"] }], { strategy: { type: "Recreate" } }),
        201,
        "x",
      ),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", command: ["b"] }]), 409, "y"),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", command: ["b"] }]), 200, "y", "&force=true"),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", image: "i" }]), 200, "x"),
      apply(`${DEPLOYMENTS}/a`, { ...web([]), spec: { selector: { matchLabels: { app: "b" } } } }, 409, "y"),
    ],
  },
  {
    name: "a scaler that owns replicas is left alone",
    steps: [
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", image: "i" }], { replicas: 2 }), 201, "x"),
      put(`${DEPLOYMENTS}/a/scale`, { metadata: { name: "a" }, spec: { replicas: 5 } }, 200, { ignoreBody: true }),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", image: "i" }], { replicas: 2 }), 409, "x"),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", image: "i" }]), 200, "x"),
    ],
  },
  {
    name: "defaults belong to nobody until somebody applies them",
    steps: [
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", image: "i" }]), 201, "x"),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c" }], { replicas: 1, revisionHistoryLimit: 10 }), 200, "y"),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c" }], { replicas: 3 }), 200, "y"),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c" }]), 200, "y"),
    ],
  },
  {
    name: "ports of services are told apart by protocol",
    steps: [
      apply(
        `${NS}/services/a`,
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "a" },
          spec: {
            ports: [
              { name: "t", port: 53 },
              { name: "u", port: 53, protocol: "UDP" },
            ],
            selector: { a: "b" },
          },
        },
        201,
        "x",
      ),
      apply(
        `${NS}/services/a`,
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "a" },
          spec: { ports: [{ name: "u", port: 53, protocol: "UDP" }], selector: { c: "d" } },
        },
        409,
        "y",
      ),
      apply(
        `${NS}/services/a`,
        { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: { ports: [{ name: "t", port: 53 }] } },
        200,
        "x",
      ),
    ],
  },
  {
    name: "quantities are compared as they are written",
    steps: [
      apply(
        `${DEPLOYMENTS}/a`,
        web([{ name: "c", image: "i", resources: { limits: { cpu: "1000m", memory: "1024Mi" } } }]),
        201,
        "x",
      ),
      apply(
        `${DEPLOYMENTS}/a`,
        web([{ name: "c", image: "i", resources: { limits: { cpu: "1", memory: "1Gi" } } }]),
        200,
        "x",
      ),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", resources: { limits: { cpu: 1 } } }]), 409, "y"),
    ],
  },
  {
    name: "unknown and wrong fields of an applied object",
    steps: [
      apply(`${CONFIG_MAPS}/a`, { ...map({ a: "1" }), dota: {} }, 500, "x"),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", image: "i" }], { replica: 1 }), 500, "x"),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", image: "i" }], { replicas: "two" }), 500, "x"),
      apply(`${CONFIG_MAPS}/a`, map({ a: 1 }), 500, "x"),
      apply(`${CONFIG_MAPS}/a`, map({ a: null }), 201, "x"),
    ],
  },
  {
    name: "secrets given as text",
    steps: [
      apply(
        `${NS}/secrets/a`,
        { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, stringData: { a: "1" }, data: { b: "Mg==" } },
        201,
        "x",
      ),
      apply(
        `${NS}/secrets/a`,
        { apiVersion: "v1", kind: "Secret", metadata: { name: "a" }, stringData: { a: "2" } },
        200,
        "x",
      ),
    ],
  },
  {
    name: "custom lists are maps, sets or whole",
    steps: [
      {
        do: "POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        body: definition([version("v1", WIDGET_SCHEMA, { subresources: { status: {} } })]),
        code: 201,
        ignoreBody: true,
      },
      { do: `GET ${WIDGETS}`, code: 200, eventually: true, ignoreBody: true },
      apply(
        `${WIDGETS}/a`,
        {
          apiVersion: "{ns}.example.com/v1",
          kind: "Widget",
          metadata: { name: "a" },
          spec: {
            size: 3,
            tags: ["a", "b"],
            ports: [{ name: "x", port: 1 }],
            any: { deep: [1, { a: 2 }] },
            port: "http",
          },
        },
        201,
        "x",
      ),
      apply(
        `${WIDGETS}/a`,
        {
          apiVersion: "{ns}.example.com/v1",
          kind: "Widget",
          metadata: { name: "a" },
          spec: { size: 3, tags: ["b", "c"], ports: [{ name: "y" }] },
        },
        200,
        "y",
      ),
      apply(
        `${WIDGETS}/a`,
        {
          apiVersion: "{ns}.example.com/v1",
          kind: "Widget",
          metadata: { name: "a" },
          spec: { size: 4, any: { deep: [] } },
        },
        409,
        "y",
      ),
      apply(
        `${WIDGETS}/a`,
        {
          apiVersion: "{ns}.example.com/v1",
          kind: "Widget",
          metadata: { name: "a" },
          spec: { size: 3, tags: ["a", "a"] },
        },
        500,
        "y",
      ),
      apply(
        `${WIDGETS}/a/status`,
        { apiVersion: "{ns}.example.com/v1", kind: "Widget", metadata: { name: "a" }, status: { ready: true } },
        200,
        "s",
      ),
      apply(
        `${WIDGETS}/a`,
        { apiVersion: "{ns}.example.com/v1", kind: "Widget", metadata: { name: "a" }, spec: { size: 3 } },
        200,
        "x",
      ),
    ],
  },
  {
    name: "apply goes with updates by strategic patches and PUT",
    steps: [
      apply(`${DEPLOYMENTS}/a`, web([{ name: "c", image: "i:1" }], { replicas: 2 }), 201, "x"),
      strategic(`${DEPLOYMENTS}/a`, { spec: { template: { spec: { containers: [{ name: "c", image: "i:2" }] } } } }),
      put(`${DEPLOYMENTS}/a`, deployment("a", { replicas: 7 })),
      apply(`${DEPLOYMENTS}/a`, web([{ name: "main", image: "i:1" }], { replicas: 2 }), 409, "x"),
    ],
  },
  {
    name: "an applied object that is not there is created with all that creation checks",
    steps: [
      apply(`${CONFIG_MAPS}/Bad`, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "Bad" } }, 422, "x"),
      apply("/api/v1/namespaces/{ns}-none/configmaps/a", map({ a: "1" }), 404, "x"),
      apply(`${NS}/services/a`, { apiVersion: "v1", kind: "Service", metadata: { name: "a" }, spec: {} }, 422, "x"),
      apply(`${NS}/services/b`, service("b"), 201, "x"),
      apply(`${CONFIG_MAPS}/a`, map({ a: "1" }, { uid: "11111111-1111-1111-1111-111111111111" }), 409, "x"),
    ],
  },
];
