import { formatId } from "../resource/id.ts";
import { type Decoder, decodeInto } from "../kustomization/decode.ts";
import type { DecodeFault } from "../kustomization/decode.ts";
import { ProblemError } from "@fairlead/base";
import { addressOf } from "../resource/resource.ts";
import { within } from "../transform/fault.ts";
import type { PluginConfiguration } from "./plugin-entries.ts";

/** Decodes a plugin's configuration; fields it does not know are passed over. @throws ProblemError KustomizePlugin */
export function decodePlugin<T>(decoder: Decoder<T>, { json, resource }: PluginConfiguration): T {
  const faults: DecodeFault[] = [];
  const decoded = decodeInto(decoder, json ?? {}, faults, false);
  if (faults.length === 0) return decoded as T;
  const at = addressOf(resource);
  throw new ProblemError(
    faults.map(({ message }) => ({
      code: "KustomizePlugin",
      message: `error unmarshaling JSON: while decoding JSON: ${message}`,
      ...at,
    })),
  );
}

/** Runs the check of a configuration, naming the plugin in what goes wrong. */
export function configuringPlugin<T>({ resource }: PluginConfiguration, step: () => T): T {
  return within(addressOf(resource), `plugin ${formatId(resource.originalId)} fails configuration: `, step);
}
