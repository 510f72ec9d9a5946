export type Severity = "INFO" | "WARNING" | "ERROR";

export interface Finding {
  readonly severity: Severity;
  /** What it is about, as Helm names it: a file of the chart, or `templates/`. */
  readonly path: string;
  readonly text: string;
}

export type Report = (severity: Severity, path: string, text: string) => void;
