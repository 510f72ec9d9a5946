import { setTimeout as sleep } from "node:timers/promises";
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
  type ConvertVersion,
  type FieldSet,
  type KubeObject,
  type SchemaNode,
  type Versioned,
} from "@fairlead/apimachinery";
import { cloneJson, ProblemError } from "@fairlead/base";
import { differenceOf, withoutVolatile } from "./compare.ts";
import type { JudgeClient } from "./client.ts";
import { CUSTOM_KINDS } from "./custom-kinds.ts";
import { BUILTIN_KINDS, type PlayKind } from "./kinds.ts";
import { Random } from "./random.ts";
import type { Tally } from "./tally.ts";

const STEPS_PER_GAME = 8;
const PLAY_KINDS = [...BUILTIN_KINDS, ...CUSTOM_KINDS];

/** Random writers at one object: after each write our prediction of the object and its managedFields is laid beside the answer. */
export async function judgeMerge(client: JudgeClient, tally: Tally, games: number, seed: number): Promise<void> {
  for (const kind of CUSTOM_KINDS) await serveCustom(client, kind);
  for (let game = 0; game < games; game++) {
    const kind = PLAY_KINDS[game % PLAY_KINDS.length] as PlayKind;
    await playGame(client, tally, kind, seed + game);
  }
}

async function serveCustom(client: JudgeClient, kind: PlayKind): Promise<void> {
  const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const { status, body } = await client.send("POST", path, kind.definition);
  if (status !== 201) throw new Error(`the definition of ${kind.kind} is refused: ${JSON.stringify(body)}`);
  for (const apiVersion of kind.versions ?? [kind.apiVersion]) {
    while ((await client.send("GET", pathOf(kind, apiVersion))).status !== 200) await sleep(100);
  }
}

function pathOf(kind: PlayKind, apiVersion: string): string {
  return kind.path.replace(`/${kind.apiVersion}/`, `/${apiVersion}/`);
}

interface Game {
  readonly client: JudgeClient;
  readonly kind: PlayKind;
  readonly random: Random;
  readonly name: string;
  /** The version of the endpoint that this step writes to, with its schema and path. */
  apiVersion: string;
  schema: SchemaNode;
  path: string;
  live: KubeObject | undefined;
}

interface Refusal {
  readonly status: 409 | 500;
  readonly refusal: string;
}

interface Step {
  readonly what: string;
  /** Made after the answer is there, since entries are sorted by the time the server took. */
  readonly predict: (now: number) => KubeObject | Refusal;
  readonly status: number;
  readonly body: Record<string, unknown>;
}

