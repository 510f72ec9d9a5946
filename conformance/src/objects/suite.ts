import { startKubeApiServer } from "../kube-apiserver.ts";
import { sortKnown, type Suite, type SuiteContext, type SuiteResult } from "../suite.ts";
import { JudgeClient } from "./client.ts";
import { judgeCustom } from "./custom.ts";
import { judgeDefaults } from "./defaults.ts";
import { KNOWN } from "./known.ts";
import { judgeMerge } from "./merge.ts";
import { judgePatches } from "./patches.ts";
import { judgeRules } from "./rules.ts";
import { Tally } from "./tally.ts";
import { judgeUpdateValidation, judgeValidation } from "./validation.ts";

/** How much is played in each part, by default; `--rounds 10` plays ten times as much, `--seed 7` other games, `--only PART` one part. */
const GAMES = 40;
const PATCHED_OBJECTS = 60;
const SPOILED_PER_MANIFEST = 10;
const GADGETS = 400;

export const suite: Suite = {
  name: "objects",
  description:
    "kube-apiserver 1.35 judges structured merge and managedFields, patches, defaults, validation and custom resources",
  tools: ["etcd", "kubernetes"],
  run: judgeObjects,
};

interface Part {
  readonly what: string;
  judge(client: JudgeClient, tally: Tally, rounds: number, seed: number): Promise<void>;
}

const PARTS: Readonly<Record<string, Part>> = {
  merge: {
    what: "appliers and updaters over one object, and its managedFields",
    judge: (client, tally, rounds, seed) => judgeMerge(client, tally, GAMES * rounds, seed),
  },
  patches: {
    what: "patches of every kind",
    judge: (client, tally, rounds, seed) => judgePatches(client, tally, PATCHED_OBJECTS * rounds, seed),
  },
  defaults: { what: "defaults", judge: judgeDefaults },
  validation: {
    what: "validation of the built-in kinds",
    async judge(client, tally, rounds, seed) {
      await judgeValidation(client, tally, SPOILED_PER_MANIFEST * rounds, seed);
      await judgeUpdateValidation(client, tally, SPOILED_PER_MANIFEST * rounds, seed);
    },
  },
  custom: {
    what: "custom resources",
    judge: (client, tally, rounds, seed) => judgeCustom(client, tally, GADGETS * rounds, seed),
  },
  rules: { what: "rules of custom resource definitions", judge: judgeRules },
};

async function judgeObjects(context: SuiteContext): Promise<SuiteResult> {
  const rounds = numberAfter(context.args, "--rounds") ?? 1;
  const seed = numberAfter(context.args, "--seed") ?? 1;
  const only = context.args[context.args.indexOf("--only") + 1 || context.args.length];
  const server = await startKubeApiServer({
    etcdDirectory: context.toolDirectory("etcd"),
    kubernetesDirectory: context.toolDirectory("kubernetes"),
  });
  const client = new JudgeClient(server);
  const tally = new Tally();
  try {
    for (const [name, part] of Object.entries(PARTS)) {
      if (only !== undefined && name !== only) continue;
      context.say(part.what);
      await part.judge(client, tally, rounds, seed);
    }
  } finally {
    client.close();
    await server.stop();
  }
  const result = tally.result();
  return { ...result, ...sortKnown(result.different, KNOWN) };
}

function numberAfter(args: readonly string[], flag: string): number | undefined {
  const index = args.indexOf(flag);
  const value = index < 0 ? Number.NaN : Number(args[index + 1]);
  return Number.isInteger(value) && value > 0 ? value : undefined;
}
