import type { IncomingMessage, ServerResponse } from "node:http";

/** An API server of any one group, as APIServices lead to, that tells what it was told about its client. */
export function otherApi(request: IncomingMessage, response: ServerResponse): void {
  const send = (code: number, body: object): void => {
    response.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  const found = /^\/apis(?:\/([^/]+)(?:\/([^/]+)(?:\/(.*))?)?)?$/.exec(path);
  if (found === null) return send(404, {});
  const [, group = "", version = "", rest = ""] = found;
  const groupVersion = `${group}/${version}`;
  if (rest === "") {
    const verbs = ["get", "list"];
    const resources = [{ name: "readings", singularName: "reading", namespaced: true, kind: "Reading", verbs }];
    return send(200, { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources });
  }
  const told = Object.fromEntries(
    Object.entries(request.headers).filter(([name]) => name.startsWith("x-remote-") && name !== "x-remote-uid"),
  );
  send(200, {
    kind: "ReadingList",
    apiVersion: groupVersion,
    metadata: {},
    items: [{ metadata: { name: "one" }, method: request.method, path: rest, told }],
  });
}
