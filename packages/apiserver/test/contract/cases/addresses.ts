import type { Case } from "../types.ts";
import { get, merge, NS, post, remove } from "./steps.ts";

const NETWORKING = "/apis/networking.k8s.io/v1";
const ADDRESSES = `${NETWORKING}/ipaddresses`;
const RANGES = `${NETWORKING}/servicecidrs`;
const parentRef = { group: "", resource: "services", namespace: "default", name: "x" };

const address = (name: string, spec: object = { parentRef }): object => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "IPAddress",
  metadata: { name },
  spec,
});
const range = (...cidrs: string[]): object => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "ServiceCIDR",
  metadata: { name: "x-{ns}" },
  spec: { cidrs },
});
const named = (title: string, name: string, spec?: object): Case => ({
  name: title,
  steps: [post(`${ADDRESSES}?dryRun=All`, address(name, spec), 422)],
});
const ranges = (title: string, ...cidrs: string[]): Case => ({
  name: title,
  steps: [post(`${RANGES}?dryRun=All`, range(...cidrs), 422)],
});

/** Addresses of services, and what they are taken from; and paths that lead nowhere. */
export const ADDRESS_CASES: readonly Case[] = [
  named("an address that is none", "10.1.2"),
  named("an address in another form than the shortest", "2001:db8::0"),
  named("an address with zeros in front", "010.1.2.3"),
  named("an address of nothing", "10.1.2.3", {}),
  named("an address of what cannot be named so", "10.1.2.3", {
    parentRef: { group: "A_", resource: "", namespace: "B B", name: "a/b" },
  }),
  named("an address of something without a name", "10.1.2.3", { parentRef: { resource: "services" } }),
  {
    name: "an address stays with what has it",
    steps: [
      // Nobody's range, and no other case's address.
      post(ADDRESSES, address("10.77.1.9")),
      merge(`${ADDRESSES}/10.77.1.9`, { spec: { parentRef: { name: "y" } } }, 422),
      remove(`${ADDRESSES}/10.77.1.9`),
    ],
  },
  ranges("no range"),
  ranges("three ranges", "10.0.0.0/24", "fd00::/112", "10.0.1.0/24"),
  ranges("two ranges of one family", "10.0.0.0/24", "10.0.1.0/24"),
  ranges("ranges that are none", "10.0.0/24", "fd00::1/112"),
  ranges("a range that begins in the middle", "10.0.0.1/24"),
  {
    name: "a range stays, another family may come",
    steps: [
      post(RANGES, range("10.9.0.0/24")),
      merge(`${RANGES}/x-{ns}`, { spec: { cidrs: ["10.8.0.0/24"] } }, 422),
      merge(`${RANGES}/x-{ns}`, { spec: { cidrs: ["10.9.0.0/24", "fd00::/112"] } }),
      remove(`${RANGES}/x-{ns}`),
    ],
  },
  {
    name: "no namespace is in a namespace",
    steps: [
      get(`${NS}/namespaces`, 404),
      get(`${NS}/namespaces/x`, 404),
      post(`${NS}/namespaces`, {}, 404),
      get(`${NS}/nodes`, 404),
      get(`${NS}/bogus/namespaces`, 404),
    ],
  },
  {
    name: "the state of components cannot be watched",
    steps: [{ do: "GET /api/v1/componentstatuses?watch=1", code: 405, watchMs: 400 }],
  },
];
