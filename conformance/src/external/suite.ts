import type { Suite, SuiteContext, SuiteResult } from "../suite.ts";
import { judgeAws } from "./aws.ts";
import { installPython, pythonIsMissing } from "./python.ts";
import { judgeVault } from "./vault.ts";

/** External Secrets against servers that are real, or as real as there are: what they keep and what comes out must be one. */
export const suite: Suite = {
  name: "external",
  description:
    "ExternalSecrets, PushSecrets and generators on an embedded cluster, with OpenBao as Vault and moto as AWS",
  tools: [],
  run,
};

/** `npm run conformance -- external [vault|aws]`. */
async function run({ say, args }: SuiteContext): Promise<SuiteResult> {
  const why = pythonIsMissing();
  if (why !== undefined) throw new Error(`${why}, so neither moto nor OpenBao can be had`);
  const isAsked = (part: string): boolean => args.length === 0 || args.includes(part);
  const parts = [
    ...(isAsked("vault") ? [await judgeVault(installPython("openbao", say), say)] : []),
    ...(isAsked("aws") ? [await judgeAws(installPython("moto", say), say)] : []),
  ];
  return {
    same: parts.reduce((sum, { same }) => sum + same, 0),
    different: parts.flatMap(({ different }) => different),
    skipped: [],
  };
}
