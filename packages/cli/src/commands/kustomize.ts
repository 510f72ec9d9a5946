import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { diskTree, joinPath } from "@fairlead/base";
import type { renderKustomizeChart } from "@fairlead/helm";
import { runBuild, type BuildIo } from "@fairlead/kustomize";
import { Repositories } from "@fairlead/sources";
import { remoteFetcher } from "../remote-fetcher.ts";
import { EXIT_USAGE, type Command, type Io } from "../io.ts";

/** `fairlead kustomize build [DIR|URL]`: kustomize's own output, without kustomize. */
export const kustomize: Command = async ([name, ...args], io) => {
  if (name !== "build") {
    io.stderr.write("fairlead: kustomize build [DIR|URL] is what there is\n  hint: fairlead kustomize build --help\n");
    return EXIT_USAGE;
  }
  // Loaded only where charts may be inflated: it is half of what this command would load.
  const charts = args.some((arg) => arg.startsWith("--enable-helm")) ? await import("@fairlead/helm") : undefined;
  const mirrors = mkdtempSync(join(tmpdir(), "fairlead-kustomize-"));
  const repositories = new Repositories({ directory: mirrors });
  try {
    return await runBuild(args, buildIo(io, repositories, charts?.renderKustomizeChart));
  } finally {
    await repositories.close();
    rmSync(mirrors, { recursive: true, force: true });
  }
};

function buildIo(io: Io, repositories: Repositories, renderChart?: typeof renderKustomizeChart): BuildIo {
  return {
    tree: diskTree("/"),
    workingDirectory: io.cwd,
    environment: io.env,
    stdout: (text) => io.stdout.write(text),
    stderr: (text) => io.stderr.write(text),
    writeFile: (path, text) => writeFileSync(resolve(io.cwd, path), text),
    remotes: remoteFetcher(repositories, { schemes: ["https", "http", "ssh", "file"], signal: io.signal }),
    helm: renderChart && {
      inflate: (chart) => renderChart({ ...chart, chartPath: joinPath(chart.chartPath) }),
    },
  };
}
