/** Help for `fairlead kustomize build`, in our words; the flags are the real tool's. */
export const BUILD_HELP = `Prints the objects of a kustomization, as kustomize v5.8.2 does.

Usage:
  fairlead kustomize build [DIR|URL] [flags]

DIR holds a kustomization.yaml and is the current directory unless given. URL is a Git
repository with a path in it: https://github.com/org/repo//path?ref=v1.2.3

Flags:
  -o, --output PATH              a file for the objects, or a directory for one file each
      --load-restrictor VALUE    LoadRestrictionsRootOnly (the default), or LoadRestrictionsNone
                                 to read files outside the kustomization's directory
      --enable-helm              inflate helmCharts
      --helm-kube-version VALUE  the Kubernetes version charts are told
      --helm-api-versions VALUE  an API version charts are told of; may be repeated
      --reorder VALUE            legacy or none; deprecated, use sortOptions
      --enable-managedby-label   deprecated, use buildMetadata: [managedByLabel]
  -h, --help                     this text

Known, and without effect: --enable-alpha-plugins and --enable-exec (only built-in plugins are
run, never programs or containers), --helm-command, --helm-debug, --network, --network-name,
--mount, -e/--env, --as-current-user, --stack-trace.
`;
