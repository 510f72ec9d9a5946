import { encodeYaml } from "@fairlead/yaml";
import { gvkOf } from "@fairlead/apimachinery";
import type { BuiltKustomization } from "../build.ts";
import { builtinSchemas } from "../merge/schema.ts";

/** One file an object, named after it; the namespace comes first where there are several. */
export function individualFiles({ objects }: BuiltKustomization): { readonly name: string; readonly text: string }[] {
  const namespaces = new Set<string>();
  const described = objects.map(({ object }) => {
    const isCluster = builtinSchemas.isClusterScoped(object.apiVersion, object.kind);
    const namespace = isCluster ? undefined : object.metadata.namespace || "default";
    if (namespace !== undefined) namespaces.add(namespace);
    const { group, version, kind } = gvkOf(object);
    const gvk = [group, version, kind].filter(Boolean).join("_");
    return { object, namespace, name: `${gvk.toLowerCase()}_${(object.metadata.name ?? "").toLowerCase()}.yaml` };
  });
  return described.map(({ object, namespace, name }) => ({
    name: namespace !== undefined && namespaces.size > 1 ? `${namespace.toLowerCase()}_${name}` : name,
    text: encodeYaml(object),
  }));
}
