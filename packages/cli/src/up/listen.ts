import type { Logger } from "@fairlead/base";
import { serveHttp, type Apps, type Served } from "@fairlead/apps";
import { InvalidArgumentError } from "commander";

export interface ListenAddress {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export const LISTEN_FLAG = "--listen <[host:]port>";
export const LISTEN_HELP = "serve /api/webhook, /metrics and /healthz there; 0 is any free port";

const DEFAULT_HOST = "127.0.0.1";

/** `PORT`, `HOST:PORT`, `[::1]:PORT`, and `:PORT` for every address. @throws InvalidArgumentError */
export function parseListen(text: string): ListenAddress {
  const cut = text.lastIndexOf(":");
  const host = cut < 0 ? DEFAULT_HOST : text.slice(0, cut).replace(/^\[|\]$/g, "") || "0.0.0.0";
  const port = Number(text.slice(cut + 1));
  if (!/^\d+$/.test(text.slice(cut + 1)) || port > 65_535) throw new InvalidArgumentError("write PORT or HOST:PORT.");
  return { host, port };
}

interface Listening {
  readonly apps: Apps;
  readonly logger: Logger;
  /** Prometheus text of what runs beside the engine. */
  readonly moreMetrics?: (() => string) | undefined;
}

/** Undefined where nothing was asked for: no port is opened unasked. */
export async function listen(
  at: ListenAddress | undefined,
  { apps, logger, moreMetrics }: Listening,
): Promise<Served | undefined> {
  if (!at) return undefined;
  const metrics = (): string => apps.metrics() + (moreMetrics?.() ?? "");
  const served = await serveHttp({ ...at, webhook: (request) => apps.webhook(request), metrics });
  logger.info("listening for webhooks, metrics and health", { host: at.host, port: served.port });
  return served;
}
