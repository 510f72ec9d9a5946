import { ProblemError, type Problem } from "@fairlead/base";
import { LimitError, TemplateError, TemplateSet, type ExecuteOptions } from "@fairlead/gotemplate";
import { execErrorText, parseErrorText } from "./errors.ts";
import { functionsFor, type RenderContext } from "./functions.ts";
import { buildScopes, valuesValue, type Scope, type WorldOptions } from "./values-tree.ts";

export interface EngineOptions extends WorldOptions {
  readonly context: RenderContext;
  readonly isLint: boolean;
  /** A missing key is an error. */
  readonly strict: boolean;
  readonly execute: Pick<ExecuteOptions, "limits" | "clock" | "random">;
}

interface Renderable {
  readonly name: string;
  /** Folders above it, and itself. */
  readonly depth: number;
  readonly text: string;
  readonly scope: Scope;
}

/**
 * Renders every template of a chart and its dependencies: all are parsed into one namespace, deepest first, so that a parent's define
 * wins over its child's of the same name (facts/render.md §3).
 * @returns template path → output, partials left out
 * @throws ProblemError ChartTemplateFailed for the first template that fails, its message as Helm's
 */
export function renderTemplates(options: EngineOptions): Map<string, string> {
  const templates = collectTemplates(options);
  const set = new TemplateSet({ functions: functionsFor(options.compat, options.isLint), name: "gotpl" });
  for (const { name, text } of templates) {
    try {
      set.parse(name, text);
    } catch (error) {
      throw failure(parseErrorText(name, error), name, error);
    }
  }
  const rendered = new Map<string, string>();
  const execute = {
    ...options.execute,
    missingKey: options.strict ? ("error" as const) : ("zero" as const),
    environment: options.context,
  };
  for (const { name, scope } of templates) {
    if (baseName(name).startsWith("_")) continue;
    // Set anew for each template in the data that all templates of the chart share, as Helm does.
    scope.data["Template"] = valuesValue({ Name: name, BasePath: `${scope.fullPath}/templates` }, options.compat);
    try {
      rendered.set(name, set.execute(name, scope.data, execute).replaceAll("<no value>", ""));
    } catch (error) {
      if (!(error instanceof TemplateError) && !(error instanceof LimitError)) throw error;
      throw failure(execErrorText(error, options.compat), name, error);
    }
  }
  return rendered;
}

function collectTemplates(options: EngineOptions): Renderable[] {
  const byName = new Map<string, Renderable>();
  for (const scope of buildScopes(options)) {
    const isLibrary = scope.chart.metadata.type === "library";
    for (const file of scope.chart.templates) {
      if (isLibrary && !baseName(file.name).startsWith("_")) continue;
      const name = `${scope.fullPath}/${file.name}`;
      byName.set(name, { name, depth: name.split("/").length, text: textOf(file.data), scope });
    }
  }
  return [...byName.values()].sort((a, b) => b.depth - a.depth || (a.name < b.name ? 1 : a.name > b.name ? -1 : 0));
}

function failure(message: string, template: string, error: unknown): ProblemError {
  const inner = error instanceof TemplateError ? error.problems[0] : undefined;
  const problem: Problem = {
    code: "ChartTemplateFailed",
    message,
    file: inner?.file ?? template,
    line: inner?.line,
    column: inner?.column,
  };
  return new ProblemError(problem, { cause: error });
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function textOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("utf8");
}
