import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { silentLogger } from "@fairlead/base";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { CONTRACT } from "./contract/index.ts";
import { startHooks, type Hooks } from "./contract/hooks.ts";
import { runCase } from "./contract/run.ts";
import { httpsTarget } from "./contract/target.ts";
import type { Case } from "./contract/types.ts";

const SLOW_PACE = 8;

/** Cases only here need the controllers; the others see nothing but their own objects without them. */
for (const controllers of [false, true]) {
  describe(`the contract ${controllers ? "with" : "without"} controllers`, { concurrency: 16 }, () => {
    let server: ApiServer;
    let target: ReturnType<typeof httpsTarget>;
    let hooks: Hooks;
    before(async () => {
      server = await startApiServer({
        data: "memory",
        logger: silentLogger,
        controllers,
        disabledAdmission: controllers ? [] : ["ServiceAccount"],
      });
      hooks = await startHooks();
      const access = server.adminConfig();
      const ca = Buffer.from(access.caData, "base64").toString();
      target = httpsTarget({ name: "embedded", url: server.url, token: access.bearerToken ?? "", ca });
    });
    after(async () => {
      target.close();
      hooks.close();
      await server.close();
    });

    let number = 0;
    for (const [area, cases] of Object.entries(CONTRACT)) {
      for (const testCase of cases) {
        if ((testCase.onlyHere !== undefined) !== controllers) continue;
        const namespace = `case-${++number}`;
        test(`${area}: ${testCase.name}`, () => runOne(testCase, namespace));
      }
    }

    /** A case that only a busy machine fails is given more time once. */
    async function runOne(testCase: Case, namespace: string): Promise<void> {
      const isQuick = (await faultsOf(testCase, namespace, 1)).length === 0;
      if (!isQuick) assert.deepEqual(await faultsOf(testCase, `${namespace}-again`, SLOW_PACE), []);
    }

    async function faultsOf(testCase: Case, namespace: string, pace: number): Promise<readonly string[]> {
      const body = JSON.stringify({ metadata: { name: namespace } });
      const headers = { "content-type": "application/json" };
      await target.send({ method: "POST", path: "/api/v1/namespaces", headers, body });
      return (await runCase(target, testCase, namespace, { pace, hooks })).faults;
    }
  });
}
