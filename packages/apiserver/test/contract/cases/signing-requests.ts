import { MERGE, TABLE, type Case, type Step } from "../types.ts";
import { get, remove } from "./steps.ts";

const REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";
const PERSON = { "impersonate-user": "jane", "impersonate-group": "system:masters" };
const NOBODY = { "impersonate-user": "john" };

/** Of `/O=developers/CN=jane`, by a key that nobody has kept. */
const PEM = `-----BEGIN CERTIFICATE REQUEST-----
MIHfMIGGAgEAMCQxEzARBgNVBAoMCmRldmVsb3BlcnMxDTALBgNVBAMMBGphbmUw
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARR4QsqwdNfpZl/I4QeBDZvtD0WMg+4
6epE8YreLhXfFeTF+mos8zqaYs+MnAhPRcyXoHA7dWfwdobxLj591Qk8oAAwCgYI
KoZIzj0EAwIDSAAwRQIgTybmTQDznAw8+eUsp8ROxQT6P+QKIT7xCm9jDNX1AeAC
IQCk6JAi7WHUDj4ROTtRKeBSzQTgiH44TCzGhHxCB7fDsg==
-----END CERTIFICATE REQUEST-----
`;
const base64 = (text: string): string => Buffer.from(text).toString("base64");

function request(spec: object = {}): object {
  return {
    apiVersion: "certificates.k8s.io/v1",
    kind: "CertificateSigningRequest",
    metadata: { name: "{ns}" },
    spec: {
      request: base64(PEM),
      signerName: "kubernetes.io/kube-apiserver-client",
      usages: ["client auth"],
      ...spec,
    },
  };
}

const make = (spec: object = {}, code = 201, query = ""): Step => ({
  do: `POST ${REQUESTS}${query}`,
  body: request(spec),
  headers: PERSON,
  code,
});
const asked = (name: string, spec: object, code = 422): Case => ({ name, steps: [make(spec, code, "?dryRun=All")] });
const write = (endpoint: string, status: object, code: number, headers: Record<string, string> = PERSON): Step => ({
  do: `PATCH ${REQUESTS}/{ns}${endpoint}`,
  body: { status },
  headers: { ...MERGE, ...headers },
  code,
});
const condition = (type: string, more: object = {}): object => ({
  type,
  status: "True",
  reason: "R",
  message: "m",
  ...more,
});
const pem = (type: string): string => base64(`-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`);

/** Requests for certificates. Who signs them is no part of an API server. */
export const SIGNING_REQUESTS: readonly Case[] = [
  asked("who asks is what the server saw", { username: "x", groups: ["y"], uid: "z", extra: { a: ["b"] } }, 201),
  asked("a signer is needed", { signerName: "" }),
  asked("a signer is a path below a domain", { signerName: "foo" }),
  asked("a signer's names are those of domains", { signerName: "a_b.c/FOO" }),
  asked("a signer of three parts", { signerName: "a.b/c/d" }),
  asked("a signer in capitals", { signerName: "A.b/c" }),
  asked("a signer with a colon", { signerName: "a.b/c.d:e" }),
  asked("the signer of old", { signerName: "kubernetes.io/legacy-unknown" }),
  asked("usages are needed", { usages: [] }),
  asked("a usage that there is not", { usages: ["client auth", "foo"] }),
  asked("a usage twice", { usages: ["client auth", "client auth"] }),
  asked("nothing in the request", { request: "" }),
  asked("a request that is no PEM", { request: base64("hello") }),
  asked("a certificate in place of a request", { request: pem("CERTIFICATE") }),
  asked("a request with more behind it", { request: base64(`${PEM}x`) }, 201),
  asked("too short a life", { expirationSeconds: 599 }),
  asked("the shortest life", { expirationSeconds: 600 }, 201),
  {
    name: "from the question to the answer",
    steps: [
      make(),
      { ...get(`${REQUESTS}/{ns}`), headers: TABLE },
      { do: `PATCH ${REQUESTS}/{ns}`, body: { spec: { usages: ["server auth"] } }, headers: MERGE, code: 200 },
      write("", { conditions: [condition("Approved")] }, 200),
      write("/status", { conditions: [condition("Approved")] }, 422),
      write("/approval", { conditions: [{ type: "Foo" }] }, 422),
      write("/approval", { conditions: [condition("Approved"), condition("Approved")] }, 422),
      write("/approval", { conditions: [condition("Approved", { status: "False" })] }, 422),
      write("/approval", { conditions: [condition("Approved"), condition("Denied")] }, 422),
      write("/approval", { conditions: [condition("")] }, 422),
      write("/approval", { certificate: "AAAA", conditions: [condition("Approved")] }, 200),
      { ...get(`${REQUESTS}/{ns}`), headers: TABLE },
      write("/approval", { conditions: [] }, 422),
      write("/status", { conditions: [] }, 422),
      write("/status", { certificate: "AAAA" }, 422),
      write("/status", { certificate: pem("CERTIFICATE") }, 422),
      write("/status", { conditions: [condition("Approved"), condition("Failed")] }, 200),
      { ...get(`${REQUESTS}/{ns}`), headers: TABLE },
      get(`${REQUESTS}/{ns}/approval`),
      get(`${REQUESTS}/{ns}/status`),
      remove(`${REQUESTS}/{ns}`),
    ],
  },
  {
    name: "a refusal is for ever",
    steps: [
      make({ expirationSeconds: 3600 }),
      write("/approval", { conditions: [condition("Denied")] }, 200),
      write("/approval", { conditions: [condition("Approved")] }, 422),
      { ...get(`${REQUESTS}/{ns}`), headers: TABLE },
      write("/approval", { conditions: [condition("Denied"), condition("Other", { status: "Unknown" })] }, 200),
    ],
  },
  {
    name: "who may write an approval may not approve for every signer",
    steps: [
      make(),
      {
        do: "POST /apis/rbac.authorization.k8s.io/v1/clusterroles",
        body: {
          metadata: { name: "{ns}-approver" },
          rules: [
            {
              apiGroups: ["certificates.k8s.io"],
              resources: ["certificatesigningrequests/approval", "certificatesigningrequests/status"],
              verbs: ["patch"],
            },
            {
              apiGroups: ["certificates.k8s.io"],
              resources: ["signers"],
              resourceNames: ["example.com/*"],
              verbs: ["approve", "sign"],
            },
          ],
        },
        code: 201,
      },
      {
        do: "POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
        body: {
          metadata: { name: "{ns}-approver" },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "{ns}-approver" },
          subjects: [{ kind: "User", name: "john", apiGroup: "rbac.authorization.k8s.io" }],
        },
        code: 201,
      },
      {
        ...write("/approval", { conditions: [condition("Approved")] }, 403, NOBODY),
        // Another refusal comes first, until the role is known.
        eventually: true,
        expect: {
          message:
            'certificatesigningrequests.certificates.k8s.io "{ns}" is forbidden: user not permitted to approve requests with signerName "kubernetes.io/kube-apiserver-client"',
        },
      },
      remove(`${REQUESTS}/{ns}`),
      make({ signerName: "example.com/own" }),
      { ...write("/approval", { conditions: [condition("Approved")] }, 200, NOBODY), eventually: true },
    ],
  },
];
