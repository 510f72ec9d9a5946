import type { KnownRule } from "../suite.ts";

/** Differences that are meant, or that the real tool owes to a fault of its own. */
export const KNOWN: readonly KnownRule[] = [
  {
    pattern: /x\.yaml":"\{\{ define \\"r\\" \}\}\{\{ include \\"r\\"/,
    reason: "JavaScript's stack ends endless includes after fewer levels; the last line is the same",
  },
  {
    pattern: /chart\.metadata\.name "\.\.?" is invalid/,
    reason: "a chart named . or .. is refused: Helm 3 lets its templates' paths leave the chart",
  },
  { pattern: /real: panic: /, reason: "helm itself crashes" },
  {
    pattern: /real: Error: .*unsupported chart dependency type/,
    reason: "Helm 4 mixes up versions of its chart format before it refuses the experimental one",
  },
  {
    pattern: /ours: Error:? .*(entry "[^"]*" is not a plain file|unable to load chart archive$)/m,
    reason: "an archive with a device or a link in it is refused; Helm takes it for an empty file",
  },
  {
    pattern: /ours: .*path "[^"]*" leads out of its root/,
    reason: "a symlink that leaves the chart is refused wherever it leads, before anybody looks at what is there",
  },
  {
    pattern: /^v3 .*chart-with-import-from-aliased-dependencies/,
    reason: "Helm 3 imports values of one alias into all aliases of the same chart, in an order of its own",
  },
  {
    pattern: /real: .*failing loading "http:\/\/nowhere\.invalid/s,
    reason: "a schema that is elsewhere is not fetched; Helm asks the network",
  },
];
