import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { silentLogger } from "@fairlead/base";
import { startApiServer, type ApiServer } from "@fairlead/apiserver";
import { CONTRACT } from "./contract/index.ts";
import { startHooks, type Hooks } from "./contract/hooks.ts";
import { runCase } from "./contract/run.ts";
import { httpsTarget } from "./contract/target.ts";
import { localTarget } from "./contract/local-target.ts";
import type { Case, Target } from "./contract/types.ts";

const SLOW_PACE = 8;

/** Cases only here need the controllers; the others see nothing but their own objects without them. */
const RUNS = [
  { controllers: false, isLocal: false, title: "the contract without controllers" },
  { controllers: true, isLocal: false, title: "the contract with controllers" },
  { controllers: false, isLocal: true, title: "the contract for clients in the same process" },
];

for (const { controllers, isLocal, title } of RUNS) {
  describe(title, { concurrency: 16 }, () => {
    let server: ApiServer;
    let target: Target;
    let closeTarget = (): void => {};
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
      const token = access.bearerToken ?? "";
      const https = httpsTarget({ name: "embedded", url: server.url, token, ca });
      closeTarget = https.close;
      const { caData, server: url } = access;
      const way = isLocal ? server.connect({ server: url, caData }) : undefined;
      target = way ? localTarget(way, token) : https;
      assert.equal(target === https, !isLocal);
    });
    after(async () => {
      closeTarget();
      hooks.close();
      await server.close();
    });

    let number = 0;
    for (const [area, cases] of Object.entries(CONTRACT)) {
      for (const testCase of cases) {
        if ((testCase.onlyHere !== undefined) !== controllers) continue;
        if (isLocal && testCase.steps.some(({ webSocket }) => webSocket === true)) continue;
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