async function playGame(client: JudgeClient, tally: Tally, kind: PlayKind, seed: number): Promise<void> {
  const at = { apiVersion: kind.apiVersion, path: kind.path, schema: schemaOf(kind, kind.apiVersion) };
  const game: Game = { client, kind, ...at, random: new Random(seed), name: `game-${seed}`, live: undefined };
  await client.send("DELETE", `${kind.path}/${game.name}`);
  for (let index = 0; index < STEPS_PER_GAME; index++) {
    await chooseVersion(game);
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

function schemaOf({ kind, definition }: PlayKind, apiVersion: string): SchemaNode {
  const { version } = gvkOf({ apiVersion, kind });
  const schema = definition ? crdSchema(definition, version) : builtinSchemas().forKind(gvkOf({ apiVersion, kind }));
  if (!schema) throw new Error(`no schema of ${kind} in ${apiVersion}`);
  return schema;
}

/** Another version's endpoint, and the object as it is there. */
async function chooseVersion(game: Game): Promise<void> {
  const { kind, random } = game;
  if (kind.versions === undefined || kind.versions.length < 2) return;
  game.apiVersion = random.pick(kind.versions);
  game.path = pathOf(kind, game.apiVersion);
  game.schema = schemaOf(kind, game.apiVersion);
  if (game.live === undefined) return;
  const { body } = await game.client.send("GET", `${game.path}/${game.name}`);
  game.live = body as unknown as KubeObject;
}

/** As the server without a conversion webhook does it for field tracking: another apiVersion, and no field less. */
function convertIn({ kind }: Game, object: KubeObject, apiVersion: string): Versioned | undefined {
  if (!kind.versions?.includes(apiVersion)) return undefined;
  return { object: { ...object, apiVersion }, schema: schemaOf(kind, apiVersion) };
}

/** As it comes back from storage: with the defaults of the stored version, and without what either version does not declare. */
function stored({ kind, apiVersion }: Game, object: KubeObject): KubeObject {
  if (kind.versions === undefined) return object;
  const inStorage = customDefaults({ ...object, apiVersion: kind.apiVersion }, schemaOf(kind, kind.apiVersion));
  return customDefaults({ ...inStorage, apiVersion }, schemaOf(kind, apiVersion));
}

function judgeStep(step: Step, game: Game): string | undefined {
  const { status, body } = step;
  const predicted = step.predict(latestTime(body));
  if ("refusal" in predicted) {
    const said = `${status}: ${String(body["message"])}`;
    const expected = `${predicted.status}: ${predicted.refusal}`;
    return said === expected ? undefined : `refusal\n  ours:   ${expected}\n  theirs: ${said}`;
  }
  if (status !== 200 && status !== 201) {
    return status === 422 ? undefined : `the server says ${status}: ${JSON.stringify(body).slice(0, 800)}`;
  }
  game.live = body as unknown as KubeObject;
  const isComparable = game.kind.definition !== undefined || !step.what.startsWith("create");
  const ours = withoutVolatile(game.kind.definition ? stored(game, predicted) : storedForm(predicted));
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
  return game.kind.definition !== undefined ? customDefaults(object, game.schema) : applyDefaults(object);
}

function customDefaults(object: KubeObject, schema: SchemaNode): KubeObject {
  return decodeCustom(object, schema).object;
}

function resetOf(game: Game, subresource = ""): FieldSet | undefined {
  return game.kind.definition !== undefined
    ? customResetFields(true, subresource)
    : resetFields(gvkOf(game.kind), subresource);
}

function bodyFor(game: Game): KubeObject {
  const body = game.kind.body(game.random);
  const { apiVersion } = game;
  const { kind } = game.kind;
  const metadata = { ...(body["metadata"] as object), name: game.name, namespace: "default" };
  return { ...body, apiVersion, kind, metadata } as unknown as KubeObject;
}

async function applyStep(game: Game): Promise<Step> {
  const applied = bodyFor(game);
  const manager = game.random.pick(["alice", "bob", "carol"]);
  const force = game.random.chance(0.5);
  const { live } = game;
  const applying = (now: number): KubeObject | Refusal => {
    const result = applyPatch({
      live,
      applied,
      manager,
      force,
      schema: game.schema,
      apiVersion: game.apiVersion,
      now,
      reset: resetOf(game),
      convert: (object, apiVersion) => convertIn(game, object, apiVersion),
      defaults: (object) =>
        game.kind.definition !== undefined ? customDefaults(object, game.schema) : applyDefaults(object),
    });
    return result.conflicts.length > 0 ? { status: 409, refusal: result.message } : result.object;
  };
  const predict: Step["predict"] = (now) => {
    try {
      return applying(now);
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      return { status: 500, refusal: error.message };
    }
  };
  const query = `?fieldManager=${manager}&force=${force}`;
  const path = `${game.path}/${game.name}${query}`;
  const { status, body } = await game.client.send("PATCH", path, applied, "application/apply-patch+yaml");
  const what = `${game.live ? "" : "create by "}apply as ${manager}${force ? " forced" : ""} ${JSON.stringify(applied)}`;
  return { what, predict, status, body };
}

async function createStep(game: Game): Promise<Step> {
  const object = bodyFor(game);
  const { status, body } = await game.client.send("POST", `${game.path}?fieldManager=dave`, object);
  const after = defaulted(game, object);
  const convert: ConvertVersion = (from, version) => convertIn(game, from, version);
  const common = { manager: "dave", schema: game.schema, apiVersion: game.apiVersion, reset: resetOf(game), convert };
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
  const path = `${game.path}/${game.name}?fieldManager=${manager}`;
  const { status, body } = await game.client.send("PUT", path, after);
  const convert: ConvertVersion = (from, version) => convertIn(game, from, version);
  const common = { manager, schema: game.schema, apiVersion: game.apiVersion, reset: resetOf(game), convert };
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
    if (game.kind.definition !== undefined && game.random.chance(0.1)) delete out[key];
  }
  return out as never;
}

async function statusStep(game: Game): Promise<Step> {
  const live = game.live as KubeObject;
  const after = cloneJson(live);
  after["status"] =
    game.kind.definition !== undefined
      ? { phase: game.random.pick(["up", "down"]) }
      : { replicas: game.random.below(3), observedGeneration: game.random.below(3) };
  if (game.random.chance(0.3)) after.metadata.labels = { changed: "1" };
  const path = `${game.path}/${game.name}/status?fieldManager=frank`;
  const { status, body } = await game.client.send("PUT", path, after);
  const { apiVersion } = game;
  const predict = (now: number): KubeObject => {
    const reset = resetOf(game, "status");
    const convert: ConvertVersion = (from, version) => convertIn(game, from, version);
    const common = { manager: "frank", subresource: "status", schema: game.schema, apiVersion, reset, now, convert };
    const tracked = trackUpdate({ before: live, after: defaulted(game, after), ...common });
    // What the endpoint ignores is put back afterwards: labels, in both families of kinds played here.
    const labels = (live.metadata.labels ?? {}) as Record<string, string>;
    const keepsLabels = game.kind.definition !== undefined || game.kind.kind === "Deployment";
    return keepsLabels ? { ...tracked, metadata: { ...tracked.metadata, labels } } : tracked;
  };
  return { what: `status ${JSON.stringify(after["status"])}`, predict, status, body };
}
