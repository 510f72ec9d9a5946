import { problemError, type JsonObject } from "@fairlead/base";
import type { Fields } from "../model/fields.ts";
import { failureOf, isSuccess, jsonOf, withHttp, type HttpAnswer, type ProviderHttp } from "../providers/http.ts";
import { parseKeyRef } from "../providers/refs.ts";
import type { Credentials, KeyRef } from "../providers/types.ts";
import { timeText } from "../sync/status.ts";
import { itemsOf, memberOf, parseJsonText, textOf, type JsonNode } from "../values/json-text.ts";
import { randomUuid } from "../values/uuid.ts";
import { addressOf, entriesFrom } from "./clouds.ts";
import type { Generator } from "./types.ts";

/** Tokens that live on where they were made, so that each has to be taken back: of GitLab and Grafana. */

const SCOPES = [
  "read_repository",
  "read_registry",
  "write_registry",
  "read_package_registry",
  "write_package_registry",
  "read_virtual_registry",
  "write_virtual_registry",
] as const;

export const gitlabGenerator: Generator = {
  kind: "GitlabDeployToken",
  parse(spec) {
    const place = parsePlace(spec);
    const name = spec.required("name");
    const scopes = spec.texts("scopes");
    const username = spec.text("username");
    const end = spec.text("expiresAt");
    const key = parseKeyRef(spec.child("auth").child("token"), "secretRef");
    if (scopes.length === 0) spec.fault("scopes", "must have at least one scope");
    for (const scope of scopes)
      if (!SCOPES.some((one) => one === scope)) spec.fault("scopes", `must be of ${SCOPES.join(", ")}`);
    const endMs = Date.parse(end);
    if (end !== "" && Number.isNaN(endMs)) spec.fault("expiresAt", "must be a time");
    const asked = {
      name,
      scopes,
      ...(username !== "" && { username }),
      ...(!Number.isNaN(endMs) && { expires_at: timeText(endMs) }),
    };
    return ({ credentials }, signal) =>
      withHttp(async (http) => {
        const headers = await gitlabHeaders(credentials, key);
        const answer = await http.call({
          method: "POST",
          url: place.url,
          headers,
          body: JSON.stringify(asked),
          signal,
        });
        if (!isSuccess(answer)) throw failureOf(answer, "GitLab", saidOf(answer, ["message", "error"]));
        const node = jsonOf(answer, "GitLab");
        const [token, id] = [textOf(node, "token"), numberOf(node, "id")];
        if (!token || id === undefined) throw problemError("ProviderFailed", "GitLab gave no deploy token");
        return {
          entries: entriesFrom({ username: textOf(node, "username") ?? "", token }),
          state: { ...place.state, tokenID: id },
        };
      });
  },
  takeBack(spec, state) {
    const key = parseKeyRef(spec.child("auth").child("token"), "secretRef");
    // Where the token was made, wherever the generator makes new ones by now.
    const { url } = parsePlace(state, "url");
    const id = state.integer("tokenID", 0);
    return ({ credentials }, signal) =>
      withHttp(async (http) => {
        const headers = await gitlabHeaders(credentials, key);
        const answer = await http.call({ method: "DELETE", url: `${url}/${id}`, headers, signal });
        if (!isSuccess(answer) && answer.status !== 404)
          throw failureOf(answer, "GitLab", saidOf(answer, ["message", "error"]));
      });
  },
};

/** The collection of deploy tokens of one project or group. */
function parsePlace(fields: Fields, urlKey = "url"): { url: string; state: JsonObject } {
  const base = fields.text(urlKey);
  const [project, group] = [fields.text("projectID"), fields.text("groupID")];
  if ((project === "") === (group === "")) fields.fault("", "exactly one of projectID or groupID must be set");
  const owner = project === "" ? `groups/${encodeURIComponent(group)}` : `projects/${encodeURIComponent(project)}`;
  return {
    url: `${addressOf(base || "https://gitlab.com")}/api/v4/${owner}/deploy_tokens`,
    state: { ...(base !== "" && { url: base }), ...(project === "" ? { groupID: group } : { projectID: project }) },
  };
}

async function gitlabHeaders(credentials: Credentials, key: KeyRef): Promise<Record<string, string>> {
  return { "private-token": (await credentials.secretText(key)).trim(), "content-type": "application/json" };
}

