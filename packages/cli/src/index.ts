export { main } from "./main.ts";
export { CLI_CODES } from "./codes.ts";
