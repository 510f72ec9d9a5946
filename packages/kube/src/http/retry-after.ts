import { KUBE_LIMITS } from "../limits.ts";

/** The Retry-After header in ms, bounded; undefined when absent or a date, which the API never sends. */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const value = headers["retry-after"];
  if (value === undefined || !/^\d{1,6}$/.test(value.trim())) return undefined;
  return Math.min(Number(value) * 1000, KUBE_LIMITS.retryAfterMsMax);
}
