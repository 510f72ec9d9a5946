import { TABLE, type Case } from "../types.ts";
import { CLUSTER_ROWS } from "./cluster-rows.ts";
import { NAMESPACED_ROWS } from "./namespaced-rows.ts";
import { POD_ROWS } from "./pod-rows.ts";
import type { Row } from "./row.ts";
import { get, merge, NS, post, table } from "./steps.ts";
import { WORKLOAD_ROWS } from "./workload-rows.ts";

function rowCase(kind: string, { path, body, status, headers, settled, isDeletedAtOnce = false }: Row): Case {
  const object = `${path}/${body.metadata.name}`;
  const written = status === undefined ? [] : [merge(`${object}/status`, { status })];
  return {
    name: `${kind} has its defaults, its columns and its cells`,
    steps: [
      post(
        path,
        body,
        201,
        headers === undefined ? {} : { headers: { "content-type": "application/json", ...headers } },
      ),
      ...written,
      get(object, 200, settled === undefined ? {} : { eventually: true, expect: settled }),
      table(object),
      ...(isDeletedAtOnce ? [{ do: `DELETE ${object}`, code: 200 }] : []),
    ],
  };
}

export const TABLES: readonly Case[] = [
  ...POD_ROWS,
  ...Object.entries({ ...WORKLOAD_ROWS, ...NAMESPACED_ROWS, ...CLUSTER_ROWS }).map(([kind, row]) => rowCase(kind, row)),
  {
    name: "a row can carry the object, its metadata or nothing",
    steps: [
      post(`${NS}/configmaps`, { metadata: { name: "a" } }),
      table(`${NS}/configmaps?includeObject=Object`),
      table(`${NS}/configmaps?includeObject=Metadata`),
      table(`${NS}/configmaps?includeObject=None`),
      { do: `GET ${NS}/configmaps?includeObject=Nonsense`, headers: TABLE, code: 400 },
    ],
  },
];
