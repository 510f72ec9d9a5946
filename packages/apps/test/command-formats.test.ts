import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeYaml } from "@fairlead/yaml";
import { appCommand, clusterCommand, projectCommand, repoCommand } from "../src/command/index.ts";
import { runApp, runCommand } from "./support/run-command.ts";
import { application, configMap, World } from "./support/world.ts";

const COMMANDS = {
  app: appCommand,
  project: projectCommand,
  cluster: clusterCommand,
  repo: repoCommand,
} as const;

const URL = "https://git.example.com/config";

/** A command line, and what its names and addresses are. */
const READS: readonly { line: string; isList: boolean; names: readonly string[]; text: RegExp }[] = [
  { line: "app list", isList: true, names: ["argocd/one", "team/one"], text: /^NAME +CLUSTER/ },
  { line: "app get one", isList: false, names: ["argocd/one"], text: /^Name: +argocd\/one/ },
  { line: "app resources one", isList: true, names: ["ConfigMap/a"], text: /ConfigMap +default +a/ },
  { line: "app tree one", isList: false, names: ["configmap/a"], text: /^KIND\/NAME/ },
  { line: "project list", isList: true, names: ["default"], text: /^NAME +DESCRIPTION/ },
  { line: "project get default", isList: false, names: ["default"], text: /^Name: +default/ },
  { line: "cluster list", isList: true, names: ["in-cluster"], text: /^SERVER +NAME/ },
  { line: "cluster get in-cluster", isList: false, names: ["in-cluster"], text: /^SERVER +NAME/ },
  { line: "repo list", isList: true, names: ["config"], text: /^TYPE +NAME +REPO/ },
  { line: `repo get ${URL}`, isList: true, names: ["config"], text: /^TYPE +NAME +REPO/ },
];

async function fleet(): Promise<World> {
  const world = await World.start();
  world.commit({ "one/a.yaml": configMap("a"), "two/b.yaml": configMap("b") });
  await world.apply(
    "{apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: {name: default, namespace: argocd}, spec: {sourceRepos: ['*'], destinations: [{server: '*', namespace: '*'}], sourceNamespaces: ['*']}}",
  );
  await world.apply("{apiVersion: v1, kind: Namespace, metadata: {name: team}}");
  await world.apply(application("one"));
  await world.apply(application("one", { path: "two" }).replace("namespace: argocd", "namespace: team"));
  await runCommand(world, repoCommand, "add", URL, "--name", "config", "--password", "s3cret");
  await world.settle();
  return world;
}

function linesOf(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}

test("every list and get gives tables, names, JSON and YAML; a format it does not have is a wrong call", async () => {
  const world = await fleet();
  for (const { line, isList, names, text } of READS) {
    const [command = "app", ...args] = line.split(" ");
    const run = async (format: string): Promise<string> => {
      const ran = await runCommand(world, COMMANDS[command as keyof typeof COMMANDS], ...args, "-o", format);
      assert.equal(ran.exit, 0, `${line} -o ${format}: ${ran.err}`);
      assert.doesNotMatch(ran.out, /s3cret/);
      return ran.out;
    };
    assert.match(await run("wide"), text, line);
    const json: unknown = JSON.parse(await run("json"));
    assert.equal(Array.isArray(json), isList, line);
    assert.deepEqual(decodeYaml(await run("yaml")), json, line);
    assert.deepEqual(linesOf(await run("name")), names, line);
    const wrong = await runCommand(world, COMMANDS[command as keyof typeof COMMANDS], ...args, "-o", "xml");
    assert.equal(wrong.exit, 2, line);
    assert.match(wrong.err, /Allowed choices are/, line);
  }
  await world.stopEngine();
});

test("applications of one name in two namespaces are told apart, as NAMESPACE/NAME or by -N", async () => {
  const world = await fleet();
  const pathOf = async (...args: string[]): Promise<unknown> =>
    (JSON.parse((await runApp(world, ...args, "-o", "json")).out) as { spec: { source: { path: string } } }).spec.source
      .path;
  assert.equal(await pathOf("get", "one"), "one");
  assert.equal(await pathOf("get", "team/one"), "two");
  assert.equal(await pathOf("get", "one", "-N", "team"), "two");
  assert.equal(await pathOf("-N", "team", "get", "one"), "two");
  assert.deepEqual(linesOf((await runApp(world, "list", "-N", "team", "-o", "name")).out), ["team/one"]);
  assert.deepEqual(linesOf((await runApp(world, "list", "-n", "argocd", "-o", "name")).out), ["argocd/one"]);
  await assert.rejects(runApp(world, "get", "other/one"), (error: Error & { problems?: { hint?: string }[] }) => {
    assert.match(error.problems?.[0]?.hint ?? "", /there is argocd\/one, team\/one: write it so/);
    return true;
  });
  const waited = await runApp(world, "wait", "--project", "default", "-o", "name");
  assert.deepEqual([waited.exit, linesOf(waited.out)], [0, ["argocd/one", "team/one"]]);
  await world.stopEngine();
});

