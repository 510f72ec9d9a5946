/** Text from outside is read by this, never by JSON.parse alone, which mixes up keys with escapes. */
export { endOfString, parseJson } from "@fairlead/base";
