import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { evaluateFile, evaluateSnippet, JsonnetError, printSnippet, type EvaluateOptions } from "../src/index.ts";

const NOTHING: EvaluateOptions = { read: () => undefined };

function print(text: string, options: EvaluateOptions = NOTHING): string {
  return printSnippet({ name: "main.jsonnet", importName: "main.jsonnet", text }, options);
}

function failure(text: string, options: EvaluateOptions = NOTHING): JsonnetError {
  try {
    print(text, options);
  } catch (error) {
    assert.ok(error instanceof JsonnetError);
    return error;
  }
  throw new Error(`nothing is wrong with ${text}`);
}

function filesOf(files: Readonly<Record<string, string>>): Pick<EvaluateOptions, "read"> {
  return { read: (path) => (Object.hasOwn(files, path) ? Buffer.from(files[path] ?? "") : undefined) };
}

test("the example of the README holds", () => {
  const files = {
    "app.jsonnet": "function(ns) { metadata: { name: ns } + (import 'labels.libsonnet') }",
    "lib/labels.libsonnet": "{ labels+: { app: std.extVar('app') } }",
  };
  const value = evaluateFile("app.jsonnet", {
    ...filesOf(files),
    libraries: ["lib"],
    externalVariables: [{ name: "app", value: "web", isCode: false }],
    topLevelArguments: [{ name: "ns", value: "shop", isCode: false }],
  });
  assert.deepEqual(value, { metadata: { labels: { app: "web" }, name: "shop" } });
});

describe("what is printed", () => {
  // Written down from go-jsonnet 0.22.0; conformance compares many more with the real one.
  const CASES: readonly (readonly [string, string])[] = [
    [
      "[1.1, 1e300 > 1, -0, 1e-7, 123456789012345678]",
      "[\n   1.1000000000000001,\n   true,\n   -0,\n   9.9999999999999995e-08,\n   123456789012345680\n]\n",
    ],
    ["{ b: [], a: {}, c:: 1 }", '{\n   "a": { },\n   "b": [ ]\n}\n'],
    ["'é\\u0000\\u007f\"'", '"é\\u0000\\u007f\\""\n'],
    ["'a' + { b: [1] }", '"a{\\"b\\": [1]}"\n'],
    ["|||\n  one\n    two\n|||", '"one\\n  two\\n"\n'],
    ["'%05.1f|%-4d|%x' % [3.14, 5, 255]", '"003.1|5   |ff"\n'],
    ["std.manifestYamlDoc({ a: [1, { b: 'x\\n' }] })", '"\\"a\\":\\n- 1\\n- \\"b\\": |\\n    x"\n'],
    ["local f(n, a=0) = if n == 0 then a else f(n - 1, a + n) tailstrict; f(100000)", "5000050000\n"],
  ];
  for (const [text, expected] of CASES) test(text, () => assert.equal(print(text), expected));
});

test("inheritance binds self late, super to what was before, and +: adds to it", () => {
  const text = `
    local A = { n: 'a', m: self.n, l:: 1, o: { x: 1 } }, B = { n: super.n + 'b', l: 2, o+: { y: self.x + 1 } };
    [A.m, (A + B).m, (A + B + B).m, A + B]`;
  assert.deepEqual(JSON.parse(print(text)), ["a", "ab", "abb", { n: "ab", m: "ab", o: { x: 1, y: 2 } }]);
});

test("what nobody asks for is not evaluated", () => {
  const text =
    "local f(a, b=error 'b') = a; { x: f(1), y:: error 'y', z: [error 'e', 2][1], n: std.length([error 'l']) }";
  assert.deepEqual(JSON.parse(print(text)), { x: 1, z: 2, n: 1 });
});

