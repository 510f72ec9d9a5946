import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { VirtualClock } from "@fairlead/base";
import { seededRandom, sprigFunctions, systemRandom, TemplateSet } from "../src/index.ts";

const NOW_MS = Date.UTC(2024, 1, 29);

function render(text: string, seed: string): string {
  const set = new TemplateSet({ functions: sprigFunctions }).parse("main", text);
  return set.execute("main", {}, { random: seededRandom(seed), clock: new VirtualClock(NOW_MS) });
}

const RANDOM = `{{randAlphaNum 20}} {{randAscii 9}} {{uuidv4}} {{randInt 0 1000}} {{shuffle "abcdef"}} {{randBytes 8}}
{{bcrypt "x"}} {{encryptAES "k" "v"}} {{genPrivateKey "ecdsa"}} {{genPrivateKey "ed25519"}}`;

describe("A seeded render gives the same answer every time", () => {
  test("random text, identifiers, hashes and keys repeat for one seed and differ for another", () => {
    assert.equal(render(RANDOM, "a"), render(RANDOM, "a"));
    assert.notEqual(render(RANDOM, "a"), render(RANDOM, "b"));
  });

  test("each place has its own stream, so a new call elsewhere changes nothing", () => {
    const before = render("{{randAlpha 8}}\n{{randAlpha 8}}", "s").split("\n");
    const after = render("{{randAlpha 8}}\n{{randAlpha 8}}\n{{randAlpha 8}}", "s").split("\n");
    assert.deepEqual(after.slice(0, 2), before);
    assert.notEqual(before[0], before[1]);
  });

  test("a helper gives every template that includes it another value", () => {
    const set = new TemplateSet({ functions: sprigFunctions });
    set
      .parse("h", '{{define "p"}}{{randAlpha 8}}{{end}}')
      .parse("a", '{{template "p"}}')
      .parse("b", '{{template "p"}}');
    const options = { random: seededRandom("s") };
    assert.equal(set.execute("a", {}, options), set.execute("a", {}, options));
    assert.notEqual(set.execute("a", {}, options), set.execute("b", {}, options));
  });

  test("a loop gets another value each time round", () => {
    const values = render("{{range until 20}}{{randAlphaNum 10}} {{end}}", "s").trim().split(" ");
    assert.equal(new Set(values).size, 20);
  });

  test("certificates are real: an authority, and what it signed", () => {
    const text = `{{$ca := genCA "ca" 365}}{{$c := genSignedCert "svc" (list "10.0.0.1" "2001:db8::1") (list "svc.ns" "*.x") 30 $ca}}
{{$ca.Cert}}{{$ca.Key}}{{$c.Cert}}{{$c.Key}}`;
    const output = render(text, "certs");
    assert.equal(render(text, "certs"), output);
    const blocks = output.match(/-----BEGIN [\s\S]*?-----END [^\n]*\n/g) ?? [];
    const [authority, leaf] = [new X509Certificate(blocks[0] ?? ""), new X509Certificate(blocks[2] ?? "")];
    assert.ok(authority.ca && authority.verify(authority.publicKey));
    assert.ok(leaf.verify(authority.publicKey) && leaf.checkIssued(authority) && !leaf.ca);
    assert.ok(leaf.checkPrivateKey(createPrivateKey(blocks[3] ?? "")));
    assert.equal(leaf.subjectAltName, "DNS:svc.ns, DNS:*.x, IP Address:10.0.0.1, IP Address:2001:DB8:0:0:0:0:0:1");
    assert.equal(Date.parse(leaf.validTo) - Date.parse(leaf.validFrom), 30 * 86_400_000);
    assert.equal(Date.parse(leaf.validFrom), NOW_MS);
  });

  test("elliptic curve signatures repeat too", () => {
    const text = '{{genCAWithKey "ca" 1 (genPrivateKey "ecdsa")}}';
    assert.equal(render(text, "ec"), render(text, "ec"));
  });

  test("the system's randomness repeats nothing", () => {
    const set = new TemplateSet({ functions: sprigFunctions }).parse("main", "{{uuidv4}}");
    const once = set.execute("main", {}, { random: systemRandom });
    assert.notEqual(once, set.execute("main", {}, { random: systemRandom }));
  });
});
