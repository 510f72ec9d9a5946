import { JsonnetArray, JsonnetObject, type Lazy, type Machine, type Value, typeName } from "../../runtime/machine.ts";
import { quoteJson } from "../../manifest/string.ts";
import { numberText } from "../../manifest/number.ts";
import { toText } from "../../manifest/json.ts";
import { fieldOf } from "../../runtime/fields.ts";
import { STD, type Trace } from "../../runtime/trace.ts";

function fieldsOf(machine: Machine, site: Trace, value: Value): [string, Value][] {
  const object = machine.object(value, site);
  return object.shown.map((name) => [name, fieldOf(machine, object, name, 0, site)]);
}

/** Goes one value deeper for as long as `work` takes. */
function nested<T>(machine: Machine, from: Trace, work: (site: Trace) => T): T {
  machine.push(from, false);
  const result = work(STD);
  machine.depth--;
  return result;
}

/** `{main: {…}, sections: {name: {…}}}`; a list is a line for each of its values. */
export function manifestIni(machine: Machine, site: Trace, ini: Value): string {
  const object = machine.object(ini, site);
  const body = (value: Value): string[] =>
    fieldsOf(machine, site, value).flatMap(([name, given]) => {
      const values: readonly Lazy[] = given instanceof JsonnetArray ? given.items : [given];
      return values.map((item) => `${name} = ${toText(machine, machine.force(item, site), site)}`);
    });
  const hasMain = object.shows("main");
  const lines = hasMain ? body(fieldOf(machine, object, "main", 0, site)) : [];
  for (const [name, section] of fieldsOf(machine, site, fieldOf(machine, object, "sections", 0, site))) {
    lines.push(`[${name}]`, ...body(section));
  }
  return [...lines, ""].join("\n");
}

export function manifestPython(machine: Machine, from: Trace, value: Value): string {
  if (value === null) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return numberText(value);
  if (typeof value === "string") return quoteJson(value);
  return nested(machine, from, (site) => {
    if (value instanceof JsonnetArray) {
      const items = value.items.map((item) => manifestPython(machine, site, machine.force(item, site)));
      return `[${items.join(", ")}]`;
    }
    if (!(value instanceof JsonnetObject)) throw machine.fail("cannot manifest function", site);
    const fields = fieldsOf(machine, site, value);
    return `{${fields.map(([name, field]) => `${quoteJson(name)}: ${manifestPython(machine, site, field)}`).join(", ")}}`;
  });
}

export function manifestPythonVars(machine: Machine, site: Trace, conf: Value): string {
  const lines = fieldsOf(machine, site, conf).map(
    ([name, value]) => `${name} = ${manifestPython(machine, site, value)}`,
  );
  return [...lines, ""].join("\n");
}

/** JsonML: `[tag, {attributes}, children…]`, the attributes left out or not. */
export function manifestXml(machine: Machine, site: Trace, value: Value): string {
  if (!(value instanceof JsonnetArray)) {
    throw machine.fail(`Expected a JSONML value (an array), got ${typeName(value)}`, site);
  }
  return xmlElement(machine, site, value);
}

function xmlElement(machine: Machine, from: Trace, value: Value): string {
  if (typeof value === "string") return value;
  return nested(machine, from, (site) => {
    const { items } = machine.array(value, site);
    if (items.length === 0) throw machine.fail("Index 0 out of bounds, not within [0, 0)", site);
    const [tag, second] = items.slice(0, 2).map((item) => machine.force(item, site));
    const hasAttributes = second instanceof JsonnetObject;
    const attributes = hasAttributes ? fieldsOf(machine, site, second) : [];
    const shown = attributes.map(([name, field]) => ` ${name}="${toText(machine, field, site)}"`).join("");
    const children = items.slice(hasAttributes ? 2 : 1);
    const inner = children.map((item) => xmlElement(machine, site, machine.force(item, site))).join("");
    const name = xmlName(machine, site, tag as Value);
    const text = `<${name}${shown}>${inner}</${name}>`;
    machine.checkLength(text.length, site);
    return text;
  });
}

function xmlName(machine: Machine, site: Trace, tag: Value): string {
  if (typeof tag === "string") return tag;
  throw machine.fail(`Expected string or array, got ${typeName(tag)}`, site);
}
