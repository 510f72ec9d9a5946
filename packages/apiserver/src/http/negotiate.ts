import { notAcceptable, notConvertible } from "./status.ts";

/** How an object or list is to be shown. */
export interface Representation {
  /** undefined: as it is. */
  readonly as?: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList" | undefined;
  /** Version of meta.k8s.io for the forms above. */
  readonly metaVersion?: "v1" | "v1beta1" | undefined;
  readonly format: "json" | "yaml";
}

const JSON_PLAIN: Representation = { format: "json" };
const STREAMED = ["application/json;stream=watch", "application/vnd.kubernetes.protobuf;stream=watch"];
const SERVED = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf", ...STREAMED];

interface Clause {
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

interface Allowed {
  readonly table: boolean;
  /** An answer that goes on, as a watch's: there is no YAML of those. */
  readonly stream?: boolean;
}

const known = new Map<string, Representation>();

/**
 * Chooses among what the client accepts, in its order. Protobuf is never written: clients that accept it accept JSON too.
 * @throws StatusError 406
 */
export function negotiate(accept: string | undefined, allowed: Allowed): Representation {
  if (accept === undefined || accept === "" || accept === "*/*" || accept === "application/json") return JSON_PLAIN;
  const key = `${allowed.table ? "t" : "-"}${allowed.stream === true ? "s" : "-"}${accept}`;
  const seen = known.get(key);
  if (seen !== undefined) return seen;
  const chosen = choose(accept, allowed);
  // Clients send a handful of headers; a hostile one must not fill memory with others.
  if (known.size < 256) known.set(key, chosen);
  return chosen;
}

function choose(accept: string, allowed: Allowed): Representation {
  const isStream = allowed.stream === true;
  let isFormatKnown = false;
  for (const clause of clausesOf(accept)) {
    const format = formatOf(clause.type);
    if (format === undefined) continue;
    // The first that is known decides, though the next could be written.
    if (isStream && format === "yaml") throw notConvertible(STREAMED);
    isFormatKnown = true;
    const as = clause.parameters.get("as");
    if (as === undefined) return { format };
    const metaVersion = clause.parameters.get("v");
    if (clause.parameters.get("g") !== "meta.k8s.io" || (metaVersion !== "v1" && metaVersion !== "v1beta1")) continue;
    if (as === "Table" && allowed.table) return { as, metaVersion, format };
    if (as === "PartialObjectMetadata" || as === "PartialObjectMetadataList") return { as, metaVersion, format };
  }
  // A client that would take protobuf and nothing else gets JSON: no one-format client of that kind is known, and it can read it.
  if (accept.includes("application/vnd.kubernetes.protobuf")) return JSON_PLAIN;
  throw isFormatKnown ? notConvertible(SERVED.slice(0, 3)) : notAcceptable(isStream ? STREAMED : SERVED);
}

/** Whether a client reads YAML rather than JSON, as far as answers are concerned that are given in any case: errors. */
export function prefersYaml(accept: string | undefined): boolean {
  if (accept === undefined || !accept.includes("yaml")) return false;
  const clauses = clausesOf(accept).filter(
    ({ type, parameters }) => formatOf(type) !== undefined && !parameters.has("as"),
  );
  return clauses[0]?.type === "application/yaml";
}

function formatOf(type: string): "json" | "yaml" | undefined {
  if (type === "application/json" || type === "*/*") return "json";
  return type === "application/yaml" ? "yaml" : undefined;
}

/** The clauses of an Accept header in order of their q. */
export function clausesOf(accept: string): Clause[] {
  const clauses = accept.split(",").map((text) => {
    const [type = "", ...parameters] = text.split(";").map((part) => part.trim());
    return {
      type: type.toLowerCase(),
      parameters: new Map(parameters.map((part) => part.split("=", 2).map((half) => half.trim()) as [string, string])),
    };
  });
  const quality = (clause: Clause): number => Number(clause.parameters.get("q") ?? 1);
  return clauses.sort((a, b) => quality(b) - quality(a));
}
