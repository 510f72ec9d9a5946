import { configMap } from "../objects.ts";
import { TABLE, type Case, type Step } from "../types.ts";
import { merge, NS, post, remove } from "./steps.ts";

const CONFIG_MAPS = `${NS}/configmaps`;
const OTHER = "base64.channel.k8s.io";
/** `Bearer` of nobody, as it stands among protocols. */
const tokenProtocol = (token: string): string =>
  `base64url.bearer.authorization.k8s.io.${Buffer.from(token).toString("base64url")}`;
const watch = (query: string, headers: Record<string, string> = {}, code = 101, more: Partial<Step> = {}): Step => ({
  do: `GET ${CONFIG_MAPS}?watch=true&${query}`,
  headers,
  code,
  webSocket: true,
  watchMs: 400,
  ...more,
});
const made: Step = post(CONFIG_MAPS, configMap("a", { x: "1" }, { labels: { l: "1" } }), 201, {
  keep: { rv: "metadata.resourceVersion" },
});
const changed = merge(`${CONFIG_MAPS}/a`, { data: { x: "2" } });
const gone = remove(`${CONFIG_MAPS}/a`, 200, { ignoreBody: true });
const refused = (name: string, headers: Record<string, string>, code: number): Case => ({
  name,
  steps: [watch("resourceVersion=0", headers, code)],
});

/** Watches over websockets: what browsers use. */
export const WEB_SOCKETS: readonly Case[] = [
  {
    name: "each event is a message of text",
    steps: [made, changed, gone, watch("resourceVersion={rv}", {}, 101, { expect: { "frames.length": 2 } })],
  },
  {
    name: "all that is there comes first",
    steps: [made, post(CONFIG_MAPS, configMap("b")), watch("resourceVersion=0")],
  },
  { name: "rows of a table", steps: [made, changed, watch("resourceVersion={rv}", TABLE)] },
  {
    name: "the end of the initial events is a message",
    steps: [made, watch("sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan")],
  },
  {
    name: "the older form of paths",
    steps: [made, { ...watch(""), do: `GET /api/v1/watch/namespaces/{ns}/configmaps/a?resourceVersion=0` }],
  },
  {
    name: "its end is a normal closure",
    steps: [
      made,
      watch("timeoutSeconds=1&resourceVersion={rv}", {}, 101, {
        watchMs: 30_000,
        expect: { frames: [{ close: 1000 }] },
      }),
    ],
  },
  {
    name: "the protocol asked for is agreed to, whatever it is",
    steps: [watch("resourceVersion=0", { "sec-websocket-protocol": OTHER }, 101, { expect: { protocol: OTHER } })],
  },
  {
    name: "Connection has other words beside the upgrade",
    steps: [watch("resourceVersion=0", { connection: "keep-alive, Upgrade", upgrade: "WebSocket" })],
  },
  refused("one protocol, not several", { "sec-websocket-protocol": "a, b" }, 400),
  refused("another version", { "sec-websocket-version": "8" }, 400),
  refused("no key", { "sec-websocket-key": "" }, 400),
  refused("no origin", { origin: "" }, 403),
  refused("an origin that is no address", { origin: "null" }, 403),
  refused(
    "a token of nobody among the protocols",
    { authorization: "", "sec-websocket-protocol": `${tokenProtocol("x")}, ${OTHER}` },
    401,
  ),
  refused(
    "two tokens among the protocols",
    { authorization: "", "sec-websocket-protocol": `${tokenProtocol("x")}, ${tokenProtocol("y")}, ${OTHER}` },
    401,
  ),
  refused(
    "a token that is not base64url",
    { authorization: "", "sec-websocket-protocol": `${tokenProtocol("x")}$, ${OTHER}` },
    401,
  ),
  refused("no protocol but the token", { authorization: "", "sec-websocket-protocol": tokenProtocol("x") }, 401),
  refused("nobody at all", { authorization: "" }, 403),
  {
    name: "what is wrong with a watch is told as without a websocket",
    steps: [
      { ...watch(""), do: `GET ${NS}/nonsense?watch=true`, code: 404 },
      watch("labelSelector=%3D%3D", {}, 400),
      watch("resourceVersion=nonsense", {}, 500),
      watch("sendInitialEvents=true", {}, 422),
    ],
  },
  {
    name: "what is no watch is answered as ever",
    steps: [made, { ...watch(""), do: `GET ${CONFIG_MAPS}/a`, code: 200 }],
  },
];
