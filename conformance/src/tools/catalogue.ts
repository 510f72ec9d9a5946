/**
 * The real tools that judge Fairlead, pinned. Each is built from the Go module proxy into the user's cache folder, once.
 *
 * `install`: `go install MODULE/…@VERSION` works.
 * `wrapper`: the module has replace directives, so `go install` refuses; a small module of our own requires it at that version
 * and repeats its replaces (install.ts says which).
 */
export interface ToolRecipe {
  readonly name: string;
  readonly version: string;
  readonly module: string;
  /** Packages to build, by the name the binary gets. */
  readonly binaries: Readonly<Record<string, string>>;
  readonly how: "install" | "wrapper";
  readonly ldflags?: string;
}

const KUBERNETES_VERSION = "v1.35.0";

/** Without these, clients read v0.0.0-master and refuse features by version skew. */
const KUBERNETES_LDFLAGS = [
  ["gitVersion", KUBERNETES_VERSION],
  ["gitMajor", "1"],
  ["gitMinor", "35"],
]
  .map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)
  .join(" ");

export const TOOLS = {
  kustomize: {
    name: "kustomize",
    version: "v5.8.2",
    module: "sigs.k8s.io/kustomize/kustomize/v5",
    binaries: { kustomize: "sigs.k8s.io/kustomize/kustomize/v5" },
    how: "install",
  },
  helm4: {
    name: "helm4",
    version: "v4.3.1",
    module: "helm.sh/helm/v4",
    binaries: { helm: "helm.sh/helm/v4/cmd/helm" },
    how: "install",
  },
  helm3: {
    name: "helm3",
    version: "v3.19.2",
    module: "helm.sh/helm/v3",
    binaries: { helm: "helm.sh/helm/v3/cmd/helm" },
    how: "install",
  },
  jsonnet: {
    name: "jsonnet",
    version: "v0.22.0",
    module: "github.com/google/go-jsonnet",
    binaries: { jsonnet: "github.com/google/go-jsonnet/cmd/jsonnet" },
    how: "install",
  },
  etcd: {
    name: "etcd",
    version: "v3.6.7",
    module: "go.etcd.io/etcd/server/v3",
    binaries: { etcd: "go.etcd.io/etcd/server/v3" },
    how: "wrapper",
  },
  kubernetes: {
    name: "kubernetes",
    version: KUBERNETES_VERSION,
    module: "k8s.io/kubernetes",
    binaries: {
      "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
      kubectl: "k8s.io/kubernetes/cmd/kubectl",
    },
    how: "wrapper",
    ldflags: KUBERNETES_LDFLAGS,
  },
  "kube-controller-manager": {
    name: "kube-controller-manager",
    version: KUBERNETES_VERSION,
    module: "k8s.io/kubernetes",
    binaries: { "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager" },
    how: "wrapper",
    ldflags: KUBERNETES_LDFLAGS,
  },
  argocd: {
    name: "argocd",
    version: "v3.1.9",
    module: "github.com/argoproj/argo-cd/v3",
    // One binary that is the CLI, the controllers, the repository server and the rest, by ARGOCD_BINARY_NAME.
    binaries: { argocd: "github.com/argoproj/argo-cd/v3/cmd" },
    how: "wrapper",
  },
  "kubectl-argo-rollouts": {
    name: "kubectl-argo-rollouts",
    version: "v1.8.5",
    module: "github.com/argoproj/argo-rollouts",
    binaries: { "kubectl-argo-rollouts": "github.com/argoproj/argo-rollouts/cmd/kubectl-argo-rollouts" },
    how: "wrapper",
  },
  kubeseal: {
    name: "kubeseal",
    version: "v0.36.0",
    module: "github.com/bitnami-labs/sealed-secrets",
    binaries: {
      kubeseal: "github.com/bitnami-labs/sealed-secrets/cmd/kubeseal",
      controller: "github.com/bitnami-labs/sealed-secrets/cmd/controller",
    },
    how: "install",
  },
  kwok: {
    name: "kwok",
    version: "v0.7.0",
    module: "sigs.k8s.io/kwok",
    binaries: { kwok: "sigs.k8s.io/kwok/cmd/kwok" },
    how: "install",
  },
  sops: {
    name: "sops",
    version: "v3.13.3",
    module: "github.com/getsops/sops/v3",
    binaries: { sops: "github.com/getsops/sops/v3/cmd/sops" },
    how: "install",
  },
  age: {
    name: "age",
    version: "v1.3.2",
    module: "filippo.io/age",
    binaries: {
      age: "filippo.io/age/cmd/age",
      "age-keygen": "filippo.io/age/cmd/age-keygen",
    },
    how: "install",
  },
  crane: {
    name: "crane",
    version: "v0.22.1",
    module: "github.com/google/go-containerregistry",
    binaries: {
      crane: "github.com/google/go-containerregistry/cmd/crane",
      registry: "github.com/google/go-containerregistry/cmd/registry",
    },
    how: "install",
  },
} as const satisfies Record<string, ToolRecipe>;

export type ToolName = keyof typeof TOOLS;
