import type { JsonObject } from "@fairlead/base";

/** Chart.yaml, fields as Helm reads them (facts/render.md §3). */
export interface ChartMetadata {
  name: string;
  readonly home?: string | undefined;
  readonly sources?: readonly string[] | undefined;
  readonly version: string;
  readonly description?: string | undefined;
  readonly keywords?: readonly string[] | undefined;
  readonly maintainers?: readonly Maintainer[] | undefined;
  readonly icon?: string | undefined;
  readonly apiVersion: string;
  readonly condition?: string | undefined;
  readonly tags?: string | undefined;
  readonly appVersion?: string | undefined;
  readonly deprecated?: boolean | undefined;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  readonly kubeVersion?: string | undefined;
  dependencies?: ChartDependency[] | undefined;
  readonly type?: string | undefined;
}

export interface Maintainer {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
  readonly url?: string | undefined;
}

export interface ChartDependency {
  name: string;
  readonly version?: string | undefined;
  readonly repository?: string | undefined;
  readonly condition?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  enabled?: boolean | undefined;
  readonly importValues?: readonly (string | { readonly child: string; readonly parent: string })[] | undefined;
  readonly alias?: string | undefined;
}

/** A file of a chart, by its path below the chart. */
export interface ChartFile {
  readonly name: string;
  readonly data: Uint8Array;
}

/** A loaded chart. Dependency processing works on a copy (`copyChart`): names, values and dependencies change there. */
export interface Chart {
  readonly metadata: ChartMetadata;
  readonly lock: { readonly digest?: string | undefined } | undefined;
  values: JsonObject;
  readonly schema: Uint8Array | undefined;
  /** Below templates/, in the order in which they were read. */
  readonly templates: readonly ChartFile[];
  /** Below crds/. */
  readonly crds: readonly ChartFile[];
  /** Everything that has no meaning of its own: what `.Files` offers. */
  readonly files: readonly ChartFile[];
  dependencies: Chart[];
  /** Helm 3 names the templates of an alias' subcharts by the chart's own name, not by the alias. */
  pathName?: string | undefined;
  /** Where the chart's files are in the tree it was loaded from, for messages. */
  readonly root: string;
}

/** A copy whose metadata, values and dependencies may be changed; files are shared. */
export function copyChart(chart: Chart): Chart {
  return {
    ...chart,
    metadata: {
      ...chart.metadata,
      dependencies: chart.metadata.dependencies?.map((dependency) => ({ ...dependency })),
    },
    dependencies: chart.dependencies.map(copyChart),
  };
}