test("keys that JavaScript has its own ideas of are keys like others", () => {
  const text = `{ ["__proto__"]: 1, constructor: 2, "10": 3, "9": 4 }`;
  assert.equal(print(text), '{\n   "10": 3,\n   "9": 4,\n   "__proto__": 1,\n   "constructor": 2\n}\n');
  const plain = evaluateSnippet({ name: "m", importName: "m", text }, NOTHING) as Record<string, unknown>;
  assert.deepEqual(Object.keys(plain).sort(), ["10", "9", "__proto__", "constructor"]);
  assert.equal(print('std.parseJson(\'{"__proto__": {"a": 1}}\')'), '{\n   "__proto__": {\n      "a": 1\n   }\n}\n');
});

describe("errors", () => {
  test("are told with the stack trace of go-jsonnet, and as a problem with its place and the way there", () => {
    const error = failure("local f(x) = x.y;\n{ a: f({ 'é': 1 }) }");
    assert.equal(
      error.goText,
      "RUNTIME ERROR: Field does not exist: y\n\tmain.jsonnet:1:14-17\tfunction <f>\n" +
        '\tmain.jsonnet:2:6-20\tobject <anonymous>\n\tField "a"\t\n\tDuring manifestation\t\n',
    );
    assert.deepEqual(error.problems, [
      {
        code: "JsonnetFailed",
        message: "Field does not exist: y",
        file: "main.jsonnet",
        line: 1,
        column: 14,
        hint: "reached from main.jsonnet:2:6",
      },
    ]);
  });

  test("of a text that is not well formed show its lines", () => {
    const error = failure("{\n  a: 1\n  b: 2\n}");
    assert.equal(error.goText, "main.jsonnet:3:3-4 Expected a comma before next field\n\n  b: 2\n\n");
    assert.equal(error.kind, "static");
  });

  test("of unknown variables come all at once, $ and self in the wrong place too", () => {
    const { problems } = failure("[x, self.a, local f(y) = z; f(1), $]");
    assert.deepEqual(
      problems.map(({ line, column, message }) => `${line}:${column} ${message}`),
      [
        "1:35 No top-level object found.",
        "1:2 Unknown variable: x",
        "1:5 Can't use self outside of an object.",
        "1:26 Unknown variable: z",
      ],
    );
  });

  test("of a missing file name it", () => {
    assert.throws(() => evaluateFile("none.jsonnet", NOTHING), /none\.jsonnet/);
  });
});

describe("imports", () => {
  const files = {
    "app/main.jsonnet":
      "[import 'a.libsonnet', importstr '../text.txt', importbin '../text.txt', import 'shared.libsonnet']",
    "app/a.libsonnet": "{ from: std.thisFile, up: import '../b.libsonnet' }",
    "b.libsonnet": "'b'",
    "text.txt": "é",
    "one/shared.libsonnet": "1",
    "two/shared.libsonnet": "2",
  };

  test("are relative to the importing file, then looked for in libraries from the last to the first", () => {
    const options = { ...filesOf(files), libraries: ["one", "two"] };
    assert.deepEqual(evaluateFile("app/main.jsonnet", options), [
      { from: "app/a.libsonnet", up: "b" },
      "é",
      [195, 169],
      2,
    ]);
  });

  test("never ask for what lies outside of the root", () => {
    const asked: string[] = [];
    const read = (path: string): undefined => void asked.push(path);
    for (const path of ["../x", "/x", "a/../../x", "./../x"]) {
      assert.match(failure(`import '${path}'`, { read, libraries: ["lib"] }).message, /couldn't open import/);
    }
    assert.deepEqual(
      asked.filter((path) => path.startsWith("..") || path.startsWith("/")),
      [],
    );
  });

  test("are evaluated once", () => {
    const lines: string[] = [];
    const options = {
      ...filesOf({ "a.libsonnet": "std.trace('evaluated', { x: 1 })" }),
      trace: (line: string) => void lines.push(line),
    };
    print("[(import 'a.libsonnet').x, (import 'a.libsonnet').x]", options);
    assert.deepEqual(lines, ["TRACE: a.libsonnet:1 evaluated"]);
  });
});
