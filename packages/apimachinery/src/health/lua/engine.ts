import { isJsonObject, problemError } from "@fairlead/base";
import type { LuaEngine } from "wasmoon";
import { parseApiVersion } from "../../object/identity.ts";
import type { KubeObject } from "../../object/types.ts";
import type { HealthCheck } from "../health.ts";
import { health, type Health, type HealthStatus } from "../types.ts";
import { checkFor, type LuaCheck } from "./settings.ts";

export interface LuaLimits {
  /** One run of one script, by the clock on the wall: generous, since a busy machine must not make a resource look sick. */
  readonly runMs: number;
  /** Of the whole engine, for all scripts. */
  readonly memoryBytes: number;
}

const DEFAULT_LIMITS: LuaLimits = { runMs: 1_000, memoryBytes: 64 * 1024 * 1024 };
/** Objects nested deeper are cut; no API object is. */
const DEPTH_MAX = 64;
const STATUSES: ReadonlySet<string> = new Set([
  "Healthy",
  "Progressing",
  "Degraded",
  "Suspended",
  "Missing",
  "Unknown",
]);

/**
 * What a script may use: text, tables, numbers and the time; no files, no modules, no loading of code. Names that Argo CD's Lua
 * 5.1 had and 5.4 has no more are there. Everything is made anew for each run, so that no script can leave something behind for
 * the next. The last two lines are this file's own interface to it.
 */
const SANDBOX = `
local load, setmetatable, type, pairs = load, setmetatable, type, pairs
local function copy(from)
  local to = {}
  for k, v in pairs(from) do to[k] = v end
  return to
end
local strings, tables, maths, clock = copy(string), copy(table), copy(math), { time = os.time, date = os.date }
strings.dump = nil
strings.rep = function(s, n, sep)
  if #s * n > 1048576 then error("resulting string too large") end
  return string.rep(s, n, sep)
end
-- Matching runs outside of the time limit's reach, so what could take for ever is not begun.
-- A repeat takes any share of the text: so many ways there are to share it out, from each place on.
local function cost(length, pattern)
  local _, repeats = string.gsub(pattern, "[^%(%)%^][%*%+%-]", "")
  local ways = length + 1
  for i = 1, repeats do ways = ways * (length + i) / i end
  return ways
end
local function bounded(name)
  local match = string[name]
  strings[name] = function(s, pattern, ...)
    if cost(#s, pattern) > 1e9 then error("pattern too costly", 2) end
    return match(s, pattern, ...)
  end
end
for _, name in pairs({ "find", "match", "gmatch", "gsub" }) do bounded(name) end
strings.gfind = strings.gmatch
-- Nobody may catch the end of their time.
local function guarded(ok, fault, ...)
  if not ok and string.find(tostring(fault), "timeout exceeded", 1, true) then error(fault, 0) end
  return ok, fault, ...
end
local function catch(...) return guarded(pcall(...)) end
tables.getn = function(t) return #t end
maths.pow = function(a, b) return a ^ b end
local function environment(obj)
  local env = {
    obj = obj, assert = assert, error = error, ipairs = ipairs, next = next, pairs = pairs, pcall = catch, select = select,
    tonumber = tonumber, tostring = tostring, type = type, unpack = table.unpack, rawget = rawget, rawset = rawset,
    setmetatable = setmetatable, getmetatable = function(t) return type(t) == "table" and getmetatable(t) or nil end,
    string = copy(strings), table = copy(tables), math = copy(maths), os = copy(clock),
  }
  env._G = env
  return env
end
getmetatable("").__index = strings
return function(source, obj)
  local chunk, fault = load(source, "=health.lua", "t", environment(obj))
  if not chunk then error(fault, 0) end
  local result = chunk()
  if result == nil then return nil end
  if type(result) ~= "table" then error("expect table output from Lua script, not " .. type(result), 0) end
  return { tostring(result.status), result.message ~= nil and tostring(result.message) or "" }
end
`;

/**
 * A health check out of users' scripts, to be handed to healthOf as `override`. The engine (WebAssembly) is loaded here and not
 * before, so that whoever has no scripts pays nothing. A script that fails, or takes too long or too much, gives Unknown with the
 * reason, as in Argo CD; one that returns nothing leaves the answer to the built-in check.
 * @throws ProblemError LuaUnavailable when the engine cannot be started.
 */
export async function luaHealthCheck(
  checks: readonly LuaCheck[],
  limits: LuaLimits = DEFAULT_LIMITS,
): Promise<HealthCheck & { close(): void }> {
  const engine = await startEngine(limits);
  engine.doStringSync(`__assess = (function() ${SANDBOX} end)()`);
  const check = (object: KubeObject): Health | undefined => {
    const found = checkFor(checks, parseApiVersion(object.apiVersion).group, object.kind);
    return found && assess(engine, found, object, limits);
  };
  return Object.assign(check, { close: () => engine.global.close() });
}

async function startEngine(limits: LuaLimits): Promise<LuaEngine> {
  try {
    const { LuaFactory } = await import("wasmoon");
    const options = { openStandardLibs: true, injectObjects: false, enableProxy: false, traceAllocations: true };
    const engine = await new LuaFactory().createEngine(options);
    engine.global.setMemoryMax(limits.memoryBytes);
    return engine;
  } catch (error) {
    throw problemError("LuaUnavailable", "the Lua engine for health checks cannot be started", {}, error);
  }
}

function assess(engine: LuaEngine, { script }: LuaCheck, object: KubeObject, limits: LuaLimits): Health | undefined {
  const thread = engine.global.newThread();
  try {
    thread.loadString("local source, object = ... return __assess(source, object)", "=health");
    thread.pushValue(script);
    thread.pushValue(plain(object, 0));
    thread.setTimeout(Date.now() + limits.runMs);
    const [result] = thread.runSync(2) as unknown[];
    return healthFrom(result);
  } catch (error) {
    return health("Unknown", error instanceof Error ? firstLine(error.message) : String(error));
  } finally {
    thread.close();
    // The thread itself lies on the stack of the engine until it is taken off.
    engine.global.pop();
  }
}

function healthFrom(result: unknown): Health | undefined {
  if (result === undefined || result === null) return undefined;
  const [status, message] = Array.isArray(result) ? (result as unknown[]) : [];
  if (typeof status !== "string" || !STATUSES.has(status)) {
    return health("Unknown", "Lua returned an invalid health status");
  }
  return health(status as HealthStatus, typeof message === "string" ? message : undefined);
}

/** A copy of what Lua can hold: no null, no big integers, no endless nesting. */
function plain(value: unknown, depth: number): unknown {
  if (typeof value === "bigint") return Number(value);
  if (value === null || depth > DEPTH_MAX) return undefined;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1)).filter((item) => item !== undefined);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const copied = plain(item, depth + 1);
      return copied === undefined ? [] : [[key, copied]];
    }),
  );
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? text;
}
