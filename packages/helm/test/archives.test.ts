import assert from "node:assert/strict";
import test from "node:test";
import { gzipSync } from "node:zlib";
import { loadChartArchive, unpackChart, HELM_LIMITS } from "@fairlead/helm";
import { CHART, problemsOf, tgz, type TarEntry } from "./support.ts";

const MIB = 1024 * 1024;
const chartFile = { name: "web/Chart.yaml", content: CHART };

test("an archive's files lose the chart's folder and their byte order mark", () => {
  const long = `web/templates/${"x".repeat(120)}.yaml`;
  const pax = `path=${long}\n`;
  const files = unpackChart(
    tgz([
      { name: "web/", type: "5" },
      { ...chartFile, content: `\uFEFF${CHART}` },
      { name: "././@LongLink", type: "L", content: `${long}\0` },
      { name: "web/cut", content: "gnu" },
      { name: "pax", type: "x", content: `${pax.length + 4} ${pax}` },
      { name: "web/cut", content: "pax" },
      { name: "pax_global_header", type: "g", content: "" },
      { name: "./web/values.yaml", content: "a: 1\n" },
    ]),
    "web.tgz",
  );
  assert.deepEqual(
    files.map(({ name, data }) => [name, Buffer.from(data).toString()]),
    [
      ["Chart.yaml", CHART],
      [long.slice(4), "gnu"],
      [long.slice(4), "pax"],
      ["values.yaml", "a: 1\n"],
    ],
  );
});

test("a chart in an archive brings archives of subcharts", () => {
  const sub = tgz([{ name: "sub/Chart.yaml", content: CHART.replace("web", "sub") }]);
  const chart = loadChartArchive(tgz([chartFile, { name: "web/charts/sub-1.0.0.tgz", content: sub }]), "web.tgz");
  assert.deepEqual(
    chart.dependencies.map(({ metadata }) => metadata.name),
    ["sub"],
  );
});

const REFUSED: Readonly<Record<string, { entries: readonly TarEntry[]; code?: string; message: RegExp }>> = {
  "an absolute name": { entries: [{ name: "/etc/passwd" }], message: /absolute/ },
  "a name with a drive": { entries: [{ name: "c:\\windows\\x" }], message: /absolute/ },
  "a name that leaves its folder": { entries: [{ name: "web/../../x" }], message: /parent directory/ },
  "a backslash that leaves its folder": { entries: [{ name: "web\\..\\..\\x" }], message: /parent directory/ },
  "a symbolic link": { entries: [{ name: "web/x", type: "2" }], message: /not a plain file/ },
  "a hard link": { entries: [{ name: "web/x", type: "1" }], message: /not a plain file/ },
  "a device": { entries: [{ name: "web/x", type: "3" }], message: /not a plain file/ },
  "a chart without a folder": { entries: [{ name: "Chart.yaml" }], message: /not in base directory/ },
  "no file at all": { entries: [], message: /no files/ },
  "an entry longer than the archive": { entries: [{ name: "web/x", size: 9 * MIB }], message: /unexpected EOF/ },
  "a file above the limit": {
    entries: [{ name: "web/x", content: new Uint8Array(HELM_LIMITS.archiveFileBytesMax + 1) }],
    code: "LimitExceeded",
    message: /web\/x/,
  },
};

for (const [what, { entries, code = "ChartArchiveInvalid", message }] of Object.entries(REFUSED)) {
  test(`an archive with ${what} is refused`, () => {
    const [problem] = problemsOf(() => unpackChart(tgz(entries), "web.tgz"));
    assert.equal(problem?.code, code);
    assert.match(problem?.message ?? "", message);
  });
}

test("an archive that grows beyond the limit is refused while it grows", () => {
  const bomb = gzipSync(new Uint8Array(HELM_LIMITS.archiveBytesMax + MIB), { level: 1 });
  assert.equal(problemsOf(() => unpackChart(bomb, "bomb.tgz"))[0]?.code, "LimitExceeded");
});

for (const [data, words] of [
  ["", "EOF"],
  ["xx", "unexpected EOF"],
  ["no gzip header", "gzip: invalid header"],
] as const) {
  test(`an archive that begins ${JSON.stringify(data)} is refused in Go's words`, () => {
    assert.equal(problemsOf(() => unpackChart(Buffer.from(data), "x.tgz"))[0]?.message, words);
  });
}

test("bytes that are no archive are refused", () => {
  assert.equal(problemsOf(() => unpackChart(Buffer.from("<html>"), "x.tgz"))[0]?.code, "ChartArchiveInvalid");
});
