import { EVERYTHING, type Case } from "./common.ts";

const VERBS = "vdsqxXtbcoOUeEfFgGpTwz%!".split("");
const FLAGS = ["", "+", "-", "#", " ", "0", "+#", "# ", "-0", "+0", "+ "];
const SIZES = ["", "8", "12.3", ".2", ".0", ".", "3", "20.10", "08"];
const OPERANDS = [
  "42",
  "-7",
  "0",
  "3.14159",
  "-0.0",
  "1e21",
  "1e20",
  "123456789.0",
  "0.000012345",
  "100000.0",
  '"hi é日"',
  '""',
  '"a\\xffb`c"',
  "true",
  "nil",
  "'x'",
  "1.5i",
  ".list",
  ".mixed",
  ".map",
  ".strings",
  ".bytes",
  ".plain",
  ".pointer",
  ".intMap",
  ".nilMap",
  ".nilSlice",
  ".nilStrings",
  ".nilPair",
  ".number",
  ".float32",
  ".huge",
  ".big",
  ".byte",
  ".small",
  ".emptyList",
  ".emptyMap",
  ".unsigned",
];

/** Addresses differ from run to run; %p of anything that has one says nothing. */
function showsAddress(verb: string, operand: string): boolean {
  const hasAddress = /^\.(list|mixed|map|strings|bytes|pointer|intMap|emptyList|emptyMap)$/.test(operand);
  return (verb === "p" && hasAddress) || (operand === ".pointer" && "dxXobO".includes(verb));
}

function* combinations(): Generator<Case> {
  for (const operand of OPERANDS) {
    for (const verb of VERBS) {
      if (showsAddress(verb, operand)) continue;
      // One template for all flags and sizes of a verb keeps the count of cases down.
      const parts = FLAGS.flatMap((flag) => SIZES.map((size) => `{{printf "%${flag}${size}${verb}" ${operand}}}|`));
      yield { text: parts.join(""), data: EVERYTHING };
    }
  }
}

