import { formatLabelSelector, labelSelectorFromObject, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { Column, TablePrinter } from "../registry/types.ts";
import { age, humanDuration } from "./cells.ts";

const TYPES: Readonly<Record<string, Column["type"]>> = { i: "integer", b: "boolean" };

/**
 * Columns in one line: `Name! Ready Up_to_date:i Images+`. `!` marks a name, `:i` and `:b` a type other than text, `+` a column of
 * wide output; `_` stands for a space.
 */
function columnsOf(text: string): Column[] {
  return text.split(" ").map((word) => {
    const match = /^([^!:+]+)(!)?(?::([ib]))?(\+)?$/.exec(word);
    const [, name = word, isName, type, isWide] = match ?? [];
    return {
      name: name.replaceAll("_", " "),
      type: type === undefined ? "string" : (TYPES[type] ?? "string"),
      ...(isName === undefined ? {} : { format: "name" }),
      ...(isWide === undefined ? {} : { priority: 1 }),
    };
  });
}

/** The values cells are made of. Absent things read as "" and 0, as Go's zero values print. */
export class Reader {
  readonly object: KubeObject;
  readonly nowMs: number;

  constructor(object: KubeObject, nowMs: number) {
    this.object = object;
    this.nowMs = nowMs;
  }

  get name(): string {
    return this.object.metadata.name ?? "";
  }

  get age(): string {
    return age(this.object.metadata.creationTimestamp, this.nowMs);
  }

  get isDeleting(): boolean {
    return this.object.metadata.deletionTimestamp !== undefined;
  }

  value(path: string): Json | undefined {
    return valueAt(this.object, path);
  }

  text(path: string, absent = ""): string {
    return textOf(this.value(path), absent);
  }

  number(path: string): number {
    const value = this.value(path);
    return typeof value === "number" ? value : 0;
  }

  list(path: string): JsonObject[] {
    return objectsIn(this.value(path));
  }

  since(path: string): string {
    return age(this.text(path), this.nowMs);
  }

  elapsed(fromMs: number, untilMs = this.nowMs): string {
    return humanDuration(untilMs - fromMs);
  }

  /** Names and images of containers, each joined. */
  containers(path: string): [names: string, images: string] {
    const containers = this.list(path);
    return [
      containers.map((item) => textOf(item["name"])).join(","),
      containers.map((item) => textOf(item["image"])).join(","),
    ];
  }

  /** A label selector as metav1.FormatLabelSelector prints it. */
  selector(path: string): string {
    const selector = formatLabelSelector(labelSelectorFromObject(this.value(path) ?? {}));
    return selector === "" ? "<none>" : selector;
  }
}

export function printer(columns: string, cells: (reader: Reader) => unknown[]): TablePrinter {
  return { columns: columnsOf(columns), cells: (object, nowMs) => cells(new Reader(object, nowMs)) };
}

export function valueAt(root: Json | undefined, path: string): Json | undefined {
  let value: Json | undefined = root;
  for (const part of path.split(".")) {
    if (!isJsonObject(value) || !Object.hasOwn(value, part)) return undefined;
    value = value[part];
  }
  return value;
}

export function textOf(value: Json | undefined, absent = ""): string {
  if (value === undefined || value === null || value === "") return absent;
  return isJsonObject(value) || Array.isArray(value) ? JSON.stringify(value) : String(value);
}

export function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

export function textsIn(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.map((item) => textOf(item)) : [];
}

/** A map of labels as labels.FormatLabels prints it. */
export function labelsText(value: Json | undefined): string {
  const labels = isJsonObject(value) ? Object.entries(value) : [];
  if (labels.length === 0) return "<none>";
  return labels
    .map(([key, label]) => `${key}=${textOf(label)}`)
    .sort()
    .join(",");
}

/** At most `max` of them, and how many more there are. */
export function withMore(list: readonly string[], max: number, separator = ","): string {
  if (list.length === 0) return "<unset>";
  const shown = list.slice(0, max).join(separator);
  return list.length > max ? `${shown} + ${list.length - max} more...` : shown;
}

export function isCondition(conditions: readonly JsonObject[], type: string): boolean {
  return conditions.some((condition) => condition["type"] === type && condition["status"] === "True");
}
