/** The controller of SealedSecrets, asked through the API server's service proxy: its certificate, verify and rotate. */
import { isJsonObject, problemError, type Json } from "@fairlead/base";
import type { KubeClient, RawResponse } from "@fairlead/kube";
import { readSealedSecret } from "../seal/read.ts";
import type { SealedSecret } from "../seal/types.ts";
import { onCluster, type ClusterFlags } from "./cluster.ts";
import type { CommandIo } from "./io.ts";

type Ask = (path: string, body?: Json) => Promise<RawResponse>;

/** Times one question is asked again after 429: what the real clients do, too. */
const ATTEMPTS = 10;

async function asker(client: KubeClient, flags: ClusterFlags, signal: AbortSignal): Promise<Ask> {
  const { controllerNamespace: namespace, controllerName: name } = flags;
  const service = await client.find({ apiVersion: "v1", kind: "Service" }, name, namespace, { signal });
  if (service === undefined) {
    throw problemError("SecretsUsage", `cannot get sealed secret service: services ${JSON.stringify(name)} not found`, {
      hint: "use the flags --controller-name and --controller-namespace",
    });
  }
  const spec = isJsonObject(service["spec"]) ? service["spec"] : {};
  const [port] = Array.isArray(spec["ports"]) ? spec["ports"].filter(isJsonObject) : [];
  const portName = typeof port?.["name"] === "string" ? port["name"] : "";
  const base = `/api/v1/namespaces/${namespace}/services/http:${name}:${portName}/proxy`;
  return async (path, body) => {
    for (let attempt = 1; ; attempt += 1) {
      const method = body === undefined ? "GET" : "POST";
      const answer = await client.request({ method, path: base + path, body, signal });
      if (answer.status !== 429 || attempt >= ATTEMPTS) return answer;
      const seconds = Number(answer.headers["retry-after"] ?? "1") || 1;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  };
}

/** PEM. @throws ProblemError */
export function fetchCertificate(flags: ClusterFlags, io: CommandIo): Promise<string> {
  return onCluster(flags, io, async (client, signal) => {
    const ask = await asker(client, flags, signal);
    const answer = await ask("/v1/cert.pem");
    if (answer.status === 200) return answer.body.toString("utf8");
    throw problemError("UnreadableFile", `cannot fetch certificate: the controller answers ${answer.status}`);
  });
}

/** @throws ProblemError NoKeyDecrypts for the first the controller cannot open */
export function validateInCluster(sealed: readonly Json[], flags: ClusterFlags, io: CommandIo): Promise<void> {
  return onCluster(flags, io, async (client, signal) => {
    const ask = await asker(client, flags, signal);
    for (const object of sealed) {
      const { status } = await ask("/v1/verify", object);
      if (status === 200) continue;
      if (status === 409) throw problemError("NoKeyDecrypts", `unable to decrypt sealed secret: ${nameIn(object)}`);
      throw problemError("SecretsUsage", `cannot validate sealed secret: the controller answers ${status}`);
    }
  });
}

/** The same objects sealed for the newest key. @throws ProblemError */
export function reEncryptInCluster(
  sealed: readonly Json[],
  flags: ClusterFlags,
  io: CommandIo,
): Promise<SealedSecret[]> {
  return onCluster(flags, io, async (client, signal) => {
    const ask = await asker(client, flags, signal);
    const rotated: SealedSecret[] = [];
    for (const object of sealed) {
      const { status, body } = await ask("/v1/rotate", object);
      if (status === 409) throw problemError("NoKeyDecrypts", "unable to rotate secret");
      if (status !== 200)
        throw problemError("SecretsUsage", `cannot re-encrypt secret: the controller answers ${status}`);
      rotated.push(readSealedSecret(JSON.parse(body.toString("utf8")) as Json));
    }
    return rotated;
  });
}

function nameIn(object: Json): string {
  const metadata = isJsonObject(object) && isJsonObject(object["metadata"]) ? object["metadata"] : {};
  return String(metadata["name"] ?? "");
}
