import { parseTargetPath } from "../template/target-path.ts";
import type { Fields } from "./fields.ts";
import type { SecretTemplate, TemplateFrom, TemplateItem } from "./types.ts";

/** Types of Secret that give their holder an identity; a template may not make one (as External Secrets refuses them). */
const REFUSED_TYPES = ["bootstrap.kubernetes.io/token"];
const ACCOUNT_TOKEN = "kubernetes.io/service-account-token";

/** `isManifest`: for an object of any kind, where templates may go to any path. */
export function parseTemplate(template: Fields, isManifest = false): SecretTemplate {
  const type = template.text("type");
  if (REFUSED_TYPES.includes(type)) template.fault("type", `a Secret of type ${type} may not be made from a template`);
  if (type === ACCOUNT_TOKEN) template.fault("type", `a Secret of type ${type} may not be made from a template`);
  if (template.text("engineVersion", "v2") !== "v2")
    template.fault("engineVersion", "only v2 is supported; v1 was removed from External Secrets");
  const metadata = template.child("metadata");
  return {
    type,
    merges: template.choice("mergePolicy", ["Replace", "Merge"], "Replace") === "Merge",
    labels: metadata.textMap("labels"),
    annotations: metadata.textMap("annotations"),
    finalizers: metadata.texts("finalizers"),
    data: template.textMap("data"),
    from: template.list("templateFrom").map((from) => parseFrom(from, isManifest)),
  };
}

function parseFrom(from: Fields, isManifest: boolean): TemplateFrom {
  const target = from.text("target", "Data");
  const isKnown = ["data", "annotations", "labels"].includes(target.toLowerCase());
  if (!isKnown && !isManifest) from.fault("target", "must be one of Data, Annotations, Labels");
  if (!isKnown && isManifest && parseTargetPath(target) === undefined)
    from.fault("target", "must be Data, Annotations, Labels or a path such as spec.rules[0].host");
  if (!from.has("configMap") && !from.has("secret") && !from.has("literal"))
    from.fault("", "must have one of configMap, secret and literal");
  return {
    configMap: parseSource(from, "configMap"),
    secret: parseSource(from, "secret"),
    literal: from.has("literal") ? from.text("literal") : undefined,
    target,
    decoding: from.choice("valuesDecodingStrategy", ["None", "Base64", "Base64URL", "Auto"], "None"),
  };
}

function parseSource(from: Fields, key: string): { name: string; items: TemplateItem[] } | undefined {
  const source = from.optional(key);
  if (source === undefined) return undefined;
  const items = source.list("items").map((item) => ({
    key: item.required("key"),
    as: item.choice("templateAs", ["Values", "KeysAndValues"], "Values"),
  }));
  if (items.length === 0) source.fault("items", "is required");
  return { name: source.required("name"), items };
}
