import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, test } from "node:test";
import type { Problem } from "@fairlead/base";
import { kubeconfigFor, writeKubeconfig } from "@fairlead/kube";
import { applyCommand, type CommandIo, diffCommand, pruneCommand, waitCommand } from "@fairlead/kube/command";
import { CONFIG_MAP, configMap, startFake } from "./support/setup.ts";

const SETTINGS = `
apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: settings, labels: {app: shop}}
  data: {colour: red}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {app: shop}}
`;

const byText = (a: string, b: string): number => (a < b ? -1 : 1);

type Run = (
  command: (args: readonly string[], io: CommandIo) => Promise<number>,
  ...args: string[]
) => Promise<{ code: number; out: string; err: string }>;

async function rig() {
  const { server, client } = await startFake();
  const folder = mkdtempSync(join(tmpdir(), "command-"));
  after(() => rmSync(folder, { recursive: true }));
  const kubeconfig = writeKubeconfig(kubeconfigFor("fake", { server: server.url, namespace: "shop" }));
  writeFileSync(join(folder, "config"), kubeconfig);
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  let input = "";
  const run: Run = async (command, ...args) => {
    let out = "";
    let err = "";
    const code = await command(args, {
      stdout: { write: (text) => void (out += text) },
      stderr: { write: (text) => void (err += text) },
      stdin: Readable.from([input]),
      env: { KUBECONFIG: join(folder, "config") },
      cwd: folder,
      signal: new AbortController().signal,
    });
    return { code, out, err };
  };
  return { server, client, folder, write, run, setInput: (text: string) => (input = text) };
}

test("apply tells what it did to each object, from files, folders and standard input", async () => {
  const { write, run, folder, setInput, client } = await rig();
  write("settings.yaml", SETTINGS);
  const first = await run(applyCommand, "-f", "settings.yaml");
  assert.deepEqual(first, { code: 0, out: "Namespace shop created\nConfigMap shop/settings created\n", err: "" });
  assert.deepEqual((await client.get(CONFIG_MAP, "settings", "shop"))["data"], { colour: "red" });

  mkdirSync(join(folder, "deep/er"), { recursive: true });
  write("deep/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n");
  write("deep/er/b.json", JSON.stringify(configMap("b")));
  write("deep/notes.txt", "not a manifest");
  assert.equal((await run(applyCommand, "-f", "deep", "--dry-run")).out, "ConfigMap shop/a created (dry run)\n");
  assert.equal(
    (await run(applyCommand, "-R", "-f", "deep")).out,
    "ConfigMap shop/a created\nConfigMap shop/b created\n",
  );
  setInput(SETTINGS.replace("red", "blue"));
  const json = await run(applyCommand, "-f", "-", "-o", "json");
  assert.deepEqual(
    json.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
    [
      { group: "", kind: "Namespace", name: "shop", action: "unchanged" },
      { group: "", kind: "ConfigMap", namespace: "shop", name: "settings", action: "configured" },
    ],
  );
  const conflict = await run(applyCommand, "-f", "settings.yaml", "--field-manager", "other");
  assert.equal(conflict.code, 1);
  assert.match(
    conflict.err,
    /ConfigMap shop\/settings failed: Apply failed.*\n {2}\.data\.colour is managed by fairlead/,
  );
});

test("all faults of the files are told before anything is applied", async () => {
  const { write, run, server } = await rig();
  write("bad.yaml", "kind: ConfigMap\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {}\n---\n- 1\n");
  await assert.rejects(
    run(applyCommand, "-f", "bad.yaml"),
    (error: Error & { problems: { message: string; line: number }[] }) => {
      assert.deepEqual(
        error.problems.map(({ message, line }) => `${line}: ${message}`),
        [
          "1: an object has no apiVersion and kind",
          "3: a ConfigMap has no metadata.name",
          "7: a document is no object",
        ],
      );
      return true;
    },
  );
  await assert.rejects(run(applyCommand, "-f", "absent.yaml"), { code: "FileNotFound" });
  for (const [command, more] of [
    [applyCommand, []],
    [pruneCommand, ["-l", "a=b"]],
  ] as const) {
    await assert.rejects(
      run(command, "-f", "absent.yaml", "-f", "bad.yaml", "-f", "gone", ...more),
      (error: Error & { problems: Problem[] }) => {
        assert.deepEqual(
          error.problems.map(({ file }) => file),
          ["absent.yaml", "bad.yaml", "bad.yaml", "bad.yaml", "gone"],
        );
        assert.ok(error.problems.every(({ hint }) => hint !== undefined));
        assert.ok(error.problems.every(({ file, column }) => file !== "bad.yaml" || column === 1));
        return true;
      },
    );
  }
  const diff = await run(diffCommand, "--desired", "absent.yaml", "--live", "bad.yaml", "--schema", "gone");
  assert.equal(diff.code, 2);
  for (const fault of ["absent.yaml", "bad.yaml:1:1", "bad.yaml:3:1", "bad.yaml:7:1", "gone"]) {
    assert.ok(diff.err.includes(fault), `${fault} in ${diff.err}`);
  }
  assert.equal(server.requests.length, 0);
});

