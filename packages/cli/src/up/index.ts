// The control plane in pieces, for whoever runs it over other servers: conformance and benchmarks
export { startControlPlane, type ControlPlane, type ControlPlaneOptions } from "./control-plane.ts";
export { applyAsKubectl } from "./demo/root.ts";
export { seedFleet } from "./demo/seed.ts";
export { createSourceAccess } from "./source-access.ts";
export { FleetView } from "./progress/view.ts";
export { ARGOCD_NAMESPACE } from "./bootstrap.ts";
