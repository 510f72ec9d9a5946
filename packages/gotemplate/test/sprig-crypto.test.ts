import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { sprigFunctions } from "../src/index.ts";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{sha1sum "a"}} {{sha256sum "a"}} {{adler32sum "Hello"}}',
    "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8 ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb 93061621",
  ],
  [
    '{{derivePassword 1 "long" "password" "user" "example.com"}} {{derivePassword 1 "pin" "p" "u" "s"}}',
    "ZedaFaxcZaso9* 2461",
  ],
  [
    '{{decryptAES "k" (encryptAES "k" "secret é")}} {{htpasswd "a:b" "c"}} {{bcrypt "x" | trunc 7}}',
    "secret é invalid username: a:b $2a$10$",
  ],
  ['{{randAlphaNum 12 | len}} {{regexMatch "^[0-9a-f-]{36}$" uuidv4}} {{randNumeric 3 | len}}', "12 true 3"],
  [
    '{{decryptAES "k" "!!"}}',
    'error: template: main:1:2: executing "main" at <decryptAES "k" "!!">: error calling decryptAES: illegal base64 data at input byte 0',
  ],
  [
    "{{randInt 5 5}}",
    'error: template: main:1:2: executing "main" at <randInt 5 5>: error calling randInt: invalid argument to Intn',
  ],
];

describe("Hashes and passwords are the same everywhere", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA, sprigFunctions), expected));
  }
});
