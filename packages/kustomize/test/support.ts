import { memoryTree, type Problem, ProblemError } from "@fairlead/base";
import { buildKustomization, type BuildOptions, type BuiltKustomization } from "@fairlead/kustomize";

export function build(
  files: Readonly<Record<string, string>>,
  path = "",
  options: BuildOptions = {},
): BuiltKustomization {
  return buildKustomization(memoryTree(files), path, options);
}

/** The problems a build is refused with; none when it is not. */
export function problemsOf(files: Readonly<Record<string, string>>, path = ""): readonly Problem[] {
  try {
    build(files, path);
    return [];
  } catch (error) {
    if (error instanceof ProblemError) return error.problems;
    throw error;
  }
}

export function configMap(name: string, data = ""): string {
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${data}`;
}
