/** What `.Release` says. */
export interface Release {
  readonly name: string;
  readonly namespace: string;
  readonly isUpgrade: boolean;
  readonly isInstall: boolean;
  readonly revision: number;
}

/** What `.Capabilities` says. */
export interface Capabilities {
  /** `v1.35.0` */
  readonly kubeVersion: string;
  /** `apps/v1`, `apps/v1/Deployment`, … */
  readonly apiVersions: readonly string[];
  /** `v4.3.1` */
  readonly helmVersion: string;
  readonly goVersion?: string | undefined;
}
