import { hash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Logger } from "@fairlead/base";
import { isAlreadyExists, type KubeClient } from "@fairlead/kube";

const SECRET = { apiVersion: "v1", kind: "Secret" } as const;
const NAME = "fairlead-render-key";

/**
 * The secret from which charts' random values are derived, so that they are the same at every render and for every replica: derived
 * from Argo CD's own server.secretkey, else kept in a Secret, else, where there can be none, in a file of this machine.
 */
export async function renderKeyOf(
  hub: KubeClient,
  namespace: string,
  directory: string,
  logger: Logger,
): Promise<string> {
  try {
    return (await findRenderKey(hub, namespace)) ?? (await create(hub, namespace));
  } catch (error) {
    logger.debug("no Secret for the render key, a file is used", { error: String(error) });
    return fileKey(join(directory, "render.key"));
  }
}

/** The key an installation has; undefined where it has none in the cluster. @throws ApiError */
export async function findRenderKey(hub: KubeClient, namespace: string): Promise<string | undefined> {
  const argoCd = await valueOf(hub, namespace, "argocd-secret", "server.secretkey");
  if (argoCd !== undefined) return hash("sha256", `render ${argoCd}`);
  return valueOf(hub, namespace, NAME, "key");
}

async function valueOf(hub: KubeClient, namespace: string, name: string, key: string): Promise<string | undefined> {
  const found = (await hub.find(SECRET, name, namespace)) as { data?: Record<string, string> } | undefined;
  return found?.data?.[key] || undefined;
}

async function create(hub: KubeClient, namespace: string): Promise<string> {
  const key = randomBytes(32).toString("base64");
  try {
    await hub.create({ ...SECRET, metadata: { name: NAME, namespace }, type: "Opaque", data: { key } });
    return key;
  } catch (error) {
    if (!isAlreadyExists(error)) throw error;
    return (await valueOf(hub, namespace, NAME, "key")) ?? key;
  }
}

function fileKey(path: string): string {
  if (existsSync(path)) return readFileSync(path, "utf8");
  const key = randomBytes(32).toString("base64");
  writeFileSync(path, key, { mode: 0o600 });
  return key;
}
