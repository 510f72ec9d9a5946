import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { secretsCommand } from "@fairlead/secrets/command";
import { command, program, type Judge, type Run } from "./run.ts";

const SCOPES = ["strict", "namespace-wide", "cluster-wide"] as const;

const SECRETS: readonly (readonly [title: string, text: string])[] = [
  [
    "one",
    "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  namespace: ns\n  labels: {l: x}\n  annotations: {n: y}\ntype: Opaque\ndata: {k: aGVsbG8=}\nstringData: {p: 8080, t: text}\n",
  ],
  [
    "several",
    "kind: Secret\nmetadata: {name: a, namespace: ns}\nstringData: {k: v}\n---\nkind: Secret\nmetadata: {name: b, namespace: ns}\nstringData: {k: w}\n",
  ],
  ["empty", "kind: Secret\nmetadata: {name: a, namespace: ns}\n"],
  ["nameless", "kind: Secret\nmetadata: {namespace: ns}\nstringData: {k: v}\n"],
  ["nothing", ""],
];

/** kubeseal seals and we open; we seal and kubeseal opens: every scope, both formats, one value alone. */
export async function judgeSeals(tools: string, folder: string, judge: Judge): Promise<void> {
  const [key, cert] = [join(folder, "seal.key"), join(folder, "seal.crt")];
  const made = [
    "req",
    "-x509",
    "-nodes",
    "-newkey",
    "rsa:2048",
    "-keyout",
    key,
    "-out",
    cert,
    "-subj",
    "/CN=x",
    "-days",
    "9",
  ];
  execFileSync("openssl", made, { stdio: "ignore" });
  const env = { HOME: folder, PATH: process.env["PATH"], KUBECONFIG: join(folder, "none") };
  const real = program(join(tools, "kubeseal"), folder, env);
  const ours = command(secretsCommand, folder, env);
  const realOpen = (sealed: Buffer) => real(["--recovery-unseal", "--recovery-private-key", key], sealed);
  const ourOpen = (sealed: Buffer) => ours(["unseal", "--key", key], sealed);
  for (const [title, text] of SECRETS) {
    for (const scope of SCOPES) {
      for (const format of ["json", "yaml"]) {
        for (const more of [[], ["--allow-empty-data"]]) {
          const args = ["--cert", cert, "--scope", scope, "-o", format, ...more];
          const name = `${title} ${scope} ${format} ${more.join(" ")}`;
          const [a, b] = [await real(args, text), await ours(["seal", ...args], text)];
          judge(`seal ${name}`, `${a.exit} ${formOf(a.out)}`, `${b.exit} ${formOf(b.out)}`);
          if (a.exit !== 0 || title !== "one") continue;
          for (const { out } of [a, b]) {
            judge(`open ${name}`, (await realOpen(out)).out.toString(), (await ourOpen(out)).out.toString());
          }
        }
      }
    }
  }
  writeFileSync(join(folder, "value"), "raw value");
  await judgeMerges({ real, ours, folder, judge, cert });
  await judgeRefusals({ real, ours, folder, judge, cert });
  for (const scope of SCOPES) {
    const args = [
      "--raw",
      "--cert",
      cert,
      "--scope",
      scope,
      "--name",
      "a",
      "--namespace",
      "ns",
      "--from-file",
      "value",
    ];
    for (const { out } of [await real(args), await ours(["seal", ...args])]) {
      const annotations = scope === "strict" ? "" : `, annotations: {sealedsecrets.bitnami.com/${scope}: "true"}`;
      const object = `kind: SealedSecret\napiVersion: bitnami.com/v1alpha1\nmetadata: {name: a, namespace: ns${annotations}}\nspec: {encryptedData: {k: ${out.toString()}}}\n`;
      const [a, b] = [await realOpen(Buffer.from(object)), await ourOpen(Buffer.from(object))];
      judge(`raw ${scope}`, `${a.exit} ${a.out.toString()}`, `${b.exit} ${b.out.toString()}`);
    }
  }
}