test("prune deletes what carries the label and is in no file, unless it says otherwise", async () => {
  const { write, run, client } = await rig();
  write("settings.yaml", SETTINGS);
  await run(applyCommand, "-f", "settings.yaml");
  const labels = { app: "shop" };
  const make = (name: string, metadata: object): Promise<unknown> =>
    client.create({ ...configMap(name), metadata: { name, namespace: "shop", labels, ...metadata } });
  await make("old", {});
  await make("kept", { annotations: { "argocd.argoproj.io/sync-options": "Validate=false, Prune=false" } });
  await make("owned", { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "1" }] });
  await client.create(configMap("unlabelled"));
  const args = ["-f", "settings.yaml", "-l", "app=shop"];
  const dry = await run(pruneCommand, ...args, "--dry-run");
  assert.deepEqual(dry.out.trim().split("\n").sort(byText), [
    "ConfigMap shop/kept skipped (it is kept by its annotation argocd.argoproj.io/sync-options) (dry run)",
    "ConfigMap shop/old pruned (dry run)",
  ]);
  await run(pruneCommand, ...args, "--kinds", "cm");
  const left = (await client.list(CONFIG_MAP)).items.map(({ metadata }) => metadata.name ?? "");
  assert.deepEqual(left.sort(byText), ["kept", "owned", "settings", "unlabelled"]);
  await assert.rejects(run(pruneCommand, "-f", "settings.yaml", "-l", " "), { code: "ArgumentInvalid" });
  await assert.rejects(run(pruneCommand, ...args, "--kinds", "nonsense"), { code: "ArgumentInvalid" });
  await assert.rejects(run(pruneCommand, "-f", "settings.yaml", "-l", "app in (x"), {
    code: "InvalidLabelSelector",
    message: /unable to parse requirement/,
  });
  const wrong = await run(pruneCommand, ...args, "--cascade", "sideways");
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /Allowed choices are background, foreground, orphan/);
});

test("wait ends with 0 when the condition is met and with 1 when it is not", async () => {
  const { run, client } = await rig();
  const status = { conditions: [{ type: "Ready", status: "True" }] };
  await client.create({ ...configMap("a"), status });
  const met = await run(waitCommand, "cm/a", "--for", "condition=ready");
  assert.deepEqual(met, { code: 0, out: "ConfigMap a condition met\n", err: "" });
  for (const condition of [
    "jsonpath={.status.conditions[0].type}=Ready",
    "jsonpath=.metadata['name']=a",
    "jsonpath={.status}",
  ]) {
    assert.equal((await run(waitCommand, "cm/a", "--for", condition)).code, 0, condition);
  }
  const other = await run(waitCommand, "cm/a", "--for=jsonpath={.metadata.name}=b", "--timeout=10ms");
  assert.equal(other.code, 1);
  const gone = await run(waitCommand, "configmap/none", "--for", "delete");
  assert.equal(gone.code, 0);
  const late = await run(waitCommand, "cm/a", "cm/b", "--for=condition=Done", "--timeout=50ms", "-o", "json");
  assert.equal(late.code, 1);
  assert.match(
    late.out,
    /"name":"b","action":"failed","error":"ConfigMap shop\/b: it was not ready in time: (?:does not exist|was not seen yet)"/,
  );
  for (const args of [[], ["a"], ["nonsense/a"], ["cm/a", "--for", "luck"], ["cm/a", "--for", "jsonpath={.a[*]}=1"]]) {
    await assert.rejects(run(waitCommand, ...args), { code: "ArgumentInvalid" }, args.join(" "));
  }
});

