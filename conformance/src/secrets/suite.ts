import { execFileSync } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sopsCommand } from "@fairlead/secrets/command";
import { judgeControllers } from "./controllers.ts";
import { canRunPeerController } from "./peer-controller.ts";
import { sortKnown, type Difference, type Skipped, type Suite, type SuiteContext, type SuiteResult } from "../suite.ts";
import { KNOWN } from "./known.ts";
import { CLOUD_KEYS, startCloudStub } from "./cloud-stub.ts";
import { command, program, type Judge, type Ran, type Run } from "./run.ts";
import {
  CALLS,
  CHANGES,
  CONFIG,
  FILES,
  ODD_FILES,
  RULES,
  SELECTED,
  SELECTED_JSON,
  SELECTED_YAML,
  SELECTIONS,
} from "./sops-cases.ts";
import { judgeOnline } from "./kubeseal-online.ts";
import { judgeSeals } from "./seals.ts";

/** sops and kubeseal in both directions: what one encrypts the other opens to the same bytes, and both refuse with one exit code. */
export const suite: Suite = {
  name: "secrets",
  description: "Sealed Secrets and SOPS files, written by one and read by the other, against kubeseal and sops",
  tools: ["sops", "kubeseal", "age", "etcd", "kubernetes"],
  async run(context): Promise<SuiteResult> {
    const folder = mkdtempSync(join(tmpdir(), "conformance-secrets-"));
    const different: Difference[] = [];
    const skipped: Skipped[] = [];
    let same = 0;
    const judge: Judge = (name, wanted, found) => {
      if (wanted === found) same += 1;
      else different.push({ name, detail: `wanted ${wanted.slice(0, 400)}\nfound  ${found.slice(0, 400)}` });
    };
    try {
      const kubeseal = context.toolDirectory("kubeseal");
      const parts: Readonly<Record<string, () => Promise<void>>> = {
        seals: () => judgeSeals(kubeseal, folder, judge),
        online: () => judgeOnline(join(kubeseal, "kubeseal"), folder, judge),
        controllers: async () => {
          if (!canRunPeerController()) return void skipped.push(NO_NAMESPACE);
          await judgeControllers(
            { kubeseal, etcd: context.toolDirectory("etcd"), kubernetes: context.toolDirectory("kubernetes") },
            folder,
            judge,
          );
        },
        clouds: () => judgeClouds(context, folder, judge),
        rules: () => judgeSops(context, join(folder, "rules"), judge, "rules"),
        sops: () => judgeSops(context, join(folder, "sops"), judge, "files"),
      };
      const [only] = context.args;
      for (const [name, run] of Object.entries(parts)) {
        if (only !== undefined && only !== name) continue;
        context.say(name);
        await run();
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
    return { same, ...sortKnown(different, KNOWN), skipped };
  },
};

const NO_NAMESPACE: Skipped = {
  name: "the real controller",
  reason:
    "this machine makes no mount namespaces (unshare -rm), and the controller looks for its account in /run alone",
};

type Environment = Readonly<Record<string, string | undefined>>;

interface Sides {
  readonly real: Run;
  readonly ours: Run;
  readonly folder: string;
  readonly judge: Judge;
}

async function judgeSops(context: SuiteContext, folder: string, judge: Judge, part: "rules" | "files"): Promise<void> {
  mkdirSync(folder);
  const keys = ["one", "two"].map((name) => {
    const path = join(folder, name);
    const keygen = join(context.toolDirectory("age"), "age-keygen");
    execFileSync(keygen, ["-o", path], { stdio: "ignore" });
    return {
      text: execFileSync("cat", [path]).toString(),
      recipient: execFileSync(keygen, ["-y", path]).toString().trim(),
    };
  });
  const recipients = keys.map(({ recipient }) => recipient);
  const ssh = ["ed25519", "rsa"].map((type) => {
    execFileSync("ssh-keygen", ["-q", "-t", type, "-N", "", "-f", join(folder, type)]);
    return type;
  });
  const env = { HOME: folder, PATH: process.env["PATH"], SOPS_AGE_KEY: keys.map(({ text }) => text).join("\n") };
  const sides = (more: object): Sides => ({
    real: program(join(context.toolDirectory("sops"), "sops"), folder, { ...env, ...more }),
    ours: command(sopsCommand, folder, { ...env, ...more }),
    folder,
    judge,
  });
  for (const [name, content] of [...FILES, ...ODD_FILES]) writeFileSync(join(folder, name), content);
  if (part === "rules") {
    await judgeSelections(join(context.toolDirectory("sops"), "sops"), folder, env, recipients, judge);
    return judgeCalls(sides({ OUTER: "outer" }), recipients, { ...env, OUTER: "outer" });
  }
  await judgeFormats(sides({}), recipients[0] ?? "");
  await judgeChanges(sides({}), recipients[0] ?? "");
  for (const type of ssh) {
    const recipient = execFileSync("cat", [join(folder, `${type}.pub`)])
      .toString()
      .trim();
    const only = sides({ SOPS_AGE_KEY: "", SOPS_AGE_SSH_PRIVATE_KEY_FILE: join(folder, type) });
    await judgeFile(only, "all.yaml", ["--age", recipient], `ssh-${type} `);
  }
  const inside = join(folder, "config");
  mkdirSync(inside);
  writeFileSync(join(inside, ".sops.yaml"), CONFIG(recipients[0] ?? "", recipients[1] ?? ""));
  const configured = {
    real: program(join(context.toolDirectory("sops"), "sops"), inside, env),
    ours: command(sopsCommand, inside, env),
    folder: inside,
    judge,
  };
  for (const name of ["groups.yaml", "comments.yaml", "only.json", "only.env", "none.yaml"]) {
    const content = name.endsWith("yaml")
      ? "# secret\na: 1\n# plain\nb: 2\n"
      : name.endsWith("env")
        ? "a=1\nb=2\n"
        : '{"a":1,"b":2}';
    writeFileSync(join(inside, name), content);
    await judgeFile(configured, name, [], "config ");
  }
}

/** Keys in clouds: a stub of their APIs, which both ask. */
async function judgeClouds(context: SuiteContext, root: string, judge: Judge): Promise<void> {
  const folder = join(root, "clouds");
  mkdirSync(folder);
  writeFileSync(join(folder, "all.yaml"), "a: planted\nb: 1\n");
  const stub = await startCloudStub();
  const env = {
    HOME: folder,
    PATH: process.env["PATH"],
    AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
    AWS_SECRET_ACCESS_KEY: "secret",
    AWS_ENDPOINT_URL: stub.url,
    GOOGLE_OAUTH_ACCESS_TOKEN: CLOUD_KEYS.token,
    SOPS_GCP_KMS_ENDPOINT: stub.url,
    SOPS_GCP_KMS_CLIENT_TYPE: "rest",
    VAULT_TOKEN: CLOUD_KEYS.token,
  };
  const { arn, role, resource } = CLOUD_KEYS;
  const vault = `${stub.url}/v1/team/transit/keys/dev`;
  const cases: readonly (readonly string[])[] = [
    ["--kms", arn],
    ["--kms", `${arn}+${role}`],
    ["--kms", arn, "--encryption-context", "app:web,stage:prod"],
    ["--gcp-kms", resource],
    ["--hc-vault-transit", vault],
    ["--kms", arn, "--gcp-kms", resource, "--hc-vault-transit", vault],
    ["--kms", "arn:aws:kms:nowhere"],
    ["--gcp-kms", "projects/p"],
    ["--hc-vault-transit", "transit/keys/dev"],
  ];
  const sides: Sides = {
    real: program(join(context.toolDirectory("sops"), "sops"), folder, env, { isAsync: true }),
    ours: command(sopsCommand, folder, env),
    folder,
    judge,
  };
  try {
    for (const args of cases)
      await judgeFile(sides, "all.yaml", args, `clouds ${args.join(" ").replaceAll(stub.url, "VAULT")}`);
    const refused = { ...env, SOPS_HC_VAULT_ALLOWLIST: "https://vault.example.org, http://127.0.0.1:1" };
    const [real, ours] = [
      program(join(context.toolDirectory("sops"), "sops"), folder, refused, { isAsync: true }),
      command(sopsCommand, folder, refused),
    ];
    const args = ["encrypt", "--hc-vault-transit", vault, "all.yaml"];
    judge("a Vault that is not allowed", String((await real(args)).exit), String((await ours(args)).exit));
    const allowed = { ...env, SOPS_HC_VAULT_ALLOWLIST: `https://vault.example.org,${stub.url}/` };
    const open = [
      await program(join(context.toolDirectory("sops"), "sops"), folder, allowed, { isAsync: true })(args),
      await command(sopsCommand, folder, allowed)(args),
    ];
    judge("a Vault that is allowed", String(open[0]?.exit), String(open[1]?.exit));
  } finally {
    await stub.close();
  }
}

/** Every selection rule, and .sops.yaml from a folder above; then updatekeys after the rules changed. */
async function judgeSelections(
  sops: string,
  root: string,
  env: Environment,
  recipients: readonly string[],
  judge: Judge,
): Promise<void> {
  const folder = join(root, "selections");
  mkdirSync(join(folder, "inner"), { recursive: true });
  const [one = "", two = ""] = recipients;
  writeFileSync(join(folder, ".sops.yaml"), SELECTIONS(one, two));
  const sides: Sides = { real: program(sops, folder, env), ours: command(sopsCommand, folder, env), folder, judge };
  for (const name of SELECTED) {
    writeFileSync(join(folder, `${name}.yaml`), SELECTED_YAML);
    writeFileSync(join(folder, `${name}.json`), SELECTED_JSON);
    await judgeFile(sides, `${name}.yaml`, [], "selection ");
    await judgeFile(sides, `${name}.json`, [], "selection ");
  }
  const inside = join(folder, "inner");
  writeFileSync(join(inside, "in.yaml"), "a: 1\n");
  const within: Sides = {
    real: program(sops, inside, env),
    ours: command(sopsCommand, inside, env),
    folder: inside,
    judge,
  };
  await judgeFile(within, "in.yaml", [], "selection from a folder below ");
  for (const who of ["real", "ours"] as const) {
    const { out } = await sides.real(["encrypt", "us.yaml"]);
    writeFileSync(join(folder, `twice.${who}.yaml`), out);
  }
  const updated = [
    await sides.real(["updatekeys", "-y", "twice.real.yaml"]),
    await sides.ours(["updatekeys", "-y", "twice.ours.yaml"]),
  ];
  judge("updatekeys", String(updated[0]?.exit), String(updated[1]?.exit));
  const [wanted, found] = ["real", "ours"].map((who) => readFileSync(join(folder, `twice.${who}.yaml`), "latin1"));
  judge("updatekeys: file", masked(wanted ?? ""), masked(found ?? ""));
  const again = [
    await sides.real(["updatekeys", "twice.real.yaml"]),
    await sides.ours(["updatekeys", "twice.ours.yaml"]),
  ];
  judge("updatekeys again", String(again[0]?.exit), String(again[1]?.exit));
}

/** The same questions of both, older command lines too, and programs run with what a file holds. */
async function judgeCalls(
  { real, ours, folder, judge }: Sides,
  recipients: readonly string[],
  env: Environment,
): Promise<void> {
  const age = ["encrypt", "--age", recipients.join(",")];
  writeFileSync(join(folder, "selected.yaml"), SELECTED_YAML);
  writeFileSync(join(folder, "flat.yaml"), 'A: planted\nB: 1\nC: "two words"\n');
  const { out } = await real([...age, "selected.yaml"]);
  const flat = await real([...age, "flat.yaml"]);
  for (const who of ["real", "ours"]) {
    writeFileSync(join(folder, `call.${who}.yaml`), out);
    writeFileSync(join(folder, `flat.call.${who}.yaml`), flat.out);
  }
  // What a program prints goes past our own process's standard output, so ours is run as one.
  const asProgram = program(process.execPath, folder, env);
  for (const call of CALLS) {
    const args = (who: string): string[] => call.map((arg) => arg.replace("FILE", `call.${who}.yaml`));
    const isExec = call[0]?.startsWith("exec-") ?? false;
    const [a, b] = [
      await real(args("real")),
      await (isExec ? asProgram([FAIRLEAD, "sops", ...args("ours")]) : ours(args("ours"))),
    ];
    // The folder a file is put into is nobody's to foretell.
    judge(`call ${call.join(" ")}`, answerOf(a), answerOf(b));
  }
  const [wanted, found] = [await real(["decrypt", "call.real.yaml"]), await real(["decrypt", "call.ours.yaml"])];
  judge("after all calls", answerOf(wanted), answerOf(found));
}

const FAIRLEAD = join(import.meta.dirname, "../../../packages/cli/bin/fairlead.mjs");

async function judgeFormats(sides: Sides, recipient: string): Promise<void> {
  for (const [name] of FILES) {
    for (const rules of RULES) await judgeFile(sides, name, ["--age", recipient, ...rules], rules.join(" "));
  }
  for (const [name] of ODD_FILES) await judgeFile(sides, name, ["--age", recipient], "odd");
}

/** Both encrypt; both open both results, and as every other format. */
async function judgeFile(
  { real, ours, folder, judge }: Sides,
  name: string,
  args: readonly string[],
  title: string,
): Promise<void> {
  const encrypted = { real: await real(["encrypt", ...args, name]), ours: await ours(["encrypt", ...args, name]) };
  judge(`encrypt ${title} ${name}`, String(encrypted.real.exit), String(encrypted.ours.exit));
  if (encrypted.real.exit !== 0 || encrypted.ours.exit !== 0) return;
  judge(`form ${title} ${name}`, formOf(encrypted.real), formOf(encrypted.ours));
  for (const [who, { out }] of Object.entries(encrypted)) {
    const sealed = `${who}.${name}`;
    writeFileSync(join(folder, sealed), out);
    judge(
      `open ${title} ${sealed}`,
      answerOf(await real(["decrypt", sealed])),
      answerOf(await ours(["decrypt", sealed])),
    );
  }
  if (title !== "") return;
  for (const type of ["yaml", "json", "dotenv", "ini", "binary"]) {
    const as = ["decrypt", "--output-type", type, `real.${name}`];
    judge(`as ${type} ${name}`, answerOf(await real(as)), answerOf(await ours(as)));
  }
}

async function judgeChanges({ real, ours, folder, judge }: Sides, recipient: string): Promise<void> {
  const { out } = await real(["encrypt", "--age", recipient, "all.yaml"]);
  writeFileSync(join(folder, "change.real.yaml"), out);
  writeFileSync(join(folder, "change.ours.yaml"), out);
  for (const change of CHANGES) {
    const args = (file: string): string[] => change.map((arg) => (arg === "FILE" ? file : arg));
    judge(
      change.join(" "),
      answerOf(await real(args("change.real.yaml"))),
      answerOf(await ours(args("change.ours.yaml"))),
    );
    const [wanted, found] = [await real(["decrypt", "change.real.yaml"]), await real(["decrypt", "change.ours.yaml"])];
    judge(`after ${change.join(" ")}`, answerOf(wanted), answerOf(found));
  }
}

function answerOf({ exit, out }: Ran): string {
  return `${exit} ${out.toString("latin1")}`;
}

/** The file without what chance decides. */
function formOf({ out }: Ran): string {
  return masked(out.toString());
}

function masked(text: string): string {
  return text
    .replace(/ENC\[[^\]]*,type:(\w+)\]/g, "ENC $1")
    .replace(/\\n[A-Za-z0-9+/=]*/g, "")
    .replace(/^([ -]*enc: )(?!\|)\S+$/gm, "$1WRAPPED")
    .replace(/^ *[A-Za-z0-9+/=]*$/gm, "")
    .replace(/T[0-9:]*Z/g, "");
}
