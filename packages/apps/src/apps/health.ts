import type { Logger } from "@fairlead/base";
import { healthOf, luaHealthCheck, type KubeObject, type LuaCheck } from "@fairlead/apimachinery";
import type { Health } from "../compare/compare.ts";

type LuaHealth = Awaited<ReturnType<typeof luaHealthCheck>>;

/** How an object is doing: by the installation's own Lua checks first, then by the built-in ones. */
export class HealthChecks {
  readonly #logger: Logger;
  #checks = "[]";
  #lua: LuaHealth | undefined;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  readonly of = (object: KubeObject): Health | undefined => healthOf(object, { override: this.#lua });

  /** Takes in other checks. True when they differ from those before. */
  async use(checks: readonly LuaCheck[]): Promise<boolean> {
    const text = JSON.stringify(checks);
    if (text === this.#checks) return false;
    this.#checks = text;
    const before = this.#lua;
    try {
      this.#lua = checks.length > 0 ? await luaHealthCheck(checks) : undefined;
    } catch (error) {
      this.#lua = undefined;
      this.#logger.warn("health checks cannot be used", { error: String(error) });
    }
    before?.close();
    return true;
  }

  close(): void {
    this.#lua?.close();
    this.#lua = undefined;
  }
}