const FORMATS =
  String.raw`
{{printf "%d %s"}}
{{printf "%d %s" 1}}
{{printf "%d" 1 2 "x" nil}}
{{printf "%[2]d %[1]d" 1 2}}
{{printf "%[2]*[1]d|" 1 5}}
{{printf "%[1]d %d %[1]d" 1 2}}
{{printf "%[3]d" 1}}
{{printf "%[x]d" 1}}
{{printf "%[]d" 1}}
{{printf "%[1" 1}}
{{printf "%[1]" 1}}
{{printf "%[0]d" 1}}
{{printf "%[-1]d" 1}}
{{printf "%*d|" 5 1}}
{{printf "%-*d|" 5 1}}
{{printf "%*d|" -5 1}}
{{printf "%.*f|" 2 1.5}}
{{printf "%.*f|" -2 1.5}}
{{printf "%*d|" "x" 1}}
{{printf "%.*d|" "x" 1}}
{{printf "%*d|" 10000001 1}}
{{printf "%10000001d|" 1}}
{{printf "%"}}
{{printf "100%"}}
{{printf "%-"}}
{{printf "%5"}}
{{printf "%.5" 1}}
{{printf "%%%d%%" 5}}
{{printf "%5%|%-5%|" }}
{{printf "%!" 1}}
{{printf "%é" 1}}
{{printf "%.3s|%.10s|%5s|%-5s|%05s" "日本語です" "x" "é" "é" "é"}}
{{printf "%x %X %#x % x %# x" "hello" "hello" "hello" "hello" "hello"}}
{{printf "%x" .strings}} {{printf "%q" .strings}} {{printf "%5q" .list}} {{printf "%s" .mixed}} {{printf "%d" .mixed}}
{{printf "%v %+v %#v %T" .map .map .map .map}}
{{printf "%v %+v %#v %T" .mixed .mixed .mixed .mixed}}
{{printf "%v %+v %#v %T" .pair .pair .pair .pair}}
{{printf "%#v" .ints}} {{printf "%#v" .strings}} {{printf "%#v" .intMap}} {{printf "%#v" .stringMap}} {{printf "%#v" 1.0}} {{printf "%#v" 1e6}} {{printf "%#v" 1e21}} {{printf "%#v" .huge}} {{printf "%#v" "a` +
  "`" +
  String.raw`b"}} {{printf "%#v" true}} {{printf "%#v" nil}}
{{printf "%t %t" true 1}}
{{printf "%c %c %c %q %U %#U" 65 0x1F600 1114112 65 0x1F600 0x1F600}}
{{printf "%08.3f|%+08.3f|%-8.3f|% 8.3f|%8.0f|%#8.0f" 3.14159 3.14159 3.14159 3.14159 2.5 2.5}}
{{printf "%.0f %.0f %.0f %.0f %.1f %.2f %.3f" 0.5 1.5 2.5 3.5 0.25 1.005 1.0005}}
{{printf "%g %g %g %g %g %g" 100000.0 1000000.0 10000000.0 1e20 1e21 1e-5}}
{{printf "%.3g %.10g %.3g %#.3g %#g %#g" 1234.5678 1234.5678 0.00001234 1.0 1.0 1e10}}
{{printf "%e %E %.0e %#.0e %.2e" 123456.789 0.000123 5.0 5.0 9.999}}
{{printf "%v %v %v %v" 1e5 1e6 123456789.0 1.0}}
{{printf "%6.2f%%" 12.3456}}
{{printf "%b %b %o %O %x %X %#x %#o %#b" 5 -5 64 64 255 255 255 64 5}}
{{printf "%b" 1.5}} {{printf "%x %X %.2x %#x" 1.5 1.5 1.999 1.0}}
{{printf "%+d %+d % d %05d %-5d| %+05d %x" 5 -5 5 42 42 42 -255}}
{{printf "%.5d|%8.5d|%-8.5d|%08.5d|%.0d|%+.0d" 42 42 42 42 0 0}}
{{printf "%d" .big}} {{printf "%x" .huge}} {{printf "%d" .max}} {{printf "%o" .huge}}
{{printf "%s %v" .nothing .missing}}
{{printf "%s" .pointer}} {{printf "%v" .pointer}} {{printf "%+v" .pair.Nested}}
{{printf "%v" .float32}} {{printf "%g" .float32}} {{printf "%.20f" .float32}} {{printf "%.30f" 0.1}}
{{printf "%s" .bytes}} {{printf "%v" .bytes}} {{printf "%x" .bytes}} {{printf "%q" .bytes}} {{printf "%#v" .bytes}} {{printf "%d" .bytes}} {{printf "%08b" .bytes}}
{{printf "%q %+q %#q %#q" "é\n\t\"" "é😀" "plain" "has` +
  "`" +
  String.raw`tick"}}
{{printf "%q" "\u200b\u00a0\u2028\ufeff\x7f\x01"}}
{{printf "%6d|%-6d|%06d|%+6d|% 6d" 42 42 42 42 42}}
{{printf "%5t|%-7t|%07t" true false true}}
{{printf "%w" .name}}
{{printf "%5v|%-5v|%05v" 1 1 1}} {{printf "%5v|%05v" .numbers .numbers}} {{printf "%6.2f" .numbers}} {{printf "%5v" .map}}
{{printf "%v" .number}} {{printf "%s" .number}} {{printf "%d" .number}} {{printf "%T" .number}}
{{printf "%T %T %T %T %T %T %T %T %T" 1 1.0 "s" true nil .list .map .strings 'x'}}
{{printf "%T %T %T %T %T %T" .big .small .byte .pair .pointer .intMap}}
{{printf "%v %v" .nilPair .nilMap}} {{printf "%+v" .nilSlice}} {{printf "%s" .nilSlice}}
{{println}} {{println 1 "a" nil 1.5}} {{print}} {{print 1.0 2.0 "x" 3.0}}
{{print 1e100}} {{print 5e-324}} {{print 1.7976931348623157e308}} {{print 0.1}} {{print 100.0}} {{print 123456.0}} {{print 1234567.0}} {{print 0.0001}} {{print 0.00001}}
`;

export const printfCases: readonly Case[] = [
  ...combinations(),
  ...FORMATS.split("\n")
    .filter((line) => line !== "")
    .map((text) => ({ text, data: EVERYTHING })),
];
