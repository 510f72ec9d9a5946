import type { ApiServer, ApiServerOptions } from "./types.ts";

/** Starts an API server and resolves when it answers. */
export function startApiServer(_options: ApiServerOptions): Promise<ApiServer> {
  throw new Error("not there yet");
}
