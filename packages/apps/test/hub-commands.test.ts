import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "@fairlead/apimachinery";
import { projectCommand, repoCommand } from "../src/command/index.ts";
import type { ConnectHub } from "../src/command/access.ts";
import { application, World } from "./support/world.ts";

type HubCommand = (
  args: readonly string[],
  io: Parameters<typeof projectCommand>[1],
  connect?: ConnectHub,
) => Promise<number>;

/** What a command wrote, or the message of the problem it ended with. */
async function run(world: World, command: HubCommand, ...args: string[]): Promise<{ exit: number; out: string }> {
  let out = "";
  const write = (text: string): void => void (out += text);
  const io = { stdout: { write }, stderr: { write }, env: {}, signal: new AbortController().signal };
  let exit: number | undefined;
  command(args, io, () => world.hub.as.user("fairlead-cli")).then(
    (code) => void (exit = code),
    (error: unknown) => void ((out += String(error)), (exit = 1)),
  );
  for (let round = 0; round < 500 && exit === undefined; round++) await world.tick(10);
  return { exit: exit ?? -1, out };
}

const specOf = (world: World, name: string): Record<string, unknown> =>
  (world.hub.get("AppProject", name) as KubeObject)["spec"] as Record<string, unknown>;

test("a project is made, changed and listed; one that is used or would not be understood is left alone", async () => {
  const world = await World.start();
  const project = (...args: string[]): Promise<{ exit: number; out: string }> => run(world, projectCommand, ...args);
  await project("create", "web", "-s", "https://git.example.com/*", "-d", "*,web", "-d", "staging,web");
  assert.deepEqual(specOf(world, "web"), {
    sourceRepos: ["https://git.example.com/*"],
    destinations: [
      { server: "*", namespace: "web" },
      { name: "staging", namespace: "web" },
    ],
  });
  assert.match((await project("create", "web")).out, /is there already/);
  // Half a day from now, so that it is not open whenever this runs.
  const hour = (new Date().getUTCHours() + 12) % 24;
  await project("windows", "add", "web", "--kind", "deny", "--schedule", `0 ${hour} * * *`, "--duration", "1h");
  const windows = (await project("windows", "list", "web")).out;
  assert.match(windows, new RegExp(`0 +Inactive +deny +0 ${hour} \\* \\* \\* +1h`));
  assert.match(
    (await project("windows", "add", "web", "--schedule", "late", "--duration", "1h")).out,
    /not five cron fields/,
  );
  assert.equal((specOf(world, "web")["syncWindows"] as unknown[]).length, 1);
  await project("windows", "delete", "web", "0");
  assert.deepEqual(specOf(world, "web")["syncWindows"], []);
  await world.apply(application("one").replace("project: default", "project: web"));
  assert.match((await project("delete", "web")).out, /used by 1 applications: argocd\/one/);
  assert.match((await project("get", "nope")).out, /there is no project "nope"/);
  await world.stopEngine();
});

test("a repository is a Secret in Argo CD's format, and its credentials are never shown", async () => {
  const world = await World.start();
  const url = "https://git.example.com/private";
  await run(world, repoCommand, "add", url, "--username", "ann", "--password", "s3cret");
  const listed = await run(world, repoCommand, "list", "-o", "json");
  assert.match(listed.out, /"creds": "true"/);
  assert.doesNotMatch(listed.out, /s3cret/);
  assert.match((await run(world, repoCommand, "add", url)).out, /there already/);
  assert.equal((await run(world, repoCommand, "rm", url)).exit, 0);
  assert.match((await run(world, repoCommand, "rm", url)).out, /there is no repository/);
  await world.stopEngine();
});
