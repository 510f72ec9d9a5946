import { configMap, pod } from "../objects.ts";
import { PARTIAL, PARTIAL_LIST, TABLE, type Case, type Step } from "../types.ts";
import { get, inGroup, merge, NS, post, remove } from "./steps.ts";

const CONFIG_MAPS = `${NS}/configmaps`;
const WATCH_MS = 400;
const watch = (query: string, more: Partial<Step> = {}): Step => ({
  do: `GET ${CONFIG_MAPS}?watch=true&${query}`,
  code: 200,
  watchMs: WATCH_MS,
  ...more,
});
const made: Step = post(CONFIG_MAPS, configMap("a", { x: "1" }, { labels: { l: "1" } }), 201, {
  keep: { rv: "metadata.resourceVersion" },
});
const changed = merge(`${CONFIG_MAPS}/a`, { data: { x: "2" } });
const gone = remove(`${CONFIG_MAPS}/a`, 200, { ignoreBody: true });

/** Watches in every form they can be asked for. */
export const WATCH_FORMS: readonly Case[] = [
  { name: "from resourceVersion 0 all that is there comes first", steps: [made, changed, watch("resourceVersion=0")] },
  { name: "a change and a deletion since a version", steps: [made, changed, gone, watch("resourceVersion={rv}")] },
  {
    name: "rows of a table, columns only in the first",
    steps: [made, changed, gone, watch("resourceVersion={rv}", { headers: TABLE })],
  },
  {
    name: "tables with whole objects",
    steps: [made, changed, watch("resourceVersion={rv}&includeObject=Object", { headers: TABLE })],
  },
  {
    name: "tables with no objects",
    steps: [made, changed, watch("resourceVersion={rv}&includeObject=None", { headers: TABLE })],
  },
  { name: "metadata only", steps: [made, changed, watch("resourceVersion={rv}", { headers: PARTIAL })] },
  {
    name: "metadata of a list",
    steps: [
      made,
      { do: `GET ${CONFIG_MAPS}`, headers: PARTIAL_LIST, code: 200 },
      { do: `GET ${CONFIG_MAPS}/a`, headers: PARTIAL, code: 200 },
      { do: `GET ${CONFIG_MAPS}/a`, headers: PARTIAL_LIST, code: 406 },
    ],
  },
  {
    name: "by label, an object that leaves is deleted",
    steps: [
      made,
      merge(`${CONFIG_MAPS}/a`, { metadata: { labels: { l: "2" } } }),
      watch("resourceVersion={rv}&labelSelector=l%3D1"),
    ],
  },
  {
    name: "by label, an object that comes is added",
    steps: [
      made,
      merge(`${CONFIG_MAPS}/a`, { metadata: { labels: { l: "2" } } }),
      watch("resourceVersion={rv}&labelSelector=l%3D2"),
    ],
  },
  {
    name: "by name",
    steps: [
      made,
      post(CONFIG_MAPS, configMap("b")),
      changed,
      watch("resourceVersion={rv}&fieldSelector=metadata.name%3Da"),
    ],
  },
  {
    name: "initial events end with a bookmark, selected or not",
    steps: [
      made,
      post(CONFIG_MAPS, configMap("b")),
      watch("sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&labelSelector=l%3D1"),
    ],
  },
  {
    name: "no initial events where none are wanted",
    steps: [
      made,
      watch("sendInitialEvents=false&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan&resourceVersion={rv}"),
    ],
  },
  ...["", "&includeObject=None", "&includeObject=Object"].map((query) => ({
    name: `in a table the bookmark is a row${query === "" ? "" : ` (${query.slice(1)})`}`,
    steps: [
      made,
      watch(`sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan${query}`, {
        headers: TABLE,
        expect: { "[1].object.kind": "Table", "[1].object.columnDefinitions": null },
      }),
    ],
  })),
  ...["", "?gracePeriodSeconds=0"].map((query) => ({
    name: `a pod's end is told before it is gone (${query === "" ? "not scheduled" : "at once"})`,
    steps: [
      post(`${NS}/pods`, pod("p", query === "" ? {} : { nodeName: "n" }), 201, {
        keep: { rv: "metadata.resourceVersion" },
      }),
      remove(`${NS}/pods/p${query}`),
      {
        do: `GET ${NS}/pods?watch=true&resourceVersion={rv}`,
        code: 200,
        watchMs: WATCH_MS,
        expect: { length: 2, "[0].type": "MODIFIED", "[1].type": "DELETED" },
      },
    ],
  })),
  {
    name: "a pod's farewell is cut short",
    steps: [
      post(`${NS}/pods`, pod("p", { nodeName: "n" }), 201, { keep: { rv: "metadata.resourceVersion" } }),
      remove(`${NS}/pods/p`),
      remove(`${NS}/pods/p?gracePeriodSeconds=0`),
      {
        do: `GET ${NS}/pods?watch=true&resourceVersion={rv}`,
        code: 200,
        watchMs: WATCH_MS,
        expect: { length: 3, "[1].type": "MODIFIED", "[2].type": "DELETED" },
      },
    ],
  },
  {
    name: "initial events without bookmarks",
    steps: [made, watch("sendInitialEvents=true&resourceVersionMatch=NotOlderThan")],
  },
  {
    name: "initial events need resourceVersionMatch",
    steps: [watch("sendInitialEvents=true&allowWatchBookmarks=true", { code: 422 })],
  },
  {
    name: "initial events and Exact do not go together",
    steps: [watch("sendInitialEvents=true&resourceVersionMatch=Exact&resourceVersion=1", { code: 422 })],
  },
  { name: "resourceVersionMatch alone is refused", steps: [watch("resourceVersionMatch=NotOlderThan", { code: 422 })] },
  { name: "a resourceVersion that is no number", steps: [watch("resourceVersion=nonsense", { code: 500 })] },
  { name: "a timeout that is no number", steps: [watch("timeoutSeconds=nonsense", { code: 400 })] },
  {
    name: "a selector that is none",
    steps: [watch("labelSelector=%3D%3D", { code: 400 }), watch("fieldSelector=spec.x%3Dy", { code: 400 })],
  },
  {
    name: "the older form of paths",
    steps: [
      made,
      { do: `GET /api/v1/watch/namespaces/{ns}/configmaps/a?resourceVersion=0`, code: 200, watchMs: WATCH_MS },
      { do: `GET /api/v1/watch/namespaces/{ns}/configmaps?resourceVersion=0`, code: 200, watchMs: WATCH_MS },
    ],
  },
  {
    name: "a pod's way through its life",
    steps: [
      post(`${NS}/pods`, pod("p"), 201, { keep: { rv: "metadata.resourceVersion" } }),
      merge(`${NS}/pods/p/status`, { status: { phase: "Running" } }),
      { do: `GET ${NS}/pods?watch=true&resourceVersion={rv}`, code: 200, watchMs: WATCH_MS },
    ],
  },
  {
    name: "what a phase selects",
    steps: [
      post(`${NS}/pods`, pod("p"), 201, { keep: { rv: "metadata.resourceVersion" } }),
      merge(`${NS}/pods/p/status`, { status: { phase: "Running" } }),
      {
        do: `GET ${NS}/pods?watch=true&resourceVersion={rv}&fieldSelector=status.phase%3DPending`,
        code: 200,
        watchMs: WATCH_MS,
      },
    ],
  },
  {
    name: "a watch is not to be had in YAML",
    steps: [
      watch("", { headers: { accept: "application/yaml" }, code: 406 }),
      watch("", { headers: { accept: "application/yaml, application/json" }, code: 406 }),
    ],
  },
  {
    name: "verbs that cannot be watched",
    steps: [
      get("/apis/authorization.k8s.io/v1/subjectaccessreviews?watch=true", 405),
      { do: `GET ${inGroup("apps/v1")}/nonsense?watch=true`, code: 404, watchMs: WATCH_MS },
    ],
  },
];
