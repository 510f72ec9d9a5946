import { setTimeout as sleep } from "node:timers/promises";
import {
  crdSchema,
  decodeCustom,
  fieldErrorBody,
  validateCustom,
  type KubeObject,
  type SchemaNode,
} from "@fairlead/apimachinery";
import { cloneJson } from "@fairlead/base";
import type { Answer, JudgeClient } from "./client.ts";
import { differenceOf } from "./compare.ts";
import { changedGadget, gadgetDefinition, randomGadget } from "./gadget.ts";
import { Random } from "./random.ts";
import type { Tally } from "./tally.ts";

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const GADGETS = "/apis/play.fairlead.dev/v1/namespaces/default/gadgets";

interface Cause {
  readonly field?: string;
  readonly message?: string;
}

/**
 * Custom resources: pruning, defaults, and every fault with its text. First objects that a lax definition let in are updated under
 * the strict one, then new ones are created.
 */
export async function judgeCustom(client: JudgeClient, tally: Tally, count: number, seed: number): Promise<void> {
  const random = new Random(seed);
  const schema = crdSchema(gadgetDefinition(true) as KubeObject, "v1");
  if (schema === undefined) throw new Error("the definition has no schema");
  await client.send("DELETE", `${DEFINITIONS}/gadgets.play.fairlead.dev`);
  await until(async () => (await client.send("GET", `${DEFINITIONS}/gadgets.play.fairlead.dev`)).status === 404);
  await client.send("POST", DEFINITIONS, gadgetDefinition(false));
  await until(async () => (await client.send("GET", GADGETS)).status === 200);
  const names = await storeAnything(client, random, Math.ceil(count / 10));
  await replaceDefinition(client);
  for (let index = 0; index < count; index++) {
    const isUpdate = names.length > 0 && random.chance(0.5);
    await (isUpdate ? judgeUpdate(client, tally, schema, random, names) : judgeCreate(client, tally, schema, random));
  }
}

async function storeAnything(client: JudgeClient, random: Random, count: number): Promise<string[]> {
  const names: string[] = [];
  for (let index = 0; index < count; index++) {
    const gadget = randomGadget(random) as KubeObject;
    gadget.metadata.name = `old-${index}`;
    delete gadget.metadata.labels;
    if ((await client.send("POST", GADGETS, gadget)).status === 201) names.push(`old-${index}`);
  }
  return names;
}

async function replaceDefinition(client: JudgeClient): Promise<void> {
  const { body } = await client.send("GET", `${DEFINITIONS}/gadgets.play.fairlead.dev`);
  const { metadata } = body as unknown as KubeObject;
  const answer = await client.send("PUT", `${DEFINITIONS}/gadgets.play.fairlead.dev`, {
    ...gadgetDefinition(true),
    metadata: { name: metadata.name, resourceVersion: metadata.resourceVersion },
  });
  if (answer.status !== 200) throw new Error(`the strict definition is refused: ${JSON.stringify(answer.body)}`);
  const bad = { ...randomGadget(new Random(1)), metadata: { name: "bad" }, spec: { size: 99 } };
  await until(async () => (await client.send("POST", `${GADGETS}?dryRun=All`, bad)).status === 422);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(200);
}

async function judgeCreate(client: JudgeClient, tally: Tally, schema: SchemaNode, random: Random): Promise<void> {
  const gadget = randomGadget(random) as KubeObject;
  const answer = await client.send("POST", `${GADGETS}?dryRun=All`, gadget);
  const sent = cloneJson(gadget);
  sent.metadata.namespace = "default";
  record(tally, `create ${JSON.stringify(gadget)}`, judge(answer, sent, undefined, schema));
}

async function judgeUpdate(
  client: JudgeClient,
  tally: Tally,
  schema: SchemaNode,
  random: Random,
  names: readonly string[],
): Promise<void> {
  const path = `${GADGETS}/${random.pick(names)}`;
  const before = (await client.send("GET", path)).body as unknown as KubeObject;
  const after = changedGadget(before, random) as KubeObject;
  const answer = await client.send("PUT", `${path}?dryRun=All`, after);
  const title = `update ${JSON.stringify(before["spec"])} to ${JSON.stringify(after["spec"])}`;
  record(tally, title, judge(answer, after, before, schema));
}

function record(tally: Tally, title: string, fault: string | undefined): void {
  if (fault === undefined) tally.agrees();
  else tally.differs(title, fault);
}

function judge(
  answer: Answer,
  sent: KubeObject,
  before: KubeObject | undefined,
  schema: SchemaNode,
): string | undefined {
  const { object } = decodeCustom(sent, schema);
  const errors = validateCustom(object, { schema, isNamespaced: true, before });
  const ours = [...new Set(errors.map((error) => `${error.field}: ${fieldErrorBody(error)}`))].sort();
  if (answer.status < 300) {
    if (ours.length > 0) return ours.map((text) => `only ours:   ${text}`).join("\n");
    return differenceOf(bare(object), bare(answer.body as unknown as KubeObject));
  }
  const details = (answer.body["details"] ?? {}) as { causes?: Cause[] };
  const theirs = [...new Set((details.causes ?? []).map((cause) => `${cause.field}: ${cause.message}`))].sort();
  if (theirs.length === 0) return `only theirs: ${JSON.stringify(answer.body["message"])}`;
  const missing = theirs.filter((text) => !ours.includes(text));
  const extra = ours.filter((text) => !theirs.includes(text));
  if (missing.length === 0 && extra.length === 0) return undefined;
  return [...missing.map((text) => `only theirs: ${text}`), ...extra.map((text) => `only ours:   ${text}`)].join("\n");
}

function bare(object: KubeObject): unknown {
  const { name, labels } = object.metadata;
  return { ...object, metadata: { name, labels } };
}
