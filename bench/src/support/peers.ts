/** Argo CD 3.1.9 (controller, repo-server, Redis) on kube-apiserver 1.35 + etcd, 300 Applications × 4 ConfigMaps, 2 cores, 2026-11-23. */
export const ARGO_CD = {
  source: "facts/peers.md: Argo CD 3.1.9, measured 2026-11-23 on 2 cores",
  firstSyncPerSecond: 2.8,
  memoryMib: 600,
  oneFileCommitMs: 8500,
  driftHealMs: 350,
} as const;
