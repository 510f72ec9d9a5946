import { configMap, pod } from "../objects.ts";
import { TABLE, type Case, type Step } from "../types.ts";

const CMS = "/api/v1/namespaces/{ns}/configmaps";

function some(count: number): Step[] {
  return Array.from({ length: count }, (_, index) => ({
    do: `POST ${CMS}`,
    body: configMap(`c${index}`, { n: String(index) }, { labels: { n: String(index), odd: String(index % 2) } }),
    code: 201,
  }));
}

export const LISTS: readonly Case[] = [
  {
    name: "lists are sorted by name",
    steps: [
      ...some(4),
      {
        do: `GET ${CMS}?labelSelector=n`,
        code: 200,
        expect: { kind: "ConfigMapList", "items.length": 4, "items[0].metadata.name": "c0" },
      },
    ],
  },
  {
    name: "label selectors of every kind",
    steps: [
      ...some(4),
      { do: `GET ${CMS}?labelSelector=odd%3D1`, code: 200, expect: { "items.length": 2 } },
      { do: `GET ${CMS}?labelSelector=n+in+(1,2)`, code: 200, expect: { "items.length": 2 } },
      { do: `GET ${CMS}?labelSelector=n,n+notin+(1,2)`, code: 200, expect: { "items.length": 2 } },
      { do: `GET ${CMS}?labelSelector=n,odd!%3D1`, code: 200, expect: { "items.length": 2 } },
      { do: `GET ${CMS}?labelSelector=n>1`, code: 200, expect: { "items.length": 2 } },
      { do: `GET ${CMS}?labelSelector=!n`, code: 200, ignoreBody: true },
      { do: `GET ${CMS}?labelSelector=a+b`, code: 400 },
      { do: `GET ${CMS}?labelSelector=n+in+()`, code: 200, ignoreBody: true },
    ],
  },
  {
    name: "field selectors know the fields of their kind",
    steps: [
      ...some(2),
      { do: `GET ${CMS}?fieldSelector=metadata.name%3Dc1`, code: 200, expect: { "items.length": 1 } },
      { do: `GET ${CMS}?fieldSelector=metadata.name!%3Dc1,metadata.namespace%3D{ns}`, code: 200, ignoreBody: true },
      { do: `GET ${CMS}?fieldSelector=data.n%3D1`, code: 400 },
      { do: "POST /api/v1/namespaces/{ns}/pods", body: pod("p", { nodeName: "n1" }), code: 201, ignoreBody: true },
      {
        do: "GET /api/v1/namespaces/{ns}/pods?fieldSelector=spec.nodeName%3Dn1",
        code: 200,
        expect: { "items.length": 1 },
        ignoreBody: true,
      },
      {
        do: "GET /api/v1/namespaces/{ns}/pods?fieldSelector=status.phase%3DRunning",
        code: 200,
        expect: { "items.length": 0 },
      },
      { do: "GET /api/v1/namespaces/{ns}/pods?fieldSelector=spec.nope%3D1", code: 400 },
      { do: "GET /api/v1/namespaces/{ns}/pods?fieldSelector=nonsense", code: 400 },
    ],
  },
  {
    name: "pages continue where the last one ended",
    steps: [
      ...some(5),
      { do: `GET ${CMS}?limit=2`, code: 200, keep: { token: "metadata.continue" }, expect: { "items.length": 2 } },
      { do: `POST ${CMS}`, body: configMap("c0a"), code: 201 },
      {
        do: `GET ${CMS}?limit=2&continue={token}`,
        code: 200,
        expect: { "items.length": 2, "items[0].metadata.name": "c2" },
        keep: { token: "metadata.continue" },
      },
      { do: `GET ${CMS}?limit=5&continue={token}`, code: 200, expect: { "metadata.continue": undefined } },
      { do: `GET ${CMS}?limit=2&continue=nonsense`, code: 400, ignoreBody: true },
      { do: `GET ${CMS}?limit=2&labelSelector=odd%3D1`, code: 200, expect: { "items.length": 2 } },
    ],
  },
  {
    name: "a list can be had as it was",
    steps: [
      ...some(2),
      { do: `GET ${CMS}?labelSelector=n`, code: 200, keep: { rv: "metadata.resourceVersion" } },
      { do: `DELETE ${CMS}/c0`, code: 200 },
      { do: `PUT ${CMS}/c1`, body: configMap("c1", { n: "new" }, { labels: { n: "1" } }), code: 200 },
      {
        do: `GET ${CMS}?labelSelector=n&resourceVersion={rv}&resourceVersionMatch=Exact`,
        code: 200,
        expect: { "items.length": 2, "items[1].data.n": "1" },
      },
      {
        do: `GET ${CMS}?labelSelector=n&resourceVersion={rv}&resourceVersionMatch=NotOlderThan`,
        code: 200,
        expect: { "items.length": 1 },
      },
      { do: `GET ${CMS}?labelSelector=n&resourceVersion=0`, code: 200, ignoreBody: true },
    ],
  },
  {
    name: "options of lists that contradict each other",
    steps: [
      { do: `GET ${CMS}?resourceVersionMatch=Exact`, code: 422 },
      { do: `GET ${CMS}?resourceVersionMatch=Exact&resourceVersion=0`, code: 422 },
      { do: `GET ${CMS}?resourceVersionMatch=Nope&resourceVersion=1`, code: 422 },
      { do: `GET ${CMS}?sendInitialEvents=true&resourceVersionMatch=NotOlderThan`, code: 422 },
      { do: `GET ${CMS}?resourceVersion=abc`, code: 400 },
    ],
  },
  {
    name: "a resourceVersion of the future is waited for, then refused",
    steps: [
      { do: `GET ${CMS}?resourceVersion=99999999&resourceVersionMatch=NotOlderThan`, code: 504, ignoreBody: true },
    ],
  },
  {
    name: "tables carry columns and rows",
    steps: [
      ...some(2),
      { do: `GET ${CMS}?labelSelector=n`, headers: TABLE, code: 200, expect: { kind: "Table", "rows.length": 2 } },
      { do: `GET ${CMS}?labelSelector=n&includeObject=None`, headers: TABLE, code: 200 },
      { do: `GET ${CMS}?labelSelector=n&includeObject=Object`, headers: TABLE, code: 200 },
      { do: `GET ${CMS}?includeObject=Nope`, headers: TABLE, code: 400 },
      { do: `GET ${CMS}/c0`, headers: TABLE, code: 200 },
    ],
  },
];
