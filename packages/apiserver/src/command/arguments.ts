import { parseArgs } from "node:util";
import { problemError } from "@fairlead/base";
import { IN_MEMORY } from "../server/types.ts";

/** What `fairlead apiserver …` was asked. */
export type ApiServerArguments =
  | {
      readonly action: "serve";
      /** `memory` or a directory. */
      readonly data: string;
      readonly port: number;
      readonly host: string | undefined;
      readonly kubeconfig: string | undefined;
      readonly simulate: boolean;
      readonly auditLog: string | undefined;
      readonly auditPolicy: string | undefined;
    }
  | { readonly action: "help" }
  | { readonly action: "backup"; readonly data: string; readonly file: string }
  | { readonly action: "restore"; readonly data: string; readonly file: string; readonly force: boolean };

const USAGE = `usage: fairlead apiserver (--data DIR | --memory) [--port N] [--host ADDRESS] [--kubeconfig FILE] [--simulate]
                          [--audit-log FILE [--audit-policy FILE]]
       fairlead apiserver backup --data DIR FILE
       fairlead apiserver restore --data DIR FILE [--force]
`;

export const HELP = `${USAGE}
Serves the Kubernetes API of one cluster without etcd, nodes or containers; kubectl, helm and controllers use it as any other.

  --data DIR            keep objects and keys in this directory
  --memory              keep nothing
  --port N              port to listen on; a free one when left out
  --host ADDRESS        address to listen on (127.0.0.1)
  --kubeconfig FILE     write access as cluster-admin to this file when the server is ready
  --simulate            schedule and run pods in appearance, so that workloads become ready
  --audit-log FILE      append one line of JSON for each request
  --audit-policy FILE   what the audit log says of which request (audit.k8s.io/v1 Policy)
  --force               restore: replace what the directory holds
`;

/** @throws ProblemError InvalidInput, with every fault of the command line */
export function parseArguments(args: readonly string[]): ApiServerArguments {
  const { values, positionals } = parse(args);
  if (values.help === true) return { action: "help" };
  const [action, file] = positionals;
  if (action === undefined) return serveArguments(values);
  if (action !== "backup" && action !== "restore") throw wrong(`unknown action ${JSON.stringify(action)}`);
  if (values.data === undefined || file === undefined || positionals.length > 2) {
    throw wrong(`${action} needs --data DIR and one FILE`);
  }
  if (action === "backup") return { action, data: values.data, file };
  return { action, data: values.data, file, force: values.force ?? false };
}

type Values = ReturnType<typeof parse>["values"];

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        data: { type: "string" },
        memory: { type: "boolean" },
        port: { type: "string" },
        host: { type: "string" },
        kubeconfig: { type: "string" },
        simulate: { type: "boolean" },
        "audit-log": { type: "string" },
        "audit-policy": { type: "string" },
        force: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : String(error));
  }
}

function serveArguments(values: Values): ApiServerArguments {
  const { data, memory = false, port = "0" } = values;
  if ((data === undefined) !== memory) throw wrong("name --data DIR or --memory, and only one of them");
  if (values["audit-policy"] !== undefined && values["audit-log"] === undefined)
    throw wrong("--audit-policy needs --audit-log FILE");
  const number = port.trim() === "" ? Number.NaN : Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65_535) throw wrong(`${JSON.stringify(port)} is no port`);
  return {
    action: "serve",
    data: data ?? IN_MEMORY,
    port: number,
    host: values.host,
    kubeconfig: values.kubeconfig,
    simulate: values.simulate ?? false,
    auditLog: values["audit-log"],
    auditPolicy: values["audit-policy"],
  };
}

function wrong(message: string): Error {
  return problemError("InvalidInput", message, { hint: USAGE.trimEnd() });
}
