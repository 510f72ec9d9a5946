import { configMap } from "../objects.ts";
import { TABLE, PARTIAL, type Case } from "../types.ts";

const CMS = "/api/v1/namespaces/{ns}/configmaps";
const MS = 350;

export const WATCHES: readonly Case[] = [
  {
    name: "a watch goes on from a resourceVersion",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a"), code: 201, keep: { rv: "metadata.resourceVersion" } },
      { do: `PUT ${CMS}/a`, body: configMap("a", { a: "2" }), code: 200 },
      { do: `POST ${CMS}`, body: configMap("b"), code: 201 },
      { do: `DELETE ${CMS}/a`, code: 200 },
      {
        do: `GET ${CMS}?watch=1&resourceVersion={rv}`,
        watchMs: MS,
        code: 200,
        expect: { length: 3, "[0].type": "MODIFIED", "[1].type": "ADDED", "[2].type": "DELETED" },
      },
    ],
  },
  {
    name: "without a resourceVersion all objects come first",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a", {}, { labels: { x: "1" } }), code: 201 },
      { do: `POST ${CMS}`, body: configMap("b", {}, { labels: { x: "2" } }), code: 201 },
      {
        do: `GET ${CMS}?watch=true&labelSelector=x`,
        watchMs: MS,
        code: 200,
        expect: { length: 2, "[0].type": "ADDED" },
      },
      { do: `GET ${CMS}?watch=true&labelSelector=x&resourceVersion=0`, watchMs: MS, code: 200, expect: { length: 2 } },
    ],
  },
  {
    name: "initial events end with a bookmark",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a", {}, { labels: { x: "1" } }), code: 201 },
      {
        do: `GET ${CMS}?watch=true&labelSelector=x&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
        watchMs: MS,
        code: 200,
        expect: {
          length: 2,
          "[1].type": "BOOKMARK",
          "[1].object.metadata.annotations[k8s.io/initial-events-end]": "true",
        },
      },
      { do: `GET ${CMS}?watch=true&sendInitialEvents=true`, watchMs: MS, code: 422 },
      { do: `GET ${CMS}?watch=true&resourceVersionMatch=NotOlderThan`, watchMs: MS, code: 422 },
    ],
  },
  {
    name: "objects come into and go out of a selection",
    steps: [
      {
        do: `POST ${CMS}`,
        body: configMap("a", {}, { labels: { x: "1" } }),
        code: 201,
        keep: { rv: "metadata.resourceVersion" },
      },
      { do: `PUT ${CMS}/a`, body: configMap("a", {}, { labels: { x: "2" } }), code: 200 },
      { do: `PUT ${CMS}/a`, body: configMap("a", {}, { labels: { x: "1" } }), code: 200 },
      {
        do: `GET ${CMS}?watch=1&resourceVersion={rv}&labelSelector=x%3D1`,
        watchMs: MS,
        code: 200,
        expect: { length: 2, "[0].type": "DELETED", "[1].type": "ADDED" },
      },
    ],
  },
  {
    name: "one object is watched by name",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a"), code: 201, keep: { rv: "metadata.resourceVersion" } },
      { do: `POST ${CMS}`, body: configMap("b"), code: 201 },
      { do: `DELETE ${CMS}/a`, code: 200 },
      {
        do: `GET ${CMS}?watch=1&resourceVersion={rv}&fieldSelector=metadata.name%3Da`,
        watchMs: MS,
        code: 200,
        expect: { length: 1 },
      },
      {
        do: "GET /api/v1/watch/namespaces/{ns}/configmaps/b?resourceVersion={rv}",
        watchMs: MS,
        code: 200,
        expect: { length: 1 },
      },
    ],
  },
  {
    name: "watches show tables and metadata too",
    steps: [
      { do: `POST ${CMS}`, body: configMap("a"), code: 201, keep: { rv: "metadata.resourceVersion" } },
      { do: `PUT ${CMS}/a`, body: configMap("a", { a: "2" }), code: 200 },
      { do: `PUT ${CMS}/a`, body: configMap("a", { a: "3" }), code: 200 },
      { do: `GET ${CMS}?watch=1&resourceVersion={rv}`, headers: TABLE, watchMs: MS, code: 200, expect: { length: 2 } },
      {
        do: `GET ${CMS}?watch=1&resourceVersion={rv}`,
        headers: PARTIAL,
        watchMs: MS,
        code: 200,
        expect: { length: 2 },
      },
    ],
  },
  {
    name: "a watch ends after its timeout",
    steps: [
      {
        do: `GET ${CMS}?watch=1&timeoutSeconds=1&resourceVersion=0&labelSelector=none`,
        watchMs: 3000,
        code: 200,
        expect: { length: 0 },
      },
    ],
  },
];
