import type { KnownRule } from "../suite.ts";

/** Rules of rare kinds and corners that the real server checks and we do not yet; `only theirs` is a fault it told and we did not. */
export const KNOWN: readonly KnownRule[] = [
  {
    pattern: /^LimitRange sample: .*metadata\/name (removed|is now "")/,
    reason: "the server lets a LimitRange without a name through validation and refuses it afterwards",
  },
  {
    pattern: /^Service [^]*only theirs: spec\.ports\[\d+\]\.nodePort: Duplicate/,
    reason: "node ports are given out by the registry before it validates, which this judge doesn't play",
  },
  {
    pattern: /^update Service [^]*only ours: {3}spec\.(allocateLoadBalancerNodePorts|externalTrafficPolicy|ports)/,
    reason:
      "fields of a Service's former type are dropped by the registry before it validates, which this judge doesn't play",
  },
];