test("diff without a cluster shows what structured merge would change, and its exit code says whether", async () => {
  const { write, run } = await rig();
  const deployment = (image: string, extra = ""): string => `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec: {containers: [{name: web, image: "${image}"}${extra}]}
`;
  write("live.yaml", deployment("web:1", ", {name: injected, image: proxy}"));
  write("same.yaml", deployment("web:1"));
  write("new.yaml", deployment("web:2"));
  write("other.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fresh, namespace: shop}\n");
  const changed = await run(diffCommand, "--desired", "new.yaml", "--live", "live.yaml");
  assert.equal(changed.code, 1);
  assert.match(changed.out, /^-.*image: web:1$/m);
  assert.match(changed.out, /^\+.*image: web:2$/m);
  assert.doesNotMatch(changed.out, /^[-+].*injected/m, "what others put in a keyed list stays");
  const created = await run(diffCommand, "--desired", "other.yaml", "--live", "live.yaml", "-o", "json");
  assert.equal(created.code, 1);
  assert.match(created.out, /"action":"created"/);
  write("settled.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, namespace: shop}\ndata: {a: b}\n");
  assert.deepEqual(await run(diffCommand, "--desired", "settled.yaml", "--live", "settled.yaml"), {
    code: 0,
    out: "",
    err: "",
  });
  await assert.rejects(run(diffCommand, "--desired", "new.yaml"), { code: "ArgumentInvalid" });
  assert.equal((await run(diffCommand, "--desired", "absent.yaml", "--live", "live.yaml")).code, 2);
});

test("diff uses a CRD's schema where one is given, and never shows a secret", async () => {
  const { write, run } = await rig();
  write(
    "crd.yaml",
    `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  names: {kind: Widget, plural: widgets}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              parts:
                type: array
                x-kubernetes-list-type: map
                x-kubernetes-list-map-keys: [name]
                items: {type: object, required: [name], properties: {name: {type: string}, size: {type: integer}}}
`,
  );
  const widget = (parts: string): string =>
    `apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: w, namespace: shop}\nspec: {parts: [${parts}]}\n`;
  write("w-live.yaml", widget("{name: theirs, size: 1}, {name: ours, size: 1}"));
  write("w.yaml", widget("{name: ours, size: 2}"));
  const keyed = await run(diffCommand, "--desired", "w.yaml", "--live", "w-live.yaml", "--schema", "crd.yaml");
  assert.doesNotMatch(keyed.out, /^-.*theirs/m);
  assert.match(keyed.out, /^\+.*size: 2/m);

  const secret = (value: string): string =>
    `apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\ndata: {a: ${value}, b: c2FtZQ==}\n`;
  write("s-live.yaml", secret("b2xk"));
  write("s.yaml", secret("bmV3"));
  const masked = await run(diffCommand, "--desired", "s.yaml", "--live", "s-live.yaml");
  assert.match(masked.out, /-\s+a: '\*\*\* \(before\)'\n\+\s+a: '\*\*\* \(after\)'/);
  assert.doesNotMatch(masked.out, /b2xk|bmV3|c2FtZQ/);
});

test("diff against a cluster asks it by dry run and changes nothing", async () => {
  const { write, run, server } = await rig();
  write("settings.yaml", SETTINGS);
  await run(applyCommand, "-f", "settings.yaml");
  const { version } = server.store;
  assert.deepEqual(await run(diffCommand, "-f", "settings.yaml"), { code: 0, out: "", err: "" });
  write("settings.yaml", SETTINGS.replace("red", "blue"));
  const changed = await run(diffCommand, "-f", "settings.yaml");
  assert.equal(changed.code, 1);
  assert.match(changed.out, /-\s+colour: red\n\+\s+colour: blue/);
  assert.equal(server.store.version, version);
});

test("help is told without an error, wrong options with one", async () => {
  const { run } = await rig();
  for (const command of [applyCommand, pruneCommand, waitCommand, diffCommand]) {
    const help = await run(command, "--help");
    assert.equal(help.code, 0);
    assert.match(help.out, /^Usage: fairlead \w+/);
    const wrong = await run(command, "--nonsense");
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /unknown option|required option/);
  }
});

test("what the server refuses is a problem with a hint, and no trace of our code", async () => {
  const { write, run, server } = await rig();
  write("settings.yaml", SETTINGS);
  server.token = "another";
  await assert.rejects(run(pruneCommand, "-f", "settings.yaml", "-l", "app=shop"), {
    code: "ServerRefused",
    problems: [
      {
        code: "ServerRefused",
        message: "Unauthorized",
        hint: "the credentials of the kubeconfig are not, or no longer, accepted; log in again",
      },
    ],
  });
});