export const grafanaGenerator: Generator = {
  kind: "Grafana",
  parse(spec) {
    const grafana = parseGrafana(spec);
    const account = spec.child("serviceAccount");
    const [name, role] = [account.required("name"), account.required("role")];
    const seconds = account.integer("secondsToLive", 0);
    if (account.has("secondsToLive") && seconds < 1) account.fault("secondsToLive", "must be at least 1");
    return ({ credentials, random }, signal) =>
      withHttp(async (http) => {
        const call = await grafana.connect(http, credentials, signal);
        const { id, login } = await accountOf(call, name, role);
        const asked = { name: randomUuid(random), ...(seconds > 0 && { secondsToLive: seconds }) };
        const made = await call("POST", `/serviceaccounts/${id}/tokens`, asked);
        const [token, tokenID] = [textOf(made, "key"), numberOf(made, "id")];
        if (!token || tokenID === undefined) throw problemError("ProviderFailed", "Grafana gave no token");
        return { entries: entriesFrom({ login, token }), state: { serviceAccount: { id, login, tokenID } } };
      });
  },
  takeBack(spec, state) {
    const grafana = parseGrafana(spec);
    const account = state.child("serviceAccount");
    const [id, token] = [account.integer("id", 0), account.integer("tokenID", 0)];
    return ({ credentials }, signal) =>
      withHttp(async (http) => {
        const call = await grafana.connect(http, credentials, signal);
        await call("DELETE", `/serviceaccounts/${id}/tokens/${token}`);
      });
  },
};

type GrafanaCall = (method: string, path: string, body?: object) => Promise<JsonNode | undefined>;

function parseGrafana(spec: Fields): {
  connect: (http: ProviderHttp, credentials: Credentials, signal: AbortSignal) => Promise<GrafanaCall>;
} {
  const url = spec.required("url");
  const auth = spec.child("auth");
  const token = auth.has("token") ? parseKeyRef(auth, "token") : undefined;
  const basic = auth.optional("basic");
  const password = basic && parseKeyRef(basic, "password");
  const user = basic?.required("username") ?? "";
  if (token === undefined && password === undefined) auth.fault("", "must have token or basic");
  return {
    async connect(http, credentials, signal) {
      const secret = token ?? password;
      const text = secret === undefined ? "" : (await credentials.secretText(secret)).trim();
      const authorization =
        token === undefined ? `Basic ${Buffer.from(`${user}:${text}`).toString("base64")}` : `Bearer ${text}`;
      return async (method, path, body) => {
        const answer = await http.call({
          method,
          url: `${addressOf(url)}/api${path}`,
          headers: { authorization, accept: "application/json", ...(body && { "content-type": "application/json" }) },
          body: body && JSON.stringify(body),
          signal,
        });
        // Taken back already, or by hand.
        if (method === "DELETE" && answer.status === 404) return undefined;
        if (!isSuccess(answer)) throw failureOf(answer, "Grafana", saidOf(answer, ["message"]));
        return method === "DELETE" ? undefined : jsonOf(answer, "Grafana");
      };
    },
  };
}

/** The service account of the name, made where there is none. */
async function accountOf(call: GrafanaCall, name: string, role: string): Promise<{ id: number; login: string }> {
  const found = await call("GET", `/serviceaccounts/search?query=${encodeURIComponent(name)}`);
  const known = itemsOf(found, "serviceAccounts").find((account) => textOf(account, "name") === name);
  const account = known ?? (await call("POST", "/serviceaccounts", { name, role }));
  const id = numberOf(account, "id");
  if (id === undefined) throw problemError("ProviderFailed", "Grafana gave no service account");
  return { id, login: textOf(account, "login") ?? "" };
}

function numberOf(node: JsonNode | undefined, key: string): number | undefined {
  const value = memberOf(node, key);
  return value?.kind === "number" ? Number(value.raw) : undefined;
}

/** What the server says of a fault; lists and maps of faults in its own words. */
function saidOf(answer: HttpAnswer, keys: readonly string[]): string {
  const node = parseJsonText(answer.body.toString());
  const found = keys.map((key) => memberOf(node, key)).find((each) => each !== undefined);
  return found === undefined ? "" : found.kind === "string" ? found.text : found.raw;
}
