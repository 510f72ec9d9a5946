import type { Bench, BenchRow } from "../types.ts";
import { externalRows } from "./external.ts";
import { sealedRows } from "./sealed.ts";

const PARTS = { sealed: sealedRows, external: externalRows } as const;

/** `npm run bench -- secrets [sealed|external]`: all parts, or the one that is named. */
export const bench: Bench = {
  name: "secrets",
  description:
    "SealedSecrets of RSA-4096 opened off the main thread, alone and as a controller beside the real one; 5,000 ExternalSecrets on one Vault",
  async run(context) {
    const rows: BenchRow[] = [];
    for (const [name, part] of Object.entries(PARTS))
      if (context.args.length === 0 || context.args.includes(name)) rows.push(...(await part(context)));
    return rows;
  },
};
