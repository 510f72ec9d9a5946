import { pod } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { get, merge, NS, post } from "./steps.ts";

/** Of the documentation's range: nobody is there, on no network. */
const NOWHERE = "192.0.2.7";
const PLAIN = [{ port: 80 }];
const NAMED = [
  { port: 80, name: "http" },
  { port: 443, name: "https" },
];
const REFERENCE = { kind: "Pod", name: "p", namespace: "{ns}" };

function service(ports: readonly object[]): Step {
  return post(`${NS}/services`, { metadata: { name: "s" }, spec: { ports } });
}

function endpoints(...subsets: readonly object[]): Step {
  return post(`${NS}/endpoints`, { metadata: { name: "s" }, subsets });
}

function behind(ports: readonly object[], targetRef?: object): Step {
  return endpoints({ addresses: [targetRef === undefined ? { ip: NOWHERE } : { ip: NOWHERE, targetRef }], ports });
}

function running(ip: string): Step[] {
  const spec = { nodeName: "n", containers: [{ name: "m", image: "b", ports: [{ name: "web", containerPort: 2 }] }] };
  return [
    post(`${NS}/pods`, pod("p", spec)),
    merge(`${NS}/pods/p/status`, { status: { phase: "Running", podIP: ip, podIPs: [{ ip }] } }),
  ];
}

/** A pod that is found and does not answer; why is the network's to say. */
const unreached = (path: string): Step =>
  get(`${NS}/${path}`, 503, { expect: { reason: "ServiceUnavailable" }, ignoreBody: true });

const REFUSED: readonly (readonly [
  name: string,
  steps: readonly Step[],
  path: string,
  code: number,
  message: string,
])[] = [
  ["without endpoints", [service(PLAIN)], "services/s/proxy/", 404, 'services "s" not found'],
  ["of no service", [], "services/x:80/proxy/", 404, 'services "x" not found'],
  ["in too many parts", [], "services/a:b:c:d/proxy/", 400, 'invalid service request "a:b:c:d"'],
  ["by another scheme", [], "services/ftp:s:80/proxy/", 400, 'invalid service request "ftp:s:80"'],
  [
    "by a port that the service has not",
    [service(PLAIN)],
    "services/s:9/proxy/",
    503,
    'no service port 9 found for service "s"',
  ],
  ["with no subset", [service(PLAIN), endpoints()], "services/s/proxy/", 503, 'no endpoints available for service "s"'],
  [
    "at an address that is no pod's",
    [service(PLAIN), behind([{ port: 1 }])],
    "services/s/proxy/",
    503,
    'no endpoints available for service "s"',
  ],
  [
    "at a pod that is not there",
    [service(PLAIN), behind([{ port: 1 }], REFERENCE)],
    "services/s/proxy/",
    503,
    'no endpoints available for service "s"',
  ],
  [
    "at another pod's address",
    [service(PLAIN), ...running("10.1.1.1"), behind([{ port: 1 }], REFERENCE)],
    "services/s/proxy/",
    503,
    'no endpoints available for service "s"',
  ],
  [
    "at a pod of another namespace",
    [service(PLAIN), ...running(NOWHERE), behind([{ port: 1 }], { ...REFERENCE, namespace: "default" })],
    "services/s/proxy/",
    503,
    'no endpoints available for service "s"',
  ],
  [
    "by no port where ports have names",
    [service(NAMED), ...running(NOWHERE), behind([{ name: "http", port: 1 }], REFERENCE)],
    "services/s/proxy/",
    503,
    'no endpoints available for service "s"',
  ],
  [
    "by a name that no port has",
    [service(NAMED), ...running(NOWHERE), behind([{ name: "http", port: 1 }], REFERENCE)],
    "services/s:nope/proxy/",
    503,
    'no endpoints available for service "s:nope"',
  ],
  [
    "at pods that are not ready",
    [
      service(PLAIN),
      ...running(NOWHERE),
      endpoints({ notReadyAddresses: [{ ip: NOWHERE, targetRef: REFERENCE }], ports: [{ port: 1 }] }),
    ],
    "services/s/proxy/",
    503,
    'no endpoints available for service "s"',
  ],
  ["of a pod that is not there", [], "pods/nope:1/proxy/", 404, 'pods "nope" not found'],
  ["of a pod in too many parts", [], "pods/p:1:2/proxy/", 400, 'invalid pod request "p:1:2"'],
  ["of a pod without an address", [post(`${NS}/pods`, pod("p"))], "pods/p/proxy/", 400, "address not allowed"],
  ["of a pod on loopback", running("127.0.0.1"), "pods/p:1/proxy/", 400, "address not allowed"],
  ["of a link-local pod", running("169.254.169.254"), "pods/p:1/proxy/", 400, "address not allowed"],
];

/** Requests through services and pods. */
export const PROXIES: readonly Case[] = [
  ...REFUSED.map(([name, steps, path, code, message]): Case => ({
    name: `a proxy ${name}`,
    steps: [...steps, get(`${NS}/${path}`, code, { expect: { message } })],
  })),
  {
    name: "a service's pod that does not answer",
    steps: [
      service(NAMED),
      ...running(NOWHERE),
      behind([{ name: "https", port: 3 }], REFERENCE),
      unreached("services/s:https/proxy/"),
      unreached("services/https:s:443/proxy/x"),
      get(`${NS}/services/s:443/proxy?x=1`, 301),
      post(`${NS}/services/s:443/proxy`, {}, 503, { ignoreBody: true }),
    ],
  },
  {
    name: "a pod that does not answer",
    steps: [
      ...running(NOWHERE),
      unreached("pods/p/proxy/"),
      unreached("pods/https:p:/proxy/"),
      unreached("pods/p:1/proxy/a/b"),
      get(`${NS}/pods/p/proxy`, 301),
    ],
  },
];
