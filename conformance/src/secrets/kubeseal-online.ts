import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startApiServer } from "@fairlead/apiserver";
import { silentLogger, systemClock } from "@fairlead/base";
import { createClient, eventRecorder, kubeconfigFor, writeKubeconfig, type KubeClient } from "@fairlead/kube";
import { KEY_NAMESPACE, sealedSecretCrd, SERVICE_NAME, startSealedSecrets } from "@fairlead/secrets";
import { secretsCommand } from "@fairlead/secrets/command";
import { command, program, type Judge, type Ran, type Run } from "./run.ts";

const SEALED = { apiVersion: "bitnami.com/v1alpha1", kind: "SealedSecret" } as const;
const WITHIN_MS = 60_000;
const SECRET = (name: string): string =>
  `apiVersion: v1\nkind: Secret\nmetadata: {name: ${name}, namespace: default, labels: {l: x}}\nstringData: {k: planted, j: other}\n`;

/** kubeseal asks our controller through the service proxy of our API server; so does our own command; both get the same answers. */
export async function judgeOnline(kubeseal: string, root: string, judge: Judge): Promise<void> {
  const folder = join(root, "online");
  mkdirSync(folder);
  const server = await startApiServer({ data: "memory", logger: silentLogger });
  const client = createClient(server.adminConfig(), { clock: systemClock, logger: silentLogger });
  const kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, writeKubeconfig(kubeconfigFor("online", server.adminConfig())));
  await prepare(client);
  const events = eventRecorder(client);
  const running = await startSealedSecrets({ client, clock: systemClock, logger: silentLogger, events, keySize: 2048 });
  server.serviceProxies.register(KEY_NAMESPACE, SERVICE_NAME, running.service);
  try {
    await until(async () => (await running.service(CERTIFICATE)).status === 200);
    const env = { HOME: folder, PATH: process.env["PATH"], KUBECONFIG: kubeconfig };
    // A program of its own: the server answers in this process, so it must not be waited for.
    const real = program(kubeseal, folder, env, { isAsync: true });
    const inProcess = command(secretsCommand, folder, env);
    const ours: Run = (args, stdin) => inProcess(["seal", ...args], stdin);
    await compareAnswers({ real, ours, folder, judge });
  } finally {
    await running.stop();
    client.close();
    await server.close();
  }
}

const CERTIFICATE = { method: "GET", path: "/v1/cert.pem", headers: {}, body: Buffer.alloc(0) };

async function prepare(client: KubeClient): Promise<void> {
  await client.create(sealedSecretCrd());
  await until(() =>
    client.list(SEALED).then(
      () => true,
      () => false,
    ),
  );
  const metadata = { name: SERVICE_NAME, namespace: KEY_NAMESPACE };
  const spec = { ports: [{ name: "http", port: 8080 }] };
  await client.create({ apiVersion: "v1", kind: "Service", metadata, spec });
}

interface Sides {
  readonly real: Run;
  readonly ours: Run;
  readonly folder: string;
  readonly judge: Judge;
}

async function compareAnswers({ real, ours, folder, judge }: Sides): Promise<void> {
  const both = async (name: string, args: readonly string[], stdin = "", form = formOf): Promise<[Ran, Ran]> => {
    const [a, b] = [await real(args, stdin), await ours(args, stdin)];
    judge(`online ${name}`, form(a), form(b));
    return [a, b];
  };
  await both("fetch-cert", ["--fetch-cert"]);
  const sealed: Buffer[] = [];
  for (const scope of ["strict", "namespace-wide", "cluster-wide"]) {
    for (const { out } of await both(`seal ${scope}`, ["--scope", scope, "-o", "yaml"], SECRET("a"))) sealed.push(out);
    await both(`raw ${scope}`, ["--raw", "--scope", scope, "--name", "a"], "value");
  }
  for (const [index, text] of sealed.entries()) {
    await both(`validate ${index}`, ["--validate"], text.toString());
    await both(`validate elsewhere ${index}`, ["--validate"], text.toString().replace(/^ {2}name: a$/m, "  name: b"));
    const rotated = await both(`re-encrypt ${index}`, ["--re-encrypt", "-o", "yaml"], text.toString());
    for (const { out } of rotated) await both(`validate re-encrypted ${index}`, ["--validate"], out.toString());
  }
  const tampered = (sealed[0] ?? Buffer.alloc(0)).toString().replace(/Ag(.{40})./, "Ag$1A");
  await both("validate tampered", ["--validate"], tampered);
  await both("re-encrypt tampered", ["--re-encrypt"], tampered);
  await both("validate several", ["--validate"], sealed.slice(0, 4).join(""));
  await both("no such controller", ["--fetch-cert", "--controller-name", "nobody"], "", exitOf);
  for (const who of ["real", "ours"]) writeFileSync(join(folder, `${who}.yaml`), sealed[0] ?? "");
  const files = [await real(["--re-encrypt", "-f", "real.yaml"]), await ours(["--re-encrypt", "-f", "ours.yaml"])];
  judge("online re-encrypt in place", String(files[0]?.exit), String(files[1]?.exit));
  const [a, b] = ["real.yaml", "ours.yaml"].map((name) => readFileSync(join(folder, name), "utf8"));
  judge("online re-encrypted file", withoutCiphertexts(a ?? ""), withoutCiphertexts(b ?? ""));
}

function formOf({ exit, out }: Ran): string {
  return `${exit} ${withoutCiphertexts(out.toString())}`;
}

function exitOf({ exit }: Ran): string {
  return String(exit);
}

function withoutCiphertexts(text: string): string {
  return text.replace(/Ag[A-Za-z0-9+/=]{300,}|AQ[A-Za-z0-9+/=]{300,}/g, "SEALED");
}

async function until(look: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + WITHIN_MS; ;) {
    if (await look()) return;
    if (Date.now() > end) throw new Error("the controller did not become ready");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
