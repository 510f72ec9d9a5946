import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request, Agent } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { SuiteContext } from "../suite.ts";
import type { Tally } from "./tally.ts";

const ROUNDS = 5;
const WRITERS = 8;
const WATCHERS = 3;
/** Written in a round before its kill, however slow the machine is; and for how long at most it goes on after that. */
const WRITES_MIN = 40;
const LONGER_MS_MAX = 400;
const WITHIN_MS = 120_000;
const CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
const CODE = `
  import { startApiServer } from "@fairlead/apiserver";
  import { silentLogger } from "@fairlead/base";
  const server = await startApiServer({ data: process.env.DATA, logger: silentLogger, controllers: false });
  console.log(JSON.stringify({ port: server.port, token: server.adminConfig().bearerToken }));`;

interface Running {
  readonly child: ChildProcess;
  readonly agent: Agent;
  readonly port: number;
  readonly token: string;
}

/** What became of the keys of one writer: the last state that was acknowledged, and the one that may have come after it. */
interface Written {
  acknowledged: number | undefined;
  asked: number | undefined;
}

/** The server is killed again and again in the middle of writes: nothing acknowledged is lost, and no watch misses a write. */
export async function killUnderLoad(context: SuiteContext, tally: Tally): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-kills-"));
  const trial = new Trial(join(folder, "data"));
  try {
    const faults = await trial.run();
    if (faults.length === 0) tally.same++;
    else tally.different.push({ name: "killed under load", detail: faults.slice(0, 10).join("\n") });
    context.say(`killed ${ROUNDS} times under load: ${trial.count} writes acknowledged, ${WATCHERS} watches resumed`);
  } finally {
    await trial.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

class Trial {
  readonly #data: string;
  readonly #faults: string[] = [];
  readonly #keys = new Map<string, Written>();
  /** Revisions of creations and updates that were acknowledged. */
  readonly #revisions = new Set<string>();
  readonly #seen = Array.from({ length: WATCHERS }, () => ({ last: "", revisions: new Set<string>() }));
  #server: Running | undefined;
  count = 0;

  constructor(data: string) {
    this.#data = data;
  }

  async run(): Promise<readonly string[]> {
    for (let round = 0; round < ROUNDS; round++) {
      const server = await this.#start();
      await this.#compare(server, round);
      const watches = this.#seen.map((_seen, index) => this.#watch(server, index));
      const before = this.count;
      const writers = Array.from({ length: WRITERS }, (_, id) => this.#write(server, id, round));
      await until(() => this.count - before >= WRITES_MIN);
      await pause(Math.random() * LONGER_MS_MAX);
      server.child.kill("SIGKILL");
      await Promise.all([...writers, ...watches]);
      server.agent.destroy();
    }
    const server = await this.#start();
    await this.#compare(server, ROUNDS);
    const watches = this.#seen.map((_seen, index) => this.#watch(server, index));
    const isSeen = (): boolean => this.#seen.every(({ revisions }) => this.#revisions.isSubsetOf(revisions));
    await until(isSeen);
    for (const [index, { revisions }] of this.#seen.entries()) {
      const missed = [...this.#revisions].filter((revision) => !revisions.has(revision));
      if (missed.length > 0) this.#faults.push(`watch ${index} missed the revisions ${missed.slice(0, 5).join(", ")}`);
    }
    await this.end();
    await Promise.all(watches);
    return this.#faults;
  }

  async end(): Promise<void> {
    this.#server?.child.kill("SIGKILL");
    this.#server?.agent.destroy();
  }

  async #start(): Promise<Running> {
    const child = spawn(process.execPath, ["--input-type=module", "-e", CODE], {
      cwd: import.meta.dirname,
      env: { ...process.env, DATA: this.#data },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const line = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once("line", resolve);
      child.once("exit", (code) => reject(new Error(`the server ended with ${code} before it was ready`)));
    });
    const { port, token } = JSON.parse(line) as { port: number; token: string };
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    return (this.#server = { child, agent, port, token });
  }

  /** Makes, changes and deletes objects of its own until the server is gone. */
  async #write(server: Running, id: number, round: number): Promise<void> {
    for (let number = 0; ; number++) {
      const name = `w${id}-${round}-${number >> 2}`;
      const written = this.#keys.get(name) ?? { acknowledged: undefined, asked: undefined };
      this.#keys.set(name, written);
      const isDeletion = (number & 3) === 3 && (number & 4) !== 0;
      written.asked = isDeletion ? undefined : number;
      const method = isDeletion ? "DELETE" : written.acknowledged === undefined ? "POST" : "PUT";
      const path = method === "POST" ? CONFIG_MAPS : `${CONFIG_MAPS}/${name}`;
      const body = isDeletion ? undefined : { metadata: { name }, data: { n: String(number), text: "x".repeat(400) } };
      const answer = await send(server, method, path, body).catch(() => undefined);
      if (answer === undefined) return;
      if (answer.code >= 300) {
        this.#faults.push(`${method} ${name}: ${answer.code}`);
        return;
      }
      written.acknowledged = written.asked;
      this.count++;
      if (!isDeletion) this.#revisions.add(revisionOf(answer.body));
    }
  }

  /** Every key is as it was acknowledged, or as the write wanted it that the kill cut off. */
  async #compare(server: Running, round: number): Promise<void> {
    const { body } = await send(server, "GET", CONFIG_MAPS);
    const { items } = body as { items: { metadata: { name: string }; data?: { n?: string } }[] };
    const found = new Map(items.map(({ metadata, data }) => [metadata.name, Number(data?.n)]));
    for (const [name, written] of this.#keys) {
      const is = found.get(name);
      if (is !== written.acknowledged && is !== written.asked) {
        this.#faults.push(`after kill ${round}, ${name} is ${is}, acknowledged was ${written.acknowledged}`);
      }
      written.acknowledged = is;
    }
  }

  /** Goes on from what it saw last, until the server is gone. */
  #watch(server: Running, index: number): Promise<void> {
    const seen = this.#seen[index];
    if (seen === undefined) return Promise.resolve();
    const path = `${CONFIG_MAPS}?watch=1&resourceVersion=${seen.last === "" ? "1" : seen.last}`;
    return new Promise((resolve) => {
      const asked = open(server, "GET", path, (response) => {
        const lines = createInterface({ input: response });
        lines.on("line", (line) => this.#see(index, line));
        lines.on("close", resolve);
        lines.on("error", () => resolve());
      });
      asked.on("error", () => resolve());
      asked.end();
    });
  }

  #see(index: number, line: string): void {
    const seen = this.#seen[index];
    let event: { type: string; object: unknown };
    try {
      event = JSON.parse(line) as { type: string; object: unknown };
    } catch {
      // The line that the kill cut in two.
      return;
    }
    if (seen === undefined) return;
    if (event.type === "ERROR") {
      this.#faults.push(`watch ${index}: ${line.slice(0, 200)}`);
      return;
    }
    const revision = revisionOf(event.object);
    if (seen.last !== "" && BigInt(revision) <= BigInt(seen.last)) {
      this.#faults.push(`watch ${index} saw ${revision} after ${seen.last}`);
    }
    seen.last = revision;
    seen.revisions.add(revision);
  }
}

function revisionOf(object: unknown): string {
  return (object as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
}

function open(
  { agent, port, token }: Running,
  method: string,
  path: string,
  onResponse: (response: NodeJS.ReadableStream & { statusCode?: number | undefined }) => void,
): ReturnType<typeof request> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return request({ agent, host: "127.0.0.1", port, method, path, headers }, onResponse);
}

function send(server: Running, method: string, path: string, body?: object): Promise<{ code: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const asked = open(server, method, path, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => {
        try {
          resolve({ code: response.statusCode ?? 0, body: JSON.parse(text) });
        } catch (error) {
          // An answer that was cut off acknowledges nothing.
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      });
    });
    asked.on("error", reject);
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + WITHIN_MS; Date.now() < end && !isSo();) await pause(10);
}
