import { problemError } from "@fairlead/base";
import { compareGvk, type Gvk, gvkSelects } from "../resource/gvk.ts";

/** A field of some kinds of objects: `spec/template/metadata/labels`, with `\/` for a slash in a name and `[]` behind lists. */
export interface FieldSpec extends Gvk {
  readonly path: string;
  /** Whether the field is made where it is missing. */
  readonly create: boolean;
}

/** Fields that hold names of one kind of object. */
export interface NameReferences extends Gvk {
  readonly referrers: readonly FieldSpec[];
}

/** Adds field specs that are not there yet. @throws ProblemError where one is there that differs in `create` */
export function mergeFieldSpecs(present: readonly FieldSpec[], added: readonly FieldSpec[]): readonly FieldSpec[] {
  if (added.length === 0) return present;
  const result = [...present];
  const byPath = Map.groupBy(present, (spec) => spec.path);
  for (const spec of added) {
    const same = byPath.get(spec.path)?.find((other) => gvkSelects(spec, other));
    if (!same) {
      result.push(spec);
      const known = byPath.get(spec.path);
      if (known) known.push(spec);
      else byPath.set(spec.path, [spec]);
    } else if (same.create !== spec.create) {
      throw problemError("KustomizationInvalid", "conflicting fieldspecs", {
        hint: `${spec.path} of ${spec.kind || "any kind"} is configured both with and without create`,
      });
    }
  }
  return result;
}

export function mergeNameReferences(
  present: readonly NameReferences[],
  added: readonly NameReferences[],
): readonly NameReferences[] {
  let result = present;
  for (const one of added) {
    const index = result.findIndex(
      (other) => other.group === one.group && other.version === one.version && other.kind === one.kind,
    );
    result =
      index < 0
        ? [...result, one]
        : result.map((other, at) =>
            at === index ? { ...other, referrers: mergeFieldSpecs(other.referrers, one.referrers) } : other,
          );
  }
  return result;
}

export function sortByGvk<T extends Gvk>(specs: readonly T[]): readonly T[] {
  return [...specs].sort(compareGvk);
}
