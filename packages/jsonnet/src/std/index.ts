import { type Value } from "../runtime/machine.ts";
import { ARRAYS } from "./arrays/arrays.ts";
import { SETS } from "./arrays/sets.ts";
import { DATA } from "./data/data.ts";
import { MANIFEST } from "./manifest/manifest.ts";
import { MATH } from "./math/math.ts";
import { OBJECTS } from "./objects/objects.ts";
import { TEXT } from "./text/text.ts";
import { TYPES } from "./types.ts";

/** Everything in `std` but `thisFile`. */
export const STANDARD: ReadonlyMap<string, Value> = new Map(
  [TYPES, TEXT, ARRAYS, SETS, OBJECTS, MATH, DATA, MANIFEST].flatMap((table) => Object.entries(table)),
);
