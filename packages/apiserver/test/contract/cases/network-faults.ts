import { service } from "../objects.ts";
import type { Case } from "../types.ts";
import { each } from "./each-fault.ts";
import { inGroup, NS } from "./steps.ts";

const ingress = (spec: object): object => ({ metadata: { name: "i" }, spec });
const policy = (spec: object): object => ({ metadata: { name: "n" }, spec: { podSelector: {}, ...spec } });

/** Mistakes in what leads to pods, and what keeps from them. */
export const NETWORK_FAULTS: readonly Case[] = [
  each("Services", `${NS}/services`, (spec: object) => service("s", spec), [
    { ports: [] },
    { ports: [{ port: 0 }] },
    { ports: [{ port: 80 }, { port: 81 }] },
    {
      ports: [
        { name: "a", port: 80 },
        { name: "a", port: 81 },
      ],
    },
    {
      ports: [
        { name: "a", port: 80 },
        { name: "b", port: 80 },
      ],
    },
    { ports: [{ port: 80, protocol: "X" }] },
    { ports: [{ port: 80, targetPort: "UPPER!" }] },
    { ports: [{ port: 80, nodePort: 30_080 }] },
    { ports: [{ port: 80, appProtocol: "a b" }] },
    { type: "X" },
    { type: "ExternalName" },
    { type: "ExternalName", externalName: "A_B" },
    { type: "ExternalName", externalName: "a.b", clusterIP: "10.96.0.99" },
    { clusterIP: "x" },
    { clusterIP: "1.2.3.4" },
    { clusterIP: "None", type: "NodePort" },
    { clusterIPs: ["None", "10.96.0.77"] },
    { sessionAffinity: "X" },
    { sessionAffinity: "ClientIP", sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } } },
    { sessionAffinity: "None", sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } },
    { externalTrafficPolicy: "Local" },
    { type: "LoadBalancer", externalTrafficPolicy: "X" },
    { type: "LoadBalancer", healthCheckNodePort: -1 },
    { type: "LoadBalancer", loadBalancerSourceRanges: ["x"] },
    { loadBalancerSourceRanges: ["1.2.3.0/24"] },
    { loadBalancerClass: "x" },
    { type: "LoadBalancer", loadBalancerClass: "UPPER CASE" },
    { internalTrafficPolicy: "X" },
    { ipFamilies: ["IPv5"] },
    { ipFamilies: ["IPv6"] },
    { ipFamilyPolicy: "X" },
    { ipFamilyPolicy: "RequireDualStack" },
    { externalIPs: ["127.0.0.1", "x"] },
    { selector: { "a b": "c" } },
    { publishNotReadyAddresses: true, trafficDistribution: "X" },
  ]),
  each("Ingresses", `${inGroup("networking.k8s.io/v1")}/ingresses`, ingress as (part: never) => object, [
    {},
    { rules: [{ host: "1.2.3.4" }] },
    { rules: [{ host: "*" }] },
    { rules: [{ host: "a.*.b" }] },
    { rules: [{ host: "UPPER" }] },
    { rules: [{ http: { paths: [] } }] },
    {
      rules: [
        {
          http: {
            paths: [{ path: "a", pathType: "Prefix", backend: { service: { name: "s", port: { number: 80 } } } }],
          },
        },
      ],
    },
    { rules: [{ http: { paths: [{ path: "/a", backend: { service: { name: "s", port: { number: 80 } } } }] } }] },
    { rules: [{ http: { paths: [{ path: "/a", pathType: "X", backend: { service: { name: "S", port: {} } } }] } }] },
    {
      rules: [
        {
          http: {
            paths: [
              {
                path: "/a//b/../c",
                pathType: "Exact",
                backend: { service: { name: "s", port: { number: 80, name: "x" } } },
              },
            ],
          },
        },
      ],
    },
    { defaultBackend: {} },
    { defaultBackend: { service: { name: "s", port: { number: 0 } } } },
    { defaultBackend: { service: { name: "s", port: { number: 80 } }, resource: { kind: "X", name: "y" } } },
    { defaultBackend: { service: { name: "s", port: { number: 80 } } }, tls: [{ hosts: ["A"], secretName: "B" }] },
    { defaultBackend: { service: { name: "s", port: { number: 80 } } }, ingressClassName: "UPPER" },
  ]),
  each("network policies", `${inGroup("networking.k8s.io/v1")}/networkpolicies`, policy as (part: never) => object, [
    { podSelector: { matchLabels: { "a b": "" } } },
    { policyTypes: ["X"] },
    { policyTypes: ["Ingress", "Egress", "Ingress"] },
    { ingress: [{ from: [{}] }] },
    { ingress: [{ from: [{ ipBlock: { cidr: "x" } }] }] },
    { ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/16"] } }] }] },
    { ingress: [{ from: [{ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }] }] },
    { ingress: [{ ports: [{ port: 0 }] }] },
    { ingress: [{ ports: [{ port: "UPPER!" }] }] },
    { egress: [{ ports: [{ port: 80, endPort: 70 }] }] },
    { egress: [{ ports: [{ endPort: 70 }] }] },
    { egress: [{ ports: [{ port: "a", endPort: 70, protocol: "X" }] }] },
  ]),
];
