import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { BuildCase } from "./cases.ts";

const CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: remote\ndata:\n  from: afar\n";

/** Cases whose bases and files are remote, served on this machine while they are built. */
export async function withRemoteCases(use: (cases: readonly BuildCase[]) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "fairlead-remotes-"));
  const server = await serve();
  try {
    const { port } = server.address() as AddressInfo;
    await use(makeCases(folder, port));
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function serve(): Promise<Server> {
  const server = createServer((request, response) => {
    const isThere = request.url === "/remote.yaml";
    response.writeHead(isThere ? 200 : 404).end(isThere ? CONFIG_MAP : "not here");
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}

function makeCases(folder: string, port: number): BuildCase[] {
  const repository = join(folder, "repository");
  write(repository, {
    "base/kustomization.yaml": "resources: [config.yaml, ../shared]\nnamePrefix: base-\n",
    "base/config.yaml": CONFIG_MAP,
    "shared/kustomization.yaml": "resources: [config.yaml]\nnamePrefix: shared-\n",
    "shared/config.yaml": CONFIG_MAP,
    "escape/kustomization.yaml": "resources: [../../..]\n",
  });
  commit(repository);
  const url = `file://${repository}`;
  const kustomizations: Record<string, string> = {
    "git-base": `resources: ["${url}//base?ref=main"]\nnameSuffix: -here\n`,
    "git-version": `resources: ["${url}//base?version=v1&timeout=60s&submodules=false"]\n`,
    "git-component": `components: ["${url}//base?ref=main"]\n`,
    "git-origin": `resources: ["${url}//base?ref=main"]\nbuildMetadata: [originAnnotations, transformerAnnotations]\n`,
    "http-file": `resources: ["http://127.0.0.1:${port}/remote.yaml"]\n`,
    "http-missing": `resources: ["http://127.0.0.1:${port}/nothing.yaml"]\n`,
    "http-patch": `resources: ["http://127.0.0.1:${port}/remote.yaml"]\nconfigMapGenerator:\n- name: a\n  files: ["k=http://127.0.0.1:${port}/remote.yaml"]\n`,
  };
  for (const [name, text] of Object.entries(kustomizations)) write(folder, { [`${name}/kustomization.yaml`]: text });
  const names = Object.keys(kustomizations);
  const cases = names.map((name) => ({ name, directory: join(folder, name), flags: [], compareMessages: false }));
  return [...cases, { name: "git-argument", directory: `${url}//base?ref=main`, flags: [], compareMessages: false }];
}

function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

function commit(repository: string): void {
  const git = (...args: string[]): void => {
    const identity = ["-c", "user.name=Judge", "-c", "user.email=judge@example.com"];
    execFileSync("git", [...identity, ...args], { cwd: repository, stdio: "ignore" });
  };
  git("init", "--initial-branch=main");
  git("add", ".");
  git("commit", "--message", "A base to build on");
  git("tag", "v1");
}
