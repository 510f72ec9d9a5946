/** A small generator of numbers that repeats: the same programs in each run. */
function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

type Random = (below: number) => number;

const SCALARS = ["0", "1", "-3", "2.5", "1e9", "'a'", "'B c'", "'é😀'", "''", "true", "false", "null", "'12'"];
const CALLS: readonly ((random: Random, depth: number) => string)[] = [
  (r, d) => `std.length(${expression(r, d)})`,
  (r, d) => `std.type(${expression(r, d)})`,
  (r, d) => `std.toString(${expression(r, d)})`,
  (r, d) => `std.sort(${list(r, d)})`,
  (r, d) => `std.join(${pick(r, ["','", "[0]", "''"])}, ${list(r, d)})`,
  (r, d) => `std.map(function(x) ${pick(r, ["x", "[x]", "x + 1", "'' + x"])}, ${list(r, d)})`,
  (r, d) => `std.filter(function(x) ${pick(r, ["x == 1", "std.isNumber(x)", "true"])}, ${list(r, d)})`,
  (r, d) => `std.foldl(function(a, b) a + b, ${list(r, d)}, ${pick(r, ["''", "0", "[]"])})`,
  (r, d) => `std.manifestYamlDoc(${expression(r, d)})`,
  (r, d) => `std.manifestJsonEx(${expression(r, d)}, '  ')`,
  (r, d) => `std.objectFields(${object(r, d)})`,
  (r, d) => `std.prune(${object(r, d)})`,
  (r, d) => `std.mergePatch(${object(r, d)}, ${object(r, d)})`,
  (r, d) => `std.get(${object(r, d)}, '${pick(r, ["a", "b", "z"])}', ${expression(r, d)})`,
  (r, d) => `std.set(${list(r, d)})`,
  (r, d) => `std.flattenArrays([${list(r, d)}, ${list(r, d)}])`,
  (r, d) => `('${pick(r, ["%s", "%d", "%5.1f", "%-4s|", "%x", "%g", "%e"])}' % [${expression(r, d)}])`,
];
const OPERATORS = ["+", "-", "*", "/", "%", "==", "!=", "<", "<=", ">", "&&", "||", "&", "|", "^", "<<", ">>", "in"];

function pick<T>(random: Random, from: readonly T[]): T {
  return from[random(from.length)] as T;
}

function list(random: Random, depth: number): string {
  const items = Array.from({ length: random(4) }, () => expression(random, depth - 1));
  return `[${items.join(", ")}]`;
}

function object(random: Random, depth: number): string {
  const names = ["a", "b", "'c d'", "['e']", "f+", "g:", "h::"].slice(0, random(8));
  const fields = names.map(
    (name) => `${name}: ${pick(random, [expression(random, depth - 1), "super.a", "self.b", "$.a"])}`,
  );
  const own = `{ ${fields.join(", ")} }`;
  return depth > 1 && random(3) === 0 ? `(${own} + ${object(random, depth - 1)})` : own;
}

/** Most of these fail somewhere; then it is the error that is compared, with its place and its way there. */
function expression(random: Random, depth: number): string {
  if (depth <= 0) return pick(random, SCALARS);
  switch (random(10)) {
    case 0:
    case 1:
      return `(${expression(random, depth - 1)} ${pick(random, OPERATORS)} ${expression(random, depth - 1)})`;
    case 2:
      return list(random, depth);
    case 3:
      return object(random, depth);
    case 4:
      return `(if ${pick(random, ["true", "false", expression(random, depth - 1)])} then ${expression(random, depth - 1)} else ${expression(random, depth - 1)})`;
    case 5:
      return `(local v = ${expression(random, depth - 1)}; ${pick(random, ["v", "[v, v]", "{ v: v }", "v + v"])})`;
    case 6:
      return `(function(p, q=${expression(random, depth - 1)}) ${pick(random, ["p", "q", "[p, q]", "p + q"])})(${expression(random, depth - 1)})`;
    case 7:
      return `[${pick(random, ["x", "[x]", "x + x"])} for x in ${list(random, depth)}${pick(random, ["", " if x != 1"])}]`;
    default:
      return pick(random, CALLS)(random, depth - 1);
  }
}

export function generatedPrograms(seed: number, count: number): string[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => expression(random, 4));
}
