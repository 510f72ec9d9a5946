import { crdSchema, decodeCustom, validateCustom, type ApiSubresource, type KubeObject } from "@fairlead/apimachinery";
import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import type { WebhookRoutes } from "../admission/webhook-call.ts";
import { faultOf } from "../registry/machinery.ts";
import { changesOutsideMetadata } from "../registry/strategies.ts";
import type { Resource, Strategy } from "../registry/types.ts";
import { Converter } from "./converter.ts";
import { definitionOf, listOf, objectOf, textOf, type Definition } from "./names.ts";
import { customPrinter } from "../table/custom-printer.ts";

const VERBS = new Set(["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]);

/** The resources that a definition serves, one a version. */
export function resourcesOf(crd: KubeObject, routes?: WebhookRoutes): Resource[] {
  const definition = definitionOf(crd);
  const served = definition.versions.filter((version) => version["served"] === true);
  const versions = served.map((version) => textOf(version["name"]));
  const converter = routes && converterOf(crd, definition, versions, routes);
  return served.map((version) => resourceOf(crd, definition, version, converter));
}

function converterOf(
  crd: KubeObject,
  { group, names, storageVersion, versions: all }: Definition,
  versions: readonly string[],
  routes: WebhookRoutes,
): Converter | undefined {
  const { strategy, webhook } = objectOf(objectOf(crd["spec"])["conversion"]);
  const client = objectOf(webhook)["clientConfig"];
  if (strategy !== "Webhook" || !isJsonObject(client) || all.length < 2) return undefined;
  return new Converter({ group, kind: names.kind, versions, storageVersion, client, routes });
}

function resourceOf(
  crd: KubeObject,
  definition: Definition,
  version: JsonObject,
  converter: Converter | undefined,
): Resource {
  const { group, names } = definition;
  const name = textOf(version["name"]);
  const subresources = objectOf(version["subresources"]);
  const hasStatus = isJsonObject(subresources["status"]);
  const schema = crdSchema(crd, name);
  const columns = listOf(version["additionalPrinterColumns"]).filter(isJsonObject);
  return {
    group,
    version: name,
    kind: names.kind,
    listKind: names.listKind,
    plural: names.plural,
    singular: names.singular,
    namespaced: definition.namespaced,
    shortNames: names.shortNames,
    categories: names.categories,
    verbs: VERBS,
    subresources: subresourcesOf(definition, name, subresources),
    storage: `${group}/${names.plural}`,
    storageVersion: definition.storageVersion,
    isCustom: true,
    schema,
    strategy: customStrategy(hasStatus),
    printer: customPrinter(columns),
    custom: {
      crdName: definition.name,
      selectableFields: listOf(version["selectableFields"])
        .filter(isJsonObject)
        .map((field) => textOf(field["jsonPath"]).replace(/^\./, "")),
      scale: scaleOf(subresources["scale"]),
      rewritesOnRead:
        converter !== undefined || name !== definition.storageVersion || (crd.metadata.generation ?? 1) > 1,
      converter,
      decode: (object) => (schema === undefined ? { object, unknown: [] } : decodeCustom(object, schema)),
      validate: (object, before) => {
        if (schema === undefined) return [];
        const errors = validateCustom(object, { schema, isNamespaced: definition.namespaced, before });
        return errors.map(faultOf);
      },
    },
  };
}

function subresourcesOf(definition: Definition, version: string, subresources: JsonObject): ApiSubresource[] {
  const found: ApiSubresource[] = [];
  const { kind } = definition.names;
  const verbs = ["get", "patch", "update"];
  if (isJsonObject(subresources["status"]))
    found.push({ name: "status", kind, verbs, kindGroup: definition.group, kindVersion: version });
  if (isJsonObject(subresources["scale"])) {
    found.push({ name: "scale", kind: "Scale", kindGroup: "autoscaling", kindVersion: "v1", verbs });
  }
  return found;
}

function scaleOf(value: Json | undefined): NonNullable<Resource["custom"]>["scale"] {
  if (!isJsonObject(value)) return undefined;
  return {
    specReplicasPath: textOf(value["specReplicasPath"]),
    statusReplicasPath: textOf(value["statusReplicasPath"]),
    labelSelectorPath: typeof value["labelSelectorPath"] === "string" ? value["labelSelectorPath"] : undefined,
  };
}

function customStrategy(hasStatus: boolean): Strategy {
  return {
    hasStatus,
    needsResourceVersion: true,
    generation: (before, after) => changesOutsideMetadata(before, after, hasStatus),
    prepareForCreate(object) {
      if (hasStatus) delete object["status"];
    },
  };
}
