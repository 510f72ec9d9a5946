import type { Exchange } from "../http/exchange.ts";
import type { Resource } from "./types.ts";

/** Answers every verb of one subresource. @throws StatusError */
export type SubresourceHandler = (exchange: Exchange, resource: Resource) => Promise<void>;
