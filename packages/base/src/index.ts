// Problems: what is wrong, where, and what to do
export { allCodes, codeMeaning, defineCodes, type CodeMeaning } from "./codes.ts";
export { explainProblem, formatProblem, ProblemError, problemError, problemsOf, type Problem } from "./problem.ts";

// Time
export { sleep, systemClock, VirtualClock, type Clock } from "./clock.ts";
export { formatGoDuration, parseGoDuration } from "./duration.ts";

// Modules that are loaded when they are needed
export { lazyModule } from "./lazy-module.ts";

// Log lines
export {
  createLogger,
  silentLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  type LogLevel,
} from "./logger.ts";

// JSON values
export { canonicalJson, cloneJson, isJsonObject, jsonEqual, setOwn, type Json, type JsonObject } from "./json.ts";
export { endOfString, hasEscapedKey, parseJson, readEscapedKeys } from "./parse-json.ts";

// File trees
export { type FileEntry, type FileStat, type FileTree, type ReadSet } from "./tree/types.ts";
export { baseName, joinPath, normalizePath, parentPath } from "./tree/path.ts";
export { blobId, treeId } from "./tree/hash.ts";
export { jailedTree, type RawTree } from "./tree/resolve.ts";
export { memoryTree, type MemoryContent } from "./tree/memory.ts";
export { diskTree } from "./tree/disk.ts";
export { firstChange, readText, recordingTree, subTree } from "./tree/views.ts";

// Archives
export { gunzipWithin, tarEntries, TarFault, type TarEntry, type TarFaultKind } from "./tar.ts";

export { LIMITS } from "./limits.ts";
export { ownText, RecentMap } from "./recent-map.ts";
