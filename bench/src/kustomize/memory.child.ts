/** One build from disk in a process of its own, as the command does it; prints its peak of memory in MiB. */
import module from "node:module";

// As bin/fairlead.mjs does: most of a short command's time would go into compiling.
module.enableCompileCache();
const { diskTree, problemError } = await import("@fairlead/base");
const { runBuild } = await import("@fairlead/kustomize");

const [directory = "."] = process.argv.slice(2);
const offline = (): never => {
  throw problemError("KustomizeRemote", "nothing is fetched in a benchmark");
};
const status = await runBuild([directory], {
  tree: diskTree("/"),
  workingDirectory: process.cwd(),
  environment: {},
  stdout: () => {},
  stderr: (text) => void process.stderr.write(text),
  writeFile: offline,
  remotes: { repository: offline, file: offline },
});
process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
process.exit(status);
