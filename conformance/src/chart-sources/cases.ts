import type { KnownRule } from "../suite.ts";

export interface Case {
  readonly name: string;
  /** Below the working directory; the chart is `app`. */
  readonly files: Readonly<Record<string, string>>;
  /** Run one after the other, by helm and by us. */
  readonly commands: readonly (readonly string[])[];
}

export const KNOWN: readonly KnownRule[] = [
  {
    pattern: /contains an underscore/,
    reason: "helm explains on the standard output why a tag has _ for +; that is no news to a program that reads it",
  },
];

/** Charts that are in the HTTP repository and in the registry: name of a folder → files. */
export function repositoryCharts(): Record<string, Record<string, string>> {
  const chart = (name: string, version: string): Record<string, string> => ({
    "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: ${version}\nappVersion: "${version}"\n`,
    "values.yaml": "color: blue\n",
    "templates/config.yaml": `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-${name}\ndata:\n  version: {{ .Chart.Version | quote }}\n  color: {{ .Values.color }}\n`,
  });
  return {
    a: chart("web", "1.0.0"),
    b: chart("web", "1.2.0"),
    c: chart("web", "1.10.0"),
    d: chart("web", "2.0.0-rc.1"),
    e: chart("cache", "0.3.1+build.7"),
  };
}

function app(dependencies: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const head = "apiVersion: v2\nname: app\nversion: 0.1.0\n";
  return { "app/Chart.yaml": `${head}${dependencies === "" ? "" : `dependencies:\n${dependencies}`}`, ...more };
}

function one(name: string, version: string, repository: string, more = ""): string {
  return `- name: ${name}\n  version: "${version}"\n${repository === "" ? "" : `  repository: "${repository}"\n`}${more}`;
}

const local = (version: string): Record<string, string> => ({
  "local/Chart.yaml": `apiVersion: v2\nname: local\nversion: ${version}\n`,
  "local/.helmignore": "*.md\n",
  "local/README.md": "left away",
  "local/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: local\n",
});

const UPDATE = ["dependency", "update", "app", "--plain-http"];
const BUILD = ["dependency", "build", "app", "--plain-http"];
const LIST = ["dependency", "list", "app"];
const TEMPLATE = ["template", "app"];

export function casesFor(http: string, oci: string): Case[] {
  const all = (name: string, files: Record<string, string>, commands = [UPDATE, LIST, BUILD]): Case => ({
    name,
    files,
    commands,
  });
  return [
    ...["1.x", "^1.0.0", "1.2.0", ">=1.0.0-0", "*", "~1.2"].map((range) =>
      all(`http ${range}`, app(one("web", range, http))),
    ),
    ...["1.x", "1.2.0", ">=2.0.0-0"].map((range) => all(`oci ${range}`, app(one("web", range, oci)))),
    all("oci with build metadata", app(one("cache", "0.3.1+build.7", oci))),
    all("http with build metadata", app(one("cache", "0.3.x", http))),
    all("alias of a repository", app(one("web", "1.x", "@known")), [LIST, UPDATE, LIST, BUILD, TEMPLATE]),
    all("alias of a repository, long form", app(one("web", "1.x", "alias:known"))),
    all("two of one chart", app(one("web", "1.0.0", http) + one("web", "1.0.0", http, "  alias: other\n"))),
    all(
      "condition, tags and alias in the digest",
      app(
        one(
          "web",
          "1.x",
          http,
          "  alias: front\n  condition: front.enabled\n  tags: [a, b]\n  import-values: [data, {child: x, parent: y}]\n",
        ),
      ),
    ),
    all("beside it", app(one("local", "^1", "file://../local"), local("1.4.0")), [LIST, UPDATE, LIST, BUILD, TEMPLATE]),
    all("beside it, of another version", app(one("local", "^2", "file://../local"), local("1.4.0"))),
    all("beside it, not there", app(one("local", "^1", "file://../nowhere"))),
    all(
      "in charts",
      app(one("inner", "1.x", ""), { "app/charts/inner/Chart.yaml": "apiVersion: v2\nname: inner\nversion: 1.0.0\n" }),
    ),
    all(
      "in charts, of another version",
      app(one("inner", "2.x", ""), { "app/charts/inner/Chart.yaml": "apiVersion: v2\nname: inner\nversion: 1.0.0\n" }),
    ),
    all("none", app("")),
    all("an empty list", { "app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 0.1.0\ndependencies: []\n" }),
    all("unknown version", app(one("web", "9.x", http))),
    all("unknown version in a registry", app(one("web", "9.x", oci))),
    all("unknown chart", app(one("nothing", "1.x", http))),
    all("unknown alias", app(one("web", "1.x", "@nobody"))),
    all("a word for a repository", app(one("web", "1.x", "stable"))),
    all("a range that is none", app(one("web", "not a range", http))),
    all(
      "lock out of date",
      app(one("web", "1.x", http), {
        "app/Chart.lock": `dependencies:\n- name: web\n  repository: ${http}\n  version: 1.0.0\ndigest: sha256:0000\ngenerated: "2026-01-01T00:00:00Z"\n`,
      }),
      [BUILD, LIST],
    ),
    all("v1 with requirements.yaml", {
      "app/Chart.yaml": "apiVersion: v1\nname: app\nversion: 0.1.0\n",
      "app/requirements.yaml": `dependencies:\n${one("web", "1.2.x", http)}`,
    }),
    all("what is no longer wanted goes", app(one("web", "1.x", http)), [
      UPDATE,
      ["dependency", "update", "app", "--skip-refresh"],
      LIST,
    ]),
    all("nothing there", {}, [LIST, UPDATE, BUILD, ["dependency", "build", "app", "more"]]),
    all("an archive", {}, [
      ["dependency", "list", "archives/web-1.2.0.tgz"],
      ["dependency", "build", "archives/web-1.2.0.tgz"],
    ]),
    all("template --repo", {}, [
      ["template", "web", "--repo", http],
      ["template", "web", "--repo", http, "--version", "1.2.x"],
      ["template", "web", "--repo", http, "--devel"],
      ["template", "named", "known/web", "--version", "1.0.0", "--set", "color=red"],
      ["template", `${http}/web-1.2.0.tgz`],
    ]),
    all("template oci", {}, [
      ["template", `${oci}/web`, "--plain-http"],
      ["template", `${oci}/web`, "--plain-http", "--version", "1.2.x"],
      ["template", `${oci}/cache`, "--plain-http", "--version", "0.3.1+build.7"],
    ]),
    all("template --dependency-update", app(one("web", "1.x", http)), [
      ["template", "app", "--dependency-update"],
      LIST,
    ]),
  ];
}
