import { isJsonObject, problemsOf, type JsonObject } from "@fairlead/base";
import { labelSelectorFromObject, matchesLabels, type KubeObject } from "@fairlead/apimachinery";
import { IN_CLUSTER, type Row } from "../application-set/types.ts";
import { normalizeName } from "../template/names.ts";
import { secretData } from "./secrets.ts";
import { isEmptySelectorObject } from "./selector.ts";
import { remember, renew, withValues, type Leaf } from "./scope.ts";

/**
 * One row a registered cluster: the one we run in first, when it has no Secret and nothing selects by labels, then by name of the
 * Secret. `flatList` gives one row that holds them all.
 */
export function clusterRows(leaf: Leaf): Row[] {
  const selector = leaf.fields.object["selector"];
  const secrets = selectSecrets(leaf, selector);
  if (secrets === undefined) return [];
  const rows: Row[] = [];
  const all = leaf.scope.facts.objects.clusterSecrets();
  if (isEmptySelectorObject(selector) && !all.some((secret) => secretData(secret, "server") === IN_CLUSTER.server)) {
    const { name, server } = IN_CLUSTER;
    rows.push(
      remember(leaf, "in-cluster", () => withValues(leaf, { name, nameNormalized: name, server, project: "" })),
    );
  }
  for (const secret of secrets) rows.push(rowOf(leaf, secret));
  if (!leaf.fields.flag("flatList")) return rows;
  if (!leaf.scope.dialect.isGo) {
    leaf.fields.fault("flatList", "gives one row with a list, which only spec.goTemplate: true can read");
    return [];
  }
  return [{ clusters: rows }];
}

function selectSecrets(leaf: Leaf, selector: unknown): readonly KubeObject[] | undefined {
  const all = leaf.scope.facts.objects.clusterSecrets();
  const sorted = [...all].sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1));
  if (selector === undefined || selector === null) return sorted;
  try {
    const wanted = labelSelectorFromObject(selector);
    return sorted.filter((secret) => matchesLabels(wanted, secret.metadata.labels));
  } catch (error) {
    leaf.scope.faults.take(`${leaf.path}.selector`, problemsOf(error));
    return undefined;
  }
}

interface Kept {
  readonly secret: KubeObject;
  readonly row: Row;
}

/** The row of a Secret that is the same object stays the same row. */
function rowOf(leaf: Leaf, secret: KubeObject): Row {
  const key = `secret ${secret.metadata.name ?? ""}`;
  const kept = leaf.memo.get(key) as Kept | undefined;
  if (kept?.secret === secret) return kept.row;
  return renew(leaf, key, (): Kept => {
    return { secret, row: withValues(leaf, parametersOf(secret, leaf.scope.dialect.isGo)) };
  }).row;
}

function parametersOf(secret: KubeObject, isGo: boolean): Row {
  const name = secretData(secret, "name") ?? "";
  const row: JsonObject = {
    name,
    nameNormalized: normalizeName(name),
    server: secretData(secret, "server") ?? "",
    project: secretData(secret, "project") ?? "",
  };
  const { labels, annotations } = secret.metadata;
  if (isGo) {
    const metadata: JsonObject = {};
    if (isJsonObject(annotations)) metadata["annotations"] = annotations;
    if (isJsonObject(labels)) metadata["labels"] = labels;
    row["metadata"] = metadata;
    return row;
  }
  for (const [key, value] of Object.entries(annotations ?? {})) row[`metadata.annotations.${key}`] = value;
  for (const [key, value] of Object.entries(labels ?? {})) row[`metadata.labels.${key}`] = value;
  return row;
}
