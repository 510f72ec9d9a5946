import { pod } from "../objects.ts";
import type { Case, Step } from "../types.ts";
import { get, NS, post, remove } from "./steps.ts";

const ACCOUNT = { metadata: { name: "robot" } };
const REVIEW = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
const bearer = (token: string): { headers: Readonly<Record<string, string>> } => ({
  headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
});
/** Whether the token still names somebody: uids and times of it differ from server to server. */
const asked = (token: string, code: number, more: Partial<Step> = {}): Step =>
  post(REVIEW, {}, code, { ...bearer(token), ...(code === 201 ? { ignoreBody: true } : {}), ...more });

/** Tokens of those who are gone, and of nobody. */
export const TOKENS: readonly Case[] = [
  {
    name: "a pod's token ends with the pod",
    steps: [
      post(`${NS}/serviceaccounts`, ACCOUNT, 201, { ignoreBody: true }),
      post(`${NS}/pods`, pod("p", { serviceAccountName: "robot", automountServiceAccountToken: false }), 201, {
        ignoreBody: true,
      }),
      post(
        `${NS}/serviceaccounts/robot/token`,
        { spec: { boundObjectRef: { kind: "Pod", apiVersion: "v1", name: "p" } } },
        201,
        { keep: { token: "status.token" }, ignoreBody: true },
      ),
      asked("{token}", 201, { expect: { "status.userInfo.username": "system:serviceaccount:{ns}:robot" } }),
      { ...get(`${NS}/pods`, 403), ...bearer("{token}") },
      remove(`${NS}/pods/p?gracePeriodSeconds=0`, 200, { ignoreBody: true }),
      asked("{token}", 401, { eventually: true }),
    ],
  },
  {
    name: "an account's token ends with the account, also when another of its name comes",
    steps: [
      post(`${NS}/serviceaccounts`, ACCOUNT, 201, { ignoreBody: true }),
      post(`${NS}/serviceaccounts/robot/token`, { spec: {} }, 201, {
        keep: { token: "status.token" },
        ignoreBody: true,
      }),
      asked("{token}", 201),
      remove(`${NS}/serviceaccounts/robot`, 200, { ignoreBody: true }),
      asked("{token}", 401, { eventually: true }),
      post(`${NS}/serviceaccounts`, ACCOUNT, 201, { ignoreBody: true }),
      asked("{token}", 401),
    ],
  },
  {
    name: "a token for others is none here",
    steps: [
      post(`${NS}/serviceaccounts`, ACCOUNT, 201, { ignoreBody: true }),
      post(`${NS}/serviceaccounts/robot/token`, { spec: { audiences: ["vault"] } }, 201, {
        keep: { token: "status.token" },
        ignoreBody: true,
      }),
      asked("{token}", 401),
      post("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "{token}", audiences: ["vault"] } }, 201, {
        ignoreBody: true,
        expect: { "status.authenticated": true, "status.audiences": ["vault"] },
      }),
      post("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "{token}", audiences: ["other"] } }, 201, {
        ignoreBody: true,
        expect: { "status.authenticated": undefined },
      }),
    ],
  },
  {
    name: "tokens that are none",
    steps: [
      asked("nonsense", 401),
      asked("a.b.c", 401),
      asked("eyJhbGciOiJub25lIn0.eyJzdWIiOiJzeXN0ZW06YWRtaW4ifQ.", 401),
      asked(
        `eyJhbGciOiJSUzI1NiJ9.${Buffer.from('{"iss":"https://kubernetes.default.svc","sub":"x"}').toString("base64url")}.AAAA`,
        401,
      ),
      { ...get("/api/v1/pods", 403), headers: { authorization: "Bearer  x" } },
      { ...get("/api/v1/pods", 401), headers: { authorization: "bearer x y" } },
      { ...get("/api/v1/pods", 403), headers: { authorization: "Basic YTpi" } },
      { ...get("/api/v1/pods", 403), headers: { authorization: "" } },
    ],
  },
];
