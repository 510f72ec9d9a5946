import { MESSAGE_TABLE } from "./generated/messages.ts";

export interface MessageField {
  readonly json: string;
  /** A scalar's name, a message's index in the table, or the name of a type that is read by rule. */
  readonly type: string | number;
  readonly isRepeated: boolean;
  readonly isMap: boolean;
  /** The field is written whenever it is set, zero or not. */
  readonly hasPresence: boolean;
  /** JSON has no omitempty: zero values are kept. */
  readonly keepsZero: boolean;
}

export interface Message {
  readonly name: string;
  readonly fields: ReadonlyMap<number, MessageField>;
}

interface Table {
  readonly names: readonly string[];
  readonly table: readonly (readonly (readonly [number, string, string | number, string])[])[];
}

let table: Table | undefined;
let indexes: Map<string, number> | undefined;
const messages = new Map<number, Message>();

function load(): Table {
  return (table ??= JSON.parse(MESSAGE_TABLE) as Table);
}

export function messageAt(index: number): Message {
  let message = messages.get(index);
  if (message === undefined) {
    const { names, table: rows } = load();
    const fields = (rows[index] ?? []).map(
      ([number, json, type, flags]) =>
        [
          number,
          {
            json,
            type,
            isRepeated: flags.includes("r"),
            isMap: flags.includes("m"),
            hasPresence: flags.includes("p"),
            keepsZero: flags.includes("z"),
          },
        ] as const,
    );
    message = { name: names[index] ?? "", fields: new Map(fields) };
    messages.set(index, message);
  }
  return message;
}

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";

/** The message of a kind; undefined when there is none, as for custom kinds. */
export function messageOfKind(apiVersion: string, kind: string): Message | undefined {
  indexes ??= new Map(load().names.map((name, index) => [name, index]));
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "core" : (apiVersion.slice(0, slash).split(".", 1)[0] ?? "");
  const version = apiVersion.slice(slash + 1);
  const candidates = [
    `k8s.io.api.${group}.${version}.${kind}`,
    `k8s.io.apiextensions_apiserver.pkg.apis.${group}.${version}.${kind}`,
    `k8s.io.kube_aggregator.pkg.apis.${group}.${version}.${kind}`,
    `${META}.${kind}`,
  ];
  for (const candidate of candidates) {
    const index = indexes.get(candidate);
    if (index !== undefined) return messageAt(index);
  }
  return undefined;
}