/** Values put into a file that is there: its name, namespace and scope hold, and every other field stays. */
async function judgeMerges({ real, ours, folder, judge, cert }: Merging): Promise<void> {
  const [, one = ""] = SECRETS[0] ?? [];
  const more =
    "kind: Secret\nmetadata: {name: other, namespace: elsewhere, labels: {m: y}, annotations: {o: z}}\nstringData: {k: new, fresh: value}\n";
  for (const scope of SCOPES) {
    for (const format of ["json", "yaml"]) {
      const { out } = await real(["--cert", cert, "--scope", scope, "-o", format], one);
      const names = ["real", "ours"].map((who) => `merge.${who}.${format}`);
      for (const name of names) writeFileSync(join(folder, name), out);
      const args = ["--cert", cert, "--scope", scope, "-o", format, "--merge-into"];
      const [a, b] = [await real([...args, names[0] ?? ""], more), await ours(["seal", ...args, names[1] ?? ""], more)];
      const [wanted, found] = names.map((name) => readFileSync(join(folder, name)));
      judge(`merge ${scope} ${format}`, `${a.exit} ${formOf(wanted ?? out)}`, `${b.exit} ${formOf(found ?? out)}`);
      if (!wanted || !found) continue;
      const open = ["--recovery-unseal", "--recovery-private-key", join(folder, "seal.key")];
      for (const text of [wanted, found]) {
        const [c, d] = [await real(open, text), await ours(["seal", ...open], text)];
        judge(`open merged ${scope} ${format}`, `${c.exit} ${c.out.toString()}`, `${d.exit} ${d.out.toString()}`);
      }
    }
  }
}

interface Merging {
  readonly real: Run;
  readonly ours: Run;
  readonly folder: string;
  readonly judge: Judge;
  readonly cert: string;
}

/** Called wrongly, or with what cannot be done: the exit codes. */
const REFUSED: readonly (readonly string[])[] = [
  ["--cert", "none.crt"],
  ["--cert", "seal.key"],
  ["--cert", "seal.crt", "--raw"],
  ["--cert", "seal.crt", "--raw", "--scope", "namespace-wide"],
  ["--cert", "seal.crt", "--raw", "--scope", "cluster-wide"],
  ["--cert", "seal.crt", "--raw", "--name", "a", "--from-file", "value", "--from-file", "value"],
  ["--cert", "seal.crt", "--from-file", "value"],
  ["--cert", "seal.crt", "--scope", "odd"],
  ["--cert", "seal.crt", "-o", "odd"],
  ["--cert", "seal.crt", "--merge-into", "none.json"],
  ["--cert", "seal.crt", "-n", "other"],
  ["--cert", "seal.crt", "-n", "ns", "--name", "renamed"],
  ["--cert", "seal.crt", "-f", "none.yaml"],
  ["--cert", "seal.crt", "--odd"],
  ["--cert", "seal.crt", "-v", "3", "--logtostderr"],
  ["--recovery-unseal"],
  ["--recovery-unseal", "--recovery-private-key", "seal.crt"],
  ["--recovery-unseal", "--recovery-private-key", "none.key"],
];

async function judgeRefusals({ real, ours, judge }: Merging): Promise<void> {
  const [, one = ""] = SECRETS[0] ?? [];
  for (const args of REFUSED) {
    const [a, b] = [await real(args, one), await ours(["seal", ...args], one)];
    // How flags are explained is each one's own.
    const [wanted, found] = [a, b].map(({ exit, out }) => `${exit} ${exit === 2 ? "" : formOf(out)}`);
    judge(`exit of ${args.join(" ")}`, wanted ?? "", found ?? "");
  }
}

/** Without what chance decides. */
function formOf(out: Buffer): string {
  return out.toString().replace(/Ag[A-Za-z0-9+/=]{300,}|AQ[A-Za-z0-9+/=]{300,}/g, "SEALED");
}
