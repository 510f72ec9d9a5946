import {
  applyDefaults,
  builtinSchemas,
  gvkOf,
  jsonPatch,
  mergePatch,
  storedForm,
  strategicMergePatch,
  type JsonPatchOperation,
  type KubeObject,
} from "@fairlead/apimachinery";
import { isJsonObject, ProblemError, type Json, type JsonObject } from "@fairlead/base";
import type { Answer, JudgeClient } from "./client.ts";
import { differenceOf, withoutVolatile } from "./compare.ts";
import { BUILTIN_KINDS, type PlayKind } from "./kinds.ts";
import { Random } from "./random.ts";
import type { Tally } from "./tally.ts";

const PATCHES_PER_OBJECT = 10;
const KINDS = BUILTIN_KINDS;

/** Random patches of the three kinds at one object each, dry runs: our result beside the server's, or our refusal beside its. */
export async function judgePatches(client: JudgeClient, tally: Tally, objects: number, seed: number): Promise<void> {
  for (let index = 0; index < objects; index++) {
    const kind = KINDS[index % KINDS.length] as PlayKind;
    const random = new Random(seed + index);
    const name = `patched-${seed + index}`;
    const body = kind.body(random);
    const metadata = { ...(body["metadata"] as object), finalizers: undefined, name };
    const created = await client.send("POST", kind.path, {
      ...body,
      apiVersion: kind.apiVersion,
      kind: kind.kind,
      metadata,
    });
    if (created.status !== 201) continue;
    const live = created.body as unknown as KubeObject;
    for (let at = 0; at < PATCHES_PER_OBJECT; at++) {
      await judgeOne(client, tally, kind, live, random, `${kind.name} ${seed + index}.${at}`);
    }
    await client.send("DELETE", `${kind.path}/${name}`);
  }
}

async function judgeOne(
  client: JudgeClient,
  tally: Tally,
  kind: PlayKind,
  live: KubeObject,
  random: Random,
  title: string,
): Promise<void> {
  const path = `${kind.path}/${live.metadata.name}?dryRun=All&fieldValidation=Ignore`;
  const type = random.pick(["strategic", "strategic", "merge", "json"] as const);
  const other = kind.body(random);
  const patch =
    type === "json" ? randomOperations(random, live) : randomPatch(random, other as JsonObject, type === "strategic");
  const media = { strategic: "strategic-merge-patch", merge: "merge-patch", json: "json-patch" }[type];
  const answer = await client.send("PATCH", path, patch, `application/${media}+json`);
  const fault = judge(answer, live, () => predict(type, live, patch));
  if (fault === undefined) tally.agrees();
  else tally.differs(`${title} ${type} ${JSON.stringify(patch)}`, `${fault}\nlive: ${JSON.stringify(live)}`);
}

function predict(type: "strategic" | "merge" | "json", live: KubeObject, patch: Json): KubeObject {
  const schema = builtinSchemas().forKind(gvkOf(live));
  if (!schema) throw new Error(`no schema of ${live.kind}`);
  if (type === "json") return jsonPatch(live, patch as unknown as JsonPatchOperation[]) as KubeObject;
  if (type === "merge") return mergePatch(live, patch) as KubeObject;
  return strategicMergePatch(live, patch as JsonObject, schema) as KubeObject;
}

function judge({ status, body }: Answer, live: KubeObject, run: () => KubeObject): string | undefined {
  let ours: KubeObject;
  try {
    // A patch that empties the object leaves its kind: the endpoint knows it.
    ours = { ...run(), apiVersion: live.apiVersion, kind: live.kind };
    ours.metadata ??= {};
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    const message = error.problems[0]?.message ?? "";
    // Go's own messages carry trailing newlines and the order of its maps.
    // A JSON patch that fails is answered with one general sentence, whatever failed.
    const isExpected =
      error.code === "PatchFailed"
        ? status === 422
        : status >= 400 && String(body["message"]).trim() === message.trim();
    return isExpected
      ? undefined
      : `we refuse with ${error.code}: ${message}\nthe server says ${status}: ${String(body["message"])}`;
  }
  // What validation refuses is judged elsewhere.
  if (status === 422 || status === 400)
    return body["reason"] === "Invalid" ||
      /cannot unmarshal|cannot be handled|was undeterminable/.test(String(body["message"]))
      ? undefined
      : `the server refuses: ${String(body["message"])}`;
  if (status !== 200) return `the server says ${status}: ${String(body["message"])}`;
  const strip = (object: KubeObject): unknown => {
    const plain = withoutVolatile(object);
    return { ...plain, metadata: { ...plain.metadata, managedFields: [] } };
  };
  return differenceOf(strip(storedForm(applyDefaults(ours))), strip(body as unknown as KubeObject));
}

