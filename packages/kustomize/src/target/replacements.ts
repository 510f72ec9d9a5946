import { isJsonObject, type Json, problemError } from "@fairlead/base";
import { decodeYaml } from "@fairlead/yaml";
import { list } from "../kustomization/decode.ts";
import { decodeTyped } from "../kustomization/load-typed.ts";
import { replacement, type ReplacementSpec } from "../kustomization/types.ts";
import { textOfFile } from "../load/text.ts";
import { forEach, within } from "../transform/fault.ts";
import { transformReplacement } from "../transform/replacements.ts";
import { builtin } from "./builtin.ts";
import { positionOf } from "./place.ts";
import type { Target, Transformer } from "./types.ts";

export interface FoundReplacement {
  readonly spec: ReplacementSpec;
  readonly file: string;
}

type Entry = ReplacementSpec & { readonly path?: string | undefined };

/** The replacements of a kustomization, those in files of their own included. @throws ProblemError */
export function loadReplacements(target: Target, entries: readonly Entry[]): FoundReplacement[] {
  const result: FoundReplacement[] = [];
  forEach(entries, (entry, index) => {
    const { path, ...spec } = entry;
    const at = positionOf(target.kustomization, ["replacements", index]);
    if (!path) {
      result.push({ spec, file: target.kustomization.file });
      return;
    }
    within(at, "", () => {
      if (spec.source || spec.targets?.length) {
        throw problemError("KustomizeTransform", "cannot specify both path and inline replacement");
      }
      result.push(...fromFile(target, path));
    });
  });
  return result;
}

function fromFile(target: Target, path: string): FoundReplacement[] {
  const loaded = target.loader.load(path);
  const { file } = loaded;
  const text = textOfFile(loaded);
  const value: Json = decodeYaml(text, { file });
  const from = { text, file, isStrict: false, code: "KustomizeTransform" };
  if (Array.isArray(value)) return decodeTyped(list(replacement), value, from).map((spec) => ({ spec, file }));
  if (isJsonObject(value)) return [{ spec: decodeTyped(replacement, value as Json, from), file }];
  const kind =
    value === null
      ? "invalid"
      : typeof value === "boolean"
        ? "bool"
        : typeof value === "number"
          ? "float64"
          : typeof value;
  const message = `unsupported replacement type encountered within replacement path: ${kind}`;
  throw problemError("KustomizeTransform", message, { file });
}

export function configureReplacements(target: Target): Transformer[] {
  const entries = target.kustomization.content.replacements ?? [];
  if (entries.length === 0) return [];
  const found = within({}, "trouble configuring builtin ReplacementTransformer: ", () =>
    loadReplacements(target, entries),
  );
  return [
    builtin(target, "ReplacementTransformer", ["replacements"], (map) => {
      for (const { spec, file } of found) within({ file }, "", () => transformReplacement(map, spec, file));
    }),
  ];
}
