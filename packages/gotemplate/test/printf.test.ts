import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DATA } from "./support/data.ts";
import { run, type Table } from "./support/run.ts";

const CASES: Table = [
  [
    '{{printf "%d %5d|%-5d|%05d|%+d|% d|%x|%X|%#x|%o|%#o|%O|%b" 42 42 42 42 42 42 255 255 255 8 8 8 5}}',
    "42    42|42   |00042|+42| 42|ff|FF|0xff|10|010|0o10|101",
  ],
  [
    '{{printf "%s|%10s|%-10s|%.2s|%q|%x|% X|%#q" "héllo" "é" "é" "日本語" "a\\"\\n" "hi" "hi" "plain"}}',
    'héllo|         é|é         |日本|"a\\"\\n"|6869|68 69|`plain`',
  ],
  [
    '{{printf "%f|%.2f|%8.3f|%-8.1f|%+.1f|%e|%.3e|%g|%.3g|%G" 3.14159 2.345 3.14159 1.25 1.5 123456.789 0.00012 1e21 1234.5 1e-7}}',
    "3.141590|2.35|   3.142|1.2     |+1.5|1.234568e+05|1.200e-04|1e+21|1.23e+03|1E-07",
  ],
  ['{{printf "%.0f %.0f %.0f %.1f %.2f" 0.5 1.5 2.5 0.25 1.005}}', "0 2 2 0.2 1.00"],
  ['{{printf "%v %v %v %v %v" 1.0 1e6 123456789.0 0.000001 1e20}}', "1 1e+06 1.23456789e+08 1e-06 1e+20"],
  [
    '{{printf "%t %5t %v" true false true}} {{printf "%c %U %#U %q" 65 0x1F600 0x1F600 \'x\'}}',
    "true false true A U+1F600 U+1F600 '😀' 'x'",
  ],
  [
    '{{printf "%v %+v %#v %T" .map .mixed .mixed .map}}',
    'map[a:1 b:2 nested:map[deep:map[deeper:treasure]] nil:<nil>] [1 2.5 three <nil> true] []interface {}{1, 2.5, "three", interface {}(nil), true} map[string]interface {}',
  ],
  ['{{printf "%v %s %d %q %x" .list .list .ints .strings .bytes}}', '[a b c] [a b c] [3 1 2] ["x" "y"] 72617720c3a9'],
  ['{{printf "%T %T %T %T %T %T" 1 1.0 "s" nil .list .strings}}', "int float64 string <nil> []interface {} []string"],
  [
    '{{printf "%d" "x"}} {{printf "%s" 1}} {{printf "%z" 1}} {{printf "%d"}} {{printf "%d" 1 2}} {{printf "%!"}} {{printf "%"}}',
    "%!d(string=x) %!s(int=1) %!z(int=1) %!d(MISSING) 1%!(EXTRA int=2) %!!(MISSING) %!(NOVERB)",
  ],
  [
    '{{printf "%[2]d %[1]d" 1 2}} {{printf "%[3]d" 1}} {{printf "%*d|%-*d|%.*f" 5 1 5 1 2 1.5}} {{printf "%*d" "x" 1}}',
    "2 1 %!d(BADINDEX)     1|1    |1.50 %!(BADWIDTH)1",
  ],
  [
    '{{printf "%5v|%-5v|%05v" 1 "a" 7}} {{printf "%v %d" nil nil}} {{printf "%6.2f%%" 12.3456}}',
    "    1|a    |00007 <nil> %!d(<nil>)  12.35%",
  ],
  ['{{printf "%x %b %p" 1.5 1.5 1}}', "0x1.8p+00 6755399441055744p-52 %!p(int=1)"],
];

describe("printf knows every verb, flag and misuse", () => {
  for (const [template, expected] of CASES) {
    test(template, () => assert.equal(run(template, DATA), expected));
  }
});
