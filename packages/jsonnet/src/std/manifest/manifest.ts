import { type Machine, type Value } from "../../runtime/machine.ts";
import type { Trace } from "../../runtime/trace.ts";
import { strict } from "../define.ts";
import { manifestJsonEx } from "./json-ex.ts";
import { manifestIni, manifestPython, manifestPythonVars, manifestXml } from "./others.ts";
import { manifestToml } from "./toml.ts";
import { manifestYamlDoc, manifestYamlStream } from "./yaml.ts";

/** An argument that may be left out. */
function textOr(machine: Machine, site: Trace, value: Value | undefined, otherwise: string): string {
  return value === undefined ? otherwise : machine.string(value, site);
}

function flagOr(machine: Machine, site: Trace, value: Value | undefined, otherwise: boolean): boolean {
  return value === undefined ? otherwise : machine.boolean(value, site);
}

export const MANIFEST: Readonly<Record<string, Value>> = {
  manifestJsonEx: strict("value indent newline? key_val_sep?", (machine, site, value, indent, newline, separator) =>
    manifestJsonEx(machine, site, value, {
      indent: machine.string(indent, site),
      newline: textOr(machine, site, newline, "\n"),
      separator: textOr(machine, site, separator, ": "),
    }),
  ),
  manifestJson: strict("value", (machine, site, value) =>
    manifestJsonEx(machine, site, value, { indent: "    ", newline: "\n", separator: ": " }),
  ),
  manifestJsonMinified: strict("value", (machine, site, value) =>
    manifestJsonEx(machine, site, value, { indent: "", newline: "", separator: ":" }),
  ),
  manifestYamlDoc: strict("value indent_array_in_object? quote_keys?", (machine, site, value, isIndented, isQuoted) =>
    manifestYamlDoc(machine, site, value, {
      isArrayIndented: flagOr(machine, site, isIndented, false),
      hasQuotedKeys: flagOr(machine, site, isQuoted, true),
    }),
  ),
  manifestYamlStream: strict(
    "value indent_array_in_object? c_document_end? quote_keys?",
    (machine, site, value, isIndented, hasEnd, isQuoted) => {
      const style = {
        isArrayIndented: flagOr(machine, site, isIndented, false),
        hasQuotedKeys: flagOr(machine, site, isQuoted, true),
      };
      return manifestYamlStream(machine, site, value, style, flagOr(machine, site, hasEnd, true));
    },
  ),
  manifestToml: strict("value", (machine, site, value) => manifestToml(machine, site, value, "  ")),
  manifestTomlEx: strict("value indent", (machine, site, value, indent) =>
    manifestToml(machine, site, value, machine.string(indent, site)),
  ),
  manifestIni: strict("ini", manifestIni),
  manifestPython: strict("v", manifestPython),
  manifestPythonVars: strict("conf", manifestPythonVars),
  manifestXmlJsonml: strict("value", manifestXml),
};
