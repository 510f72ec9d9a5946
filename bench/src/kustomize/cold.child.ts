/** One build from disk in a process of its own, as the command does it; prints its peak of memory in MiB. */
import { diskTree, problemError } from "@fairlead/base";
import { runBuild } from "@fairlead/kustomize";

const [directory = "."] = process.argv.slice(2);
const offline = (): never => {
  throw problemError("KustomizeRemote", "nothing is fetched in a benchmark");
};
const status = await runBuild([directory], {
  tree: diskTree("/"),
  workingDirectory: process.cwd(),
  environment: {},
  stdout: () => {},
  stderr: (text) => process.stderr.write(text),
  writeFile: offline,
  remotes: { repository: offline, file: offline },
});
process.stdout.write(String(process.resourceUsage().maxRSS / 1024));
process.exit(status);
