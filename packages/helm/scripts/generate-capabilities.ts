/**
 * Writes src/engine/generated/capabilities.json: what `.Capabilities` says in `helm template` without a cluster, asked of the real
 * binaries. Usage: node scripts/generate-capabilities.ts HELM3 HELM4 (paths of the binaries)
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

function ask(helm: string): unknown {
  const chart = mkdtempSync(join(tmpdir(), "fairlead-capabilities-"));
  try {
    mkdirSync(join(chart, "templates"));
    writeFileSync(join(chart, "Chart.yaml"), "apiVersion: v2\nname: caps\nversion: 0.1.0\n");
    writeFileSync(
      join(chart, "templates/caps.yaml"),
      "x: {{ dict `kubeVersion` .Capabilities.KubeVersion.Version `helmVersion` .Capabilities.HelmVersion.Version `goVersion` .Capabilities.HelmVersion.GoVersion `apiVersions` .Capabilities.APIVersions | toJson }}\n",
    );
    const output = execFileSync(helm, ["template", chart], { encoding: "utf8" });
    return JSON.parse(/^x: (.*)$/m.exec(output)?.[1] ?? "null");
  } finally {
    rmSync(chart, { recursive: true });
  }
}

const [helm3 = "", helm4 = ""] = process.argv.slice(2);
const target = join(import.meta.dirname, "../src/engine/generated/capabilities.json");
mkdirSync(join(import.meta.dirname, "../src/engine/generated"), { recursive: true });
writeFileSync(target, `${JSON.stringify({ v3: ask(helm3), v4: ask(helm4) })}\n`);