/** How a call ends. @see docs/commands.md */
const EXITS: readonly { line: string; exit: number; err?: RegExp }[] = [
  { line: "--help", exit: 0 },
  { line: "sync --help", exit: 0 },
  { line: "wait one", exit: 0 },
  { line: "sync one --dry-run", exit: 0 },
  { line: "sync one --resource '*:ConfigMap:*'", exit: 0 },
  { line: "wait one --degraded --timeout 20ms", exit: 1, err: /one: it is Healthy/ },
  { line: "wait one --resource :ConfigMap:nobody --timeout 20ms", exit: 1, err: /no such object/ },
  { line: "wait nobody --timeout 20ms", exit: 1, err: /nobody: it does not exist/ },
  { line: "", exit: 2 },
  { line: "frobnicate", exit: 2, err: /unknown command/ },
  { line: "get", exit: 2, err: /missing required argument/ },
  { line: "get one --frobnicate", exit: 2, err: /unknown option/ },
  { line: "sync", exit: 2, err: /no application is named/ },
  { line: "sync one --timeout soon", exit: 2, err: /duration/ },
  { line: "sync one --strategy magic", exit: 2, err: /Allowed choices are apply, hook/ },
  { line: "sync one --resource a/b", exit: 2, err: /names no object/ },
  { line: "sync one --retry-limit many", exit: 2, err: /whole number/ },
  { line: "sync one --info nothing", exit: 2, err: /NAME=VALUE/ },
  { line: "sync one --revisions main", exit: 2, err: /1 --revisions for 0 sources/ },
  { line: "sync one --revisions main --source-positions 2", exit: 2, err: /no source 2; there are 1/ },
  { line: "rollback one first", exit: 2, err: /whole number/ },
  { line: "manifests one --source nowhere", exit: 2 },
  { line: "delete one --propagation-policy orphan", exit: 2 },
];

test("exit codes: 0 as asked, 1 not as asked, 2 called wrongly", async () => {
  const world = await fleet();
  for (const { line, exit, err } of EXITS) {
    const args = line.split(" ").flatMap((word) => (word === "" ? [] : [word.replaceAll("'", "")]));
    const ran = await runApp(world, ...args);
    assert.equal(ran.exit, exit, `app ${line}: ${ran.err}`);
    if (err) assert.match(ran.err, err, line);
  }
  await world.stopEngine();
});

test("an operation that a window holds back is told while it is waited for, and can be taken back", async () => {
  const world = await fleet();
  await world.apply(
    "{apiVersion: argoproj.io/v1alpha1, kind: AppProject, metadata: {name: default, namespace: argocd}, spec: {sourceRepos: ['*'], destinations: [{server: '*', namespace: '*'}], syncWindows: [{kind: deny, schedule: '* * * * *', duration: 1h, applications: [one]}]}}",
  );
  await world.settle();
  const waiting = runApp(world, "sync", "one", "--timeout", "0");
  const isTold = (): boolean => world.conditions("one").some((text) => text.startsWith("SyncPending"));
  for (let round = 0; round < 500 && !isTold(); round++) await world.tick(10);
  assert.equal((await runApp(world, "terminate", "one")).exit, 0);
  const { exit, err } = await waiting;
  assert.equal(exit, 1);
  assert.match(err, /one: waiting: manual sync held back by deny window/);
  assert.match(err, /one: the operation was taken back/);
  await assert.rejects(runApp(world, "terminate", "one"), /no operation under way/);
  await world.stopEngine();
});

test("while a sync is waited for, each object's change is a line, and at the end the application is shown", async () => {
  const world = await World.start();
  const hook =
    "apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate, annotations: {argocd.argoproj.io/hook: PreSync}}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: migrate}]}}}\n";
  world.commit({ "one/a.yaml": configMap("a"), "one/hook.yaml": hook });
  await world.apply(application("one", { policy: "{}" }));
  await world.settle();
  const ending = runApp(world, "sync", "one", "-o", "name", "--timeout", "0");
  for (let round = 0; round < 500 && !world.hub.get("Job", "migrate"); round++) await world.tick(10);
  await world.edit("Job", "migrate", { status: { conditions: [{ type: "Complete", status: "True" }] } });
  const { exit, out, err } = await ending;
  assert.equal(exit, 0, err);
  assert.equal(out, "argocd/one\n");
  assert.match(err, /^TIMESTAMP +GROUP +KIND +NAMESPACE +NAME +STATUS +HEALTH +HOOK +MESSAGE$/m);
  assert.match(err, /T[\d:]+Z +batch +Job +default +migrate +Running +PreSync/);
  assert.match(err, /batch +Job +default +migrate +Succeeded +PreSync/);
  assert.match(err, /ConfigMap +default +a +Synced/);
  assert.match(err, /^one: Succeeded: /m);
  await world.stopEngine();
});
