/**
 * The real tools that judge Fairlead, pinned. Each is built from the Go module proxy into the user's cache folder, once.
 *
 * `install`: `go install MODULE/…@VERSION` works.
 * `wrapper`: the module has replace directives, so `go install` refuses; a small module of our own requires it at that version
 * and repeats its replaces.
 */
export interface ToolRecipe {
  readonly name: string;
  readonly version: string;
  readonly module: string;
  /** Packages to build, by the name the binary gets. */
  readonly binaries: Readonly<Record<string, string>>;
  readonly how: "install" | "wrapper";
  readonly replaces?: "kubernetes" | Readonly<Record<string, string>>;
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
  etcd: {
    name: "etcd",
    version: "v3.6.7",
    module: "go.etcd.io/etcd/server/v3",
    binaries: { etcd: "go.etcd.io/etcd/server/v3" },
    how: "wrapper",
    replaces: {},
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
    replaces: "kubernetes",
    ldflags: KUBERNETES_LDFLAGS,
  },
} as const satisfies Record<string, ToolRecipe>;

export type ToolName = keyof typeof TOOLS;