/** A random part of another body, with nulls and, for strategic patches, directives sprinkled in. */
function randomPatch(random: Random, source: JsonObject, isStrategic: boolean): JsonObject {
  const out: JsonObject = {};
  for (const [key, value] of Object.entries(source)) {
    if (key === "selector" || value === undefined) continue;
    const dice = random.next();
    if (dice < 0.08) out[key] = null;
    else if (dice < 0.75)
      out[key] = isJsonObject(value) ? randomPatch(random, value, isStrategic) : randomList(random, value, isStrategic);
    if (isStrategic && Array.isArray(value) && random.chance(0.15)) addOrder(random, out, key, value);
  }
  if (isStrategic && random.chance(0.04)) out["$patch"] = random.pick(["replace", "delete", "merge"]);
  if (isStrategic && random.chance(0.04)) out["$retainKeys"] = Object.keys(out).filter((key) => !key.startsWith("$"));
  return out;
}

function addOrder(random: Random, out: JsonObject, key: string, value: readonly Json[]): void {
  const mergeKeys: Record<string, string> = {
    containers: "name",
    env: "name",
    volumes: "name",
    ports: "containerPort",
    finalizers: "",
  };
  const mergeKey = mergeKeys[key];
  if (mergeKey === undefined) return;
  const names = value.map((item) => (isJsonObject(item) ? { [mergeKey]: item[mergeKey] ?? null } : item));
  out[`$setElementOrder/${key}`] = random.chance(0.8) ? names : names.reverse();
  if (mergeKey === "" && random.chance(0.5)) out[`$deleteFromPrimitiveList/${key}`] = [...value];
}

function randomList(random: Random, value: Json, isStrategic: boolean): Json {
  if (!Array.isArray(value)) return value;
  const items: Json[] = [];
  for (const item of value) {
    if (!isStrategic || !isJsonObject(item)) {
      items.push(item);
      continue;
    }
    const dice = random.next();
    const [key] = Object.keys(item);
    if (dice < 0.15 && key !== undefined) items.push({ [key]: item[key] ?? null, $patch: "delete" });
    else items.push(item);
  }
  if (isStrategic && items.some(isJsonObject) && random.chance(0.05)) items.push({ $patch: "replace" });
  return items;
}

function randomOperations(random: Random, live: KubeObject): Json {
  const paths = pointersOf(live).filter(
    (path) =>
      !/^\/(apiVersion|kind|metadata\/(name|uid|resourceVersion|namespace|managedFields|creationTimestamp|generation)|status|spec\/selector)/.test(
        path,
      ),
  );
  const operations: JsonObject[] = [];
  for (let count = 1 + random.below(3); count > 0; count--) {
    const path = random.chance(0.85) ? random.pick(paths) : `${random.pick(paths)}/nothing`;
    const op = random.pick(["add", "remove", "replace", "test", "move", "copy"]);
    operations.push({
      op,
      path,
      ...(op === "move" || op === "copy" ? { from: random.pick(paths) } : {}),
      ...(op === "remove" ? {} : { value: random.pick(["1", "x"]) }),
    });
  }
  return operations;
}

function pointersOf(value: Json, path = ""): string[] {
  if (Array.isArray(value))
    return [path, `${path}/-`, ...value.flatMap((item, index) => pointersOf(item, `${path}/${index}`))];
  if (!isJsonObject(value)) return [path];
  const inner = Object.entries(value).flatMap(([key, item]) =>
    pointersOf(item ?? null, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
  return path === "" ? inner : [path, ...inner];
}
