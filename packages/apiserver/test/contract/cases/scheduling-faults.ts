import { pod } from "../objects.ts";
import type { Case } from "../types.ts";
import { NS, post } from "./steps.ts";

const selector = { matchLabels: { a: "b" } };
const refused = (name: string, spec: object): Case => ({
  name,
  steps: [post(`${NS}/pods?dryRun=All`, pod("p", spec), 422)],
});
const affinity = (name: string, term: object): Case =>
  refused(name, { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } });
const spread = (name: string, ...topologySpreadConstraints: object[]): Case =>
  refused(name, { topologySpreadConstraints });
const evenly = { maxSkew: 1, topologyKey: "k", whenUnsatisfiable: "DoNotSchedule", labelSelector: selector };

const AFFINITIES: readonly Case[] = [
  affinity("a term of affinity with nothing in it", {}),
  affinity("a topology key that is no label", { topologyKey: "a b", labelSelector: selector }),
  affinity("keys of labels both to match and not to match", {
    topologyKey: "k",
    labelSelector: selector,
    matchLabelKeys: ["a", "b b", "x"],
    mismatchLabelKeys: ["x", "a"],
  }),
  affinity("keys of labels without a selector to narrow", { topologyKey: "k", matchLabelKeys: ["z"] }),
  affinity("expressions that make no sense", {
    topologyKey: "k",
    labelSelector: {
      matchExpressions: [
        { key: "a", operator: "In" },
        { key: "b", operator: "Exists", values: ["x"] },
        { key: "", operator: "In", values: ["-"] },
      ],
    },
  }),
  refused("namespaces and their selector in an anti-affinity", {
    affinity: {
      podAntiAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: [
          {
            topologyKey: "k",
            namespaces: ["A_"],
            namespaceSelector: { matchExpressions: [{ key: "a", operator: "Foo" }] },
            labelSelector: { matchLabels: { "a b": "c d" } },
          },
        ],
      },
    },
  }),
  refused("weights out of their range", {
    affinity: {
      podAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [
          { weight: 0, podAffinityTerm: { topologyKey: "" } },
          { weight: 101, podAffinityTerm: { topologyKey: "k" } },
        ],
      },
    },
  }),
  refused("an affinity to no node", {
    affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
  }),
];

const SPREADS: readonly Case[] = [
  spread("a constraint with nothing in it", {}),
  spread(
    "skews, keys and actions that make no sense",
    { maxSkew: 0, topologyKey: "", whenUnsatisfiable: "Foo" },
    { maxSkew: -1, topologyKey: "a b", whenUnsatisfiable: "" },
  ),
  spread("the same constraint twice", evenly, evenly),
  spread(
    "domains at least",
    { ...evenly, whenUnsatisfiable: "ScheduleAnyway", minDomains: 2 },
    { ...evenly, topologyKey: "k2", minDomains: 0 },
  ),
  spread("policies that there are not", {
    ...evenly,
    nodeAffinityPolicy: "Foo",
    nodeTaintsPolicy: "Bar",
    labelSelector: { matchExpressions: [{ key: "a", operator: "Nope" }] },
  }),
  spread("a key that is no label", { ...evenly, matchLabelKeys: ["a", "b b"] }),
  spread("keys without a selector", {
    maxSkew: 1,
    topologyKey: "k",
    whenUnsatisfiable: "ScheduleAnyway",
    matchLabelKeys: ["a"],
  }),
];

const windowsUser = (name: string, runAsUserName: string): Case =>
  refused(name, { containers: [{ name: "main", image: "i", securityContext: { windowsOptions: { runAsUserName } } }] });

const WINDOWS: readonly Case[] = [
  refused("options of Windows in a pod for Linux", {
    os: { name: "linux" },
    securityContext: { windowsOptions: { runAsUserName: "x" } },
  }),
  refused("options of Linux in a pod for Windows", {
    os: { name: "windows" },
    hostIPC: true,
    hostUsers: true,
    shareProcessNamespace: true,
    securityContext: {
      runAsUser: 1,
      runAsGroup: 1,
      fsGroup: 1,
      supplementalGroups: [1],
      supplementalGroupsPolicy: "Merge",
      sysctls: [{ name: "a", value: "b" }],
      seccompProfile: { type: "RuntimeDefault" },
      seLinuxOptions: { level: "s0" },
      fsGroupChangePolicy: "Always",
      appArmorProfile: { type: "RuntimeDefault" },
    },
    containers: [
      {
        name: "main",
        image: "i",
        securityContext: {
          runAsUser: 1,
          runAsGroup: 1,
          capabilities: { add: ["X"] },
          readOnlyRootFilesystem: true,
          allowPrivilegeEscalation: true,
          procMount: "Default",
          seccompProfile: { type: "RuntimeDefault" },
          appArmorProfile: { type: "RuntimeDefault" },
          seLinuxOptions: { level: "x" },
        },
      },
    ],
  }),
  refused("a process of the host beside one that is none", {
    hostNetwork: true,
    securityContext: { windowsOptions: { hostProcess: true } },
    containers: [{ name: "main", image: "i", securityContext: { windowsOptions: { hostProcess: false } } }],
  }),
  refused("empty names and credentials", {
    securityContext: {
      windowsOptions: { runAsUserName: "", gmsaCredentialSpecName: "A B", gmsaCredentialSpec: "" },
    },
  }),
  refused("names that are too long", {
    securityContext: {
      windowsOptions: {
        runAsUserName: `${"a".repeat(260)}\\${"b".repeat(105)}`,
        gmsaCredentialSpec: "x".repeat(64 * 1024 + 1),
        gmsaCredentialSpecName: "ok",
      },
    },
  }),
  windowsUser("a user in a domain in a domain", "a\\b\\c"),
  windowsUser("a user of dots", "..."),
  windowsUser("a domain and a user with characters of paths", "dom@:/\\us:er"),
  refused("a system that there is not", { os: { name: "beos" } }),
  refused("a system without a name", { os: { name: "" } }),
];

/** Where pods may run and as what: affinities, spreading, options of Windows. */
export const SCHEDULING_FAULTS: readonly Case[] = [
  ...AFFINITIES,
  ...SPREADS,
  ...WINDOWS,
  {
    name: "labels of the pod itself narrow the selectors that name them",
    steps: [
      post(
        `${NS}/pods?dryRun=All`,
        pod(
          "p",
          {
            affinity: {
              podAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: [
                  {
                    topologyKey: "k",
                    labelSelector: selector,
                    matchLabelKeys: ["v", "w"],
                    mismatchLabelKeys: ["t"],
                  },
                ],
                preferredDuringSchedulingIgnoredDuringExecution: [
                  { weight: 3, podAffinityTerm: { topologyKey: "k", labelSelector: selector, matchLabelKeys: ["v"] } },
                ],
              },
            },
            topologySpreadConstraints: [{ ...evenly, matchLabelKeys: ["v"] }],
          },
          { labels: { v: "1", t: "x" } },
        ),
      ),
    ],
  },
];
