import { isJsonObject, problemError, type Json } from "@fairlead/base";
import { SOURCE_LIMITS } from "../limits.ts";

export interface OciLayer {
  readonly mediaType: string;
  /** `sha256:…` */
  readonly digest: string;
  readonly size: number;
}

export interface OciManifest {
  readonly configType: string;
  readonly layers: readonly OciLayer[];
}

const HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json";
const HELM_LAYERS: ReadonlySet<string> = new Set([
  "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
  "application/tar+gzip",
]);
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * A manifest, or the digest of the only one in an index; what is for no platform in particular (attestations) does not count.
 * @throws ProblemError ArtifactInvalid
 */
export function parseManifest(value: Json, where: string): OciManifest | { readonly only: string } {
  if (!isJsonObject(value)) throw invalid(where, "its manifest is not JSON");
  if (Array.isArray(value["manifests"])) return { only: onlyOf(value["manifests"], where) };
  if (!Array.isArray(value["layers"])) throw invalid(where, "its manifest has no layers");
  const layers = value["layers"].map((layer) => {
    const { mediaType, digest, size } = isJsonObject(layer) ? layer : {};
    if (
      typeof mediaType !== "string" ||
      typeof digest !== "string" ||
      !DIGEST.test(digest) ||
      typeof size !== "number"
    ) {
      throw invalid(where, "a layer of its manifest has no media type, SHA-256 digest or size");
    }
    return { mediaType, digest, size };
  });
  const config = isJsonObject(value["config"]) ? value["config"]["mediaType"] : undefined;
  return { configType: typeof config === "string" ? config : "", layers };
}

function onlyOf(manifests: readonly Json[], where: string): string {
  const real = manifests.filter((entry) => {
    const platform = isJsonObject(entry) ? entry["platform"] : undefined;
    return !(isJsonObject(platform) && platform["os"] === "unknown");
  });
  const [first] = real;
  const digest = isJsonObject(first) ? first["digest"] : undefined;
  if (real.length !== 1 || typeof digest !== "string" || !DIGEST.test(digest)) {
    throw invalid(where, `its index names ${real.length} manifests, not one`);
  }
  return digest;
}

export function isHelmChart(manifest: OciManifest): boolean {
  return manifest.configType === HELM_CONFIG;
}

/**
 * The layer that holds the files: the chart's of a chart (its provenance is another layer), else the only tar, as in Argo CD.
 * @throws ProblemError ArtifactInvalid
 */
export function contentLayer(manifest: OciManifest, where: string): OciLayer {
  if (manifest.layers.length > SOURCE_LIMITS.ociLayersMax) {
    throw invalid(
      where,
      `expected no more than ${SOURCE_LIMITS.ociLayersMax} oci layers, got ${manifest.layers.length}`,
    );
  }
  const isContent = isHelmChart(manifest)
    ? ({ mediaType }: OciLayer): boolean => HELM_LAYERS.has(mediaType)
    : ({ mediaType }: OciLayer): boolean => /tar(?:[+.]gzip)?$/.test(mediaType);
  const found = manifest.layers.filter(isContent);
  const [layer] = found;
  if (layer && found.length === 1) return layer;
  throw invalid(where, `expected only a single oci content layer, got ${found.length}`);
}

function invalid(where: string, why: string): Error {
  return problemError("ArtifactInvalid", `${where}: ${why}`);
}
