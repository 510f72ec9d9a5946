import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sprigFunctions } from "../src/index.ts";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{urlParse "http://u:p@h.com:80/a%20b?q=1#f"}}',
    "map[fragment:f host:h.com:80 hostname:h.com opaque: path:/a b query:q=1 scheme:http userinfo:u:p]",
  ],
  [
    '{{urlJoin (dict "scheme" "http" "host" "h" "path" "/a b" "query" "x=1")}} {{urlJoin (urlParse "http://u:p@h:1/p?q#f")}}',
    "http://h/a%20b?x=1 http://u:p@h:1/p?q#f",
  ],
  ['{{base "a/b.c"}} {{dir "a/b"}} {{clean "a//../b"}} {{ext "x.tar.gz"}} {{isAbs "/a"}}', "b.c a b .gz true"],
  [
    '{{b64enc "hello"}} {{b64dec "aGVsbG8="}} {{b64dec "a!b"}} {{b32enc "hello"}} {{b32dec "NBSWY3DP"}}',
    "aGVsbG8= hello illegal base64 data at input byte 1 NBSWY3DP hello",
  ],
  [
    '{{urlParse "http://h:x/"}}',
    'error: template: main:1:2: executing "main" at <urlParse "http://h:x/">: error calling urlParse: unable to parse url: parse "http://h:x/": invalid port ":x" after host',
  ],
];

describe("URLs, paths and encodings follow Go's packages", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA, sprigFunctions), expected));
  }
});
