import {
  applyDefaults,
  applyPatch,
  builtinSchemas,
  crdSchema,
  customResetFields,
  decodeCustom,
  gvkOf,
  resetFields,
  storedForm,
  trackUpdate,
  type FieldSet,
  type KubeObject,
  type SchemaNode,
} from "@fairlead/apimachinery";
import { cloneJson } from "@fairlead/base";
import { differenceOf, withoutVolatile } from "./compare.ts";
import type { JudgeClient } from "./client.ts";
import { PLAY_KINDS, TOY_CRD, type PlayKind } from "./kinds.ts";
import { Random } from "./random.ts";
import type { Tally } from "./tally.ts";

const STEPS_PER_GAME = 8;

/** Random writers at one object: after each write our prediction of the object and its managedFields is laid beside the answer. */
export async function judgeMerge(client: JudgeClient, tally: Tally, games: number, seed: number): Promise<void> {
  await client.send("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", TOY_CRD);
  await waitForToys(client);
  for (let game = 0; game < games; game++) {
    const kind = PLAY_KINDS[game % PLAY_KINDS.length] as PlayKind;
    await playGame(client, tally, kind, seed + game);
  }
}

async function waitForToys(client: JudgeClient): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const { status } = await client.send("GET", "/apis/play.fairlead.dev/v1/namespaces/default/toys");
    if (status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

interface Game {
  readonly client: JudgeClient;
  readonly kind: PlayKind;
  readonly schema: SchemaNode;
  readonly random: Random;
  readonly name: string;
  live: KubeObject | undefined;
}

interface Step {
  readonly what: string;
  /** Made after the answer is there, since entries are sorted by the time the server took. */
  readonly predict: (now: number) => KubeObject | { readonly conflict: string };
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function playGame(client: JudgeClient, tally: Tally, kind: PlayKind, seed: number): Promise<void> {
  const schema = kind.isCustom ? crdSchema(TOY_CRD, "v1") : builtinSchemas().forKind(gvkOf(kind));
  if (!schema) throw new Error(`no schema of ${kind.kind}`);
  const game: Game = { client, kind, schema, random: new Random(seed), name: `game-${seed}`, live: undefined };
  await client.send("DELETE", `${kind.path}/${game.name}`);
  for (let index = 0; index < STEPS_PER_GAME; index++) {
    const before = game.live;
    const step = await playStep(game);
    const title = `${kind.name} game ${seed} step ${index}: ${step.what}`;
    const fault = judgeStep(step, game);
    if (fault !== undefined)
      tally.differs(title, `${fault}\nbefore: ${JSON.stringify(before?.metadata.managedFields)}`);
    else tally.agrees();
  }
  if (game.live) {
    await client.send(
      "PATCH",
      `${kind.path}/${game.name}`,
      { metadata: { finalizers: null } },
      "application/merge-patch+json",
    );
    await client.send("DELETE", `${kind.path}/${game.name}`);
  }
}

function judgeStep(step: Step, game: Game): string | undefined {
  const { status, body } = step;
  const predicted = step.predict(latestTime(body));
  if ("conflict" in predicted) {
    if (status !== 409) return `we expect a conflict, the server says ${status}: ${JSON.stringify(body).slice(0, 500)}`;
    return body["message"] === predicted.conflict
      ? undefined
      : `message\n  ours:   ${predicted.conflict}\n  theirs: ${String(body["message"])}`;
  }
  if (status !== 200 && status !== 201) {
    return status === 422 ? undefined : `the server says ${status}: ${JSON.stringify(body).slice(0, 800)}`;
  }
  game.live = body as unknown as KubeObject;
  const isComparable = game.kind.isCustom || !step.what.startsWith("create");
  const ours = withoutVolatile(game.kind.isCustom ? predicted : storedForm(predicted));
  const theirs = withoutVolatile(game.live);
  const managed = differenceOf(ours.metadata.managedFields, theirs.metadata.managedFields);
  if (managed !== undefined) return `managedFields ${managed}`;
  if (!isComparable) return undefined;
  const rest = differenceOf(
    { ...ours, metadata: { ...ours.metadata, managedFields: [] } },
    { ...theirs, metadata: { ...theirs.metadata, managedFields: [] } },
  );
  return rest === undefined ? undefined : `object ${rest}`;
}

/** When the server made its newest entry. */
function latestTime(body: Record<string, unknown>): number {
  const metadata = (body["metadata"] ?? {}) as Partial<KubeObject["metadata"]>;
  const times = (metadata.managedFields ?? []).map((entry) => Date.parse(entry.time ?? "1970-01-01T00:00:00Z"));
  return Math.max(0, ...times);
}

function playStep(game: Game): Promise<Step> {
  const { random } = game;
  const dice = random.next();
  if (game.live === undefined) return dice < 0.5 ? applyStep(game) : createStep(game);
  if (dice < 0.6) return applyStep(game);
  if (dice < 0.9) return updateStep(game);
  return game.kind.hasStatus ? statusStep(game) : updateStep(game);
}

function defaulted(game: Game, object: KubeObject): KubeObject {
  return game.kind.isCustom ? customDefaults(object, game.schema) : applyDefaults(object);
}

function customDefaults(object: KubeObject, schema: SchemaNode): KubeObject {
  return decodeCustom(object, schema).object;
}

function resetOf(game: Game, subresource = ""): FieldSet | undefined {
  return game.kind.isCustom ? customResetFields(true, subresource) : resetFields(gvkOf(game.kind), subresource);
}

function bodyFor(game: Game): KubeObject {
  const body = game.kind.body(game.random);
  const { apiVersion, kind } = game.kind;
  const metadata = { ...(body["metadata"] as object), name: game.name, namespace: "default" };
  return { ...body, apiVersion, kind, metadata } as unknown as KubeObject;
}

async function applyStep(game: Game): Promise<Step> {
  const applied = bodyFor(game);
  const manager = game.random.pick(["alice", "bob", "carol"]);
  const force = game.random.chance(0.5);
  const { live } = game;
  const predict: Step["predict"] = (now) => {
    const result = applyPatch({
      live,
      applied,
      manager,
      force,
      schema: game.schema,
      apiVersion: game.kind.apiVersion,
      now,
      reset: resetOf(game),
      defaults: (object) => (game.kind.isCustom ? customDefaults(object, game.schema) : applyDefaults(object)),
    });
    return result.conflicts.length > 0 ? { conflict: result.message } : result.object;
  };
  const query = `?fieldManager=${manager}&force=${force}`;
  const path = `${game.kind.path}/${game.name}${query}`;
  const { status, body } = await game.client.send("PATCH", path, applied, "application/apply-patch+yaml");
  const what = `${game.live ? "" : "create by "}apply as ${manager}${force ? " forced" : ""} ${JSON.stringify(applied)}`;
  return { what, predict, status, body };
}

async function createStep(game: Game): Promise<Step> {
  const object = bodyFor(game);
  const { status, body } = await game.client.send("POST", `${game.kind.path}?fieldManager=dave`, object);
  const after = defaulted(game, object);
  const common = { manager: "dave", schema: game.schema, apiVersion: game.kind.apiVersion, reset: resetOf(game) };
  const predict = (now: number): KubeObject => trackUpdate({ before: undefined, after, ...common, now });
  return { what: `create ${JSON.stringify(object)}`, predict, status, body };
}

async function updateStep(game: Game): Promise<Step> {
  const live = game.live as KubeObject;
  const manager = game.random.pick(["dave", "erin"]);
  const change = bodyFor(game);
  const after = cloneJson(live);
  for (const [key, value] of Object.entries(change)) {
    if (key === "metadata")
      Object.assign(after.metadata, game.random.chance(0.5) ? { labels: change.metadata.labels ?? {} } : {});
    else if (game.random.chance(0.7)) after[key] = mixInto(game, live[key], value);
  }
  if (game.random.chance(0.1)) after.metadata.managedFields = [{}];
  const path = `${game.kind.path}/${game.name}?fieldManager=${manager}`;
  const { status, body } = await game.client.send("PUT", path, after);
  const common = { manager, schema: game.schema, apiVersion: game.kind.apiVersion, reset: resetOf(game) };
  const predict = (now: number): KubeObject =>
    trackUpdate({ before: live, after: defaulted(game, after), ...common, now });
  return { what: `update as ${manager} ${JSON.stringify(after)}`, predict, status, body };
}

/** Some top fields of the live value replaced by those of the change. */
function mixInto(game: Game, live: unknown, change: unknown): never {
  if (typeof live !== "object" || live === null || Array.isArray(live)) return change as never;
  const out: Record<string, unknown> = { ...(live as object) };
  for (const [key, value] of Object.entries(change as object)) if (game.random.chance(0.6)) out[key] = value;
  for (const key of Object.keys(out)) {
    if (game.kind.isCustom && game.random.chance(0.1)) delete out[key];
  }
  return out as never;
}

async function statusStep(game: Game): Promise<Step> {
  const live = game.live as KubeObject;
  const after = cloneJson(live);
  after["status"] = game.kind.isCustom
    ? { phase: game.random.pick(["up", "down"]) }
    : { replicas: game.random.below(3), observedGeneration: game.random.below(3) };
  if (game.random.chance(0.3)) after.metadata.labels = { changed: "1" };
  const path = `${game.kind.path}/${game.name}/status?fieldManager=frank`;
  const { status, body } = await game.client.send("PUT", path, after);
  const { apiVersion } = game.kind;
  const predict = (now: number): KubeObject => {
    const reset = resetOf(game, "status");
    const common = { manager: "frank", subresource: "status", schema: game.schema, apiVersion, reset, now };
    const tracked = trackUpdate({ before: live, after: defaulted(game, after), ...common });
    // What the endpoint ignores is put back afterwards: labels, in both families of kinds played here.
    const labels = (live.metadata.labels ?? {}) as Record<string, string>;
    const keepsLabels = game.kind.isCustom || game.kind.kind === "Deployment";
    return keepsLabels ? { ...tracked, metadata: { ...tracked.metadata, labels } } : tracked;
  };
  return { what: `status ${JSON.stringify(after["status"])}`, predict, status, body };
}
