import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { parseUpOptions } from "../src/up/options.ts";
import { fakeIo } from "./support/io.ts";

describe("the options of fairlead up", () => {
  test("without any: no demo, no simulated clusters, everything below .fairlead/data", () => {
    assert.deepEqual(parseUpOptions([], fakeIo().io), {
      dataDirectory: "/work-here/.fairlead/data",
      kubeconfigPath: "/work-here/.fairlead/data/kubeconfig",
      port: undefined,
      listen: undefined,
      simulate: [],
      allowGenericTargets: false,
      isDemo: false,
      once: false,
      timeoutMs: 60_000,
      json: false,
      reset: false,
    });
  });

  test("the demo has the three clusters of the example fleet and a directory of its own", () => {
    const options = parseUpOptions(["--demo", "--once", "--timeout", "2.5"], fakeIo().io);
    assert.ok(typeof options === "object");
    assert.deepEqual(options.simulate, ["staging", "prod-east", "prod-west"]);
    assert.equal(options.dataDirectory, "/work-here/.fairlead/demo");
    assert.equal(options.timeoutMs, 2500);
  });

  test("names, port and paths are taken as given", () => {
    const options = parseUpOptions(
      ["--simulate", "a, b-1", "--port", "7443", "--data", "/d", "--kubeconfig", "k"],
      fakeIo().io,
    );
    assert.ok(typeof options === "object");
    assert.deepEqual(
      [options.simulate, options.port, options.dataDirectory, options.kubeconfigPath],
      [["a", "b-1"], 7443, "/d", "/work-here/k"],
    );
  });

  const REFUSED: ReadonlyArray<readonly [args: readonly string[], says: RegExp]> = [
    [["--port", "70000"], /a port is 0 to 65535/],
    [["--port", "x"], /a port is 0 to 65535/],
    [["--listen", "host:x"], /write PORT or HOST:PORT/],
    [["--timeout", "-1"], /seconds above 0/],
    [["--simulate", "a,hub"], /"hub" is taken/],
    [["--simulate", "a,a"], /every name may stand once/],
    [["--simulate", "A_b"], /use a-z, 0-9 and -/],
    [["--nope"], /unknown option/],
    [["extra"], /too many arguments/],
  ];
  for (const [args, says] of REFUSED) {
    test(`${args.join(" ")} is a usage error that says why`, () => {
      const { io, err } = fakeIo();
      assert.equal(parseUpOptions(args, io), 2);
      assert.match(err(), says);
    });
  }

  test("--help is no error and names every flag", () => {
    const { io, out } = fakeIo();
    assert.equal(parseUpOptions(["--help"], io), 0);
    for (const flag of [
      "--data",
      "--kubeconfig",
      "--port",
      "--simulate",
      "--demo",
      "--once",
      "--timeout",
      "--json",
      "--reset",
    ]) {
      assert.ok(out().includes(flag), flag);
    }
  });
});
