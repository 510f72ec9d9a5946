import type { KnownRule } from "../suite.ts";

/** Rules of rare kinds and corners that the real server checks and we do not yet; `only theirs` is a fault it told and we did not. */
export const KNOWN: readonly KnownRule[] = [
  {
    pattern: /only theirs: spec\.limited\.limitResponse\.queuing\.handSize/,
    reason: "shuffle sharding's entropy limit of PriorityLevelConfiguration is not checked",
  },
  {
    pattern: /only theirs: spec\.volumes\[\d+\]\.azureDisk\.kind/,
    reason: "the kinds of the azureDisk volume, long out of tree, are not checked",
  },
  {
    pattern: /^(update )?Job[^]*only theirs: spec\.template\.labels: Invalid value: "\.\.\/x"/,
    reason: "labels that a Job gets from a name that is refused anyway are not checked a second time",
  },
  {
    pattern: /internalTrafficPolicy is now ""[^]*only theirs: spec\.internalTrafficPolicy/,
    reason: "an empty internalTrafficPolicy on update is filled in before it is checked",
  },
];
