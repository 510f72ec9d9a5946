import type { KubeObject } from "@fairlead/apimachinery";
import type { TablePrinter } from "../registry/types.ts";
import { CLUSTER_PRINTERS } from "./cluster.ts";
import { NETWORK_PRINTERS } from "./network.ts";
import { WORKLOAD_PRINTERS } from "./workloads.ts";

/** NAME and when it was created: kinds without columns of their own. */
const PLAIN_PRINTER: TablePrinter = {
  columns: [
    { name: "Name", type: "string", format: "name" },
    { name: "Created At", type: "date" },
  ],
  cells: (object: KubeObject) => [object.metadata.name ?? "", object.metadata.creationTimestamp ?? ""],
};

const PRINTERS = { ...WORKLOAD_PRINTERS, ...NETWORK_PRINTERS, ...CLUSTER_PRINTERS };

/** Columns of built-in kinds: those of pkg/printers/internalversion of Kubernetes 1.35. */
export function printerOf(group: string, kind: string): TablePrinter {
  return PRINTERS[`${group}/${kind}`] ?? PLAIN_PRINTER;
}
