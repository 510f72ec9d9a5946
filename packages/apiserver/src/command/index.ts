// `fairlead apiserver`; what is heavy is loaded when it is known to be needed
import "../codes.ts";
export { runApiServer, type CommandIo, type Simulate } from "./run.ts";
