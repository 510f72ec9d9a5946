import {
  fieldSelectorFault,
  isEmptySelector,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
  type FieldSelector,
  type LabelSelector,
} from "@fairlead/apimachinery";
import { problemsOf } from "@fairlead/base";
import { badRequest } from "../http/status.ts";
import type { Entry } from "../storage/entry.ts";
import { decodeEntry } from "./codec.ts";
import type { Resource } from "./types.ts";

/** Which objects of a resource a list or watch is about. */
export interface Selection {
  readonly resource: Resource;
  /** undefined: all namespaces. */
  readonly namespace: string | undefined;
  /** Set when the selector asks for one name. */
  readonly name: string | undefined;
  /** No selector at all: every object of the namespace is meant. */
  readonly isPlain: boolean;
  matches(entry: Entry): boolean;
}

/** @throws StatusError 400 for selectors that cannot be read, or fields that the kind does not have. */
export function selectionOf(
  resource: Resource,
  namespace: string,
  labelText: string | undefined,
  fieldText: string | undefined,
  name = "",
): Selection {
  const labels = labelText === undefined || labelText === "" ? undefined : readLabels(labelText);
  const fields = fieldText === undefined || fieldText === "" ? undefined : readFields(resource, fieldText);
  const wantedName = name !== "" ? name : nameIn(fields);
  const byLabels = labels !== undefined && !isEmptySelector(labels) ? labels : undefined;
  const byFields = fieldsBesidesName(fields);
  return {
    resource,
    namespace: resource.namespaced && namespace !== "" ? namespace : undefined,
    name: wantedName,
    isPlain: wantedName === undefined && byLabels === undefined && byFields === undefined,
    matches(entry) {
      if (wantedName !== undefined && entry.name !== wantedName) return false;
      if (byLabels !== undefined && !matchesLabels(byLabels, entry.labels)) return false;
      return byFields === undefined || matchesFields(byFields, decodeEntry(resource, entry), gvk(resource));
    },
  };
}

function readLabels(text: string): LabelSelector {
  try {
    return parseLabelSelector(text);
  } catch (error) {
    throw badRequest(problemsOf(error)[0]?.message ?? String(error));
  }
}

function readFields(resource: Resource, text: string): FieldSelector {
  let fields: FieldSelector;
  try {
    fields = parseFieldSelector(text);
  } catch (error) {
    throw badRequest(problemsOf(error)[0]?.message ?? String(error));
  }
  const custom =
    resource.custom === undefined
      ? undefined
      : { fields: resource.custom.selectableFields, namespaced: resource.namespaced };
  const fault = fieldSelectorFault(fields, gvk(resource), custom);
  if (fault !== undefined) throw badRequest(fault);
  return fields;
}

/** A selector that says `metadata.name=x` finds its object by key instead of looking at all. */
function nameIn(fields: FieldSelector | undefined): string | undefined {
  return fields?.requirements.find(({ field, operator }) => field === "metadata.name" && operator === "=")?.value;
}

function fieldsBesidesName(fields: FieldSelector | undefined): FieldSelector | undefined {
  if (fields === undefined) return undefined;
  const rest = fields.requirements.filter(({ field, operator }) => field !== "metadata.name" || operator !== "=");
  return rest.length === 0 ? undefined : { requirements: rest };
}

function gvk(resource: Resource): { group: string; version: string; kind: string } {
  return { group: resource.group, version: resource.version, kind: resource.kind };
}
