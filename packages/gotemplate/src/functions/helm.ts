import { setOwn } from "@fairlead/base";
import { GoError } from "../errors.ts";
import type { CallContext } from "../exec/context.ts";
import { encodeJson } from "../json/encode.ts";
import { semverFunctions } from "../sprig/semver.ts";
import { ANY, ANY_MAP, ANY_SLICE, STRING, type FunctionSet } from "../values/types.ts";
import { fn, mergeFunctions, P } from "./define.ts";
import { durationFunctions } from "./durations.ts";
import type { HelmHooks } from "./hooks.ts";
import { include, tpl } from "./include.ts";
import { jsonInto, swallow, yamlInto, yamlOf } from "./yaml.ts";
import { sprigFunctions } from "./sprig.ts";

/** Helm finds messages of required and fail between these marks in an error's text, and shows them alone. */
const MARKED = (message: string): string => `HELM_ERR_START${message}HELM_ERR_END`;

/**
 * What `helm template` offers: sprig and Helm's own functions, of Helm 3.19 (`v3`) or Helm 4.3 (`v4`). Use with
 * missingKey "zero" (strict: "error"), and take `<no value>` out of the output, as Helm does.
 */
export function helmFunctions(version: "v3" | "v4", hooks: HelmHooks): FunctionSet {
  return mergeFunctions(
    sprigFunctions,
    codecs(hooks),
    engineFunctions(hooks),
    version === "v4" ? mergeFunctions(throwingCodecs(hooks), durationFunctions, semverFunctions("3.5")) : {},
  );
}

function json(context: CallContext, value: unknown): string {
  return encodeJson(value, { escapesHtml: true, spend: context.spend });
}

/** Fills a map with what went wrong, as Helm's from functions do. */
function faultMap(message: string): unknown {
  const map: Record<string, unknown> = {};
  setOwn(map, "Error", message);
  return map;
}

const MAP = "map[string]interface {}";
const LIST = "[]interface {}";

/** Encoders give "" and decoders an Error entry for what cannot be done: Helm swallows errors here. */
function codecs(hooks: HelmHooks): FunctionSet {
  return {
    toYaml: fn([P.any], STRING, (context, value) => {
      return swallow(
        () => yamlOf(context, hooks.encodeYaml, value),
        () => "",
      );
    }),
    toYamlPretty: fn([P.any], STRING, (context, value) => {
      return swallow(
        () => yamlOf(context, hooks.encodeYamlPretty, value),
        () => "",
      );
    }),
    fromYaml: fn([P.string], ANY_MAP, (_, text) => swallow(() => yamlInto(hooks, text, MAP), faultMap)),
    fromYamlArray: fn([P.string], ANY_SLICE, (_, text) => {
      return swallow(
        () => yamlInto(hooks, text, LIST),
        (message) => [message],
      );
    }),
    toToml: fn([P.any], STRING, (_, value) => {
      return swallow(
        () => hooks.encodeToml(value),
        (message) => message,
      );
    }),
    fromToml: fn([P.string], ANY_MAP, (_, text) => swallow<unknown>(() => hooks.decodeToml(text), faultMap)),
    toJson: fn([P.any], STRING, (context, value) => {
      return swallow(
        () => json(context, value),
        () => "",
      );
    }),
    fromJson: fn([P.string], ANY_MAP, (_, text) => swallow(() => jsonInto(text, MAP), faultMap)),
    fromJsonArray: fn([P.string], ANY_SLICE, (_, text) => {
      return swallow(
        () => jsonInto(text, LIST),
        (message) => [message],
      );
    }),
  };
}

/** Helm 4's forms that end the template instead. */
function throwingCodecs(hooks: HelmHooks): FunctionSet {
  return {
    mustToYaml: fn([P.any], STRING, (context, value) => yamlOf(context, hooks.encodeYaml, value)),
    mustToToml: fn([P.any], STRING, (_, value) => hooks.encodeToml(value)),
    mustToJson: fn([P.any], STRING, json),
  };
}

function engineFunctions(hooks: HelmHooks): FunctionSet {
  const refuse = (context: CallContext, message: string): string => {
    if (hooks.onLint === undefined) throw new GoError(MARKED(message));
    hooks.onLint(message, context.environment);
    return "";
  };
  return {
    include: fn([P.string, P.any], STRING, include),
    tpl: fn([P.string, P.any], STRING, tpl),
    required: fn([P.string, P.any], ANY, (context, message, value) => {
      return value == null || value === "" ? refuse(context, message) : value;
    }),
    fail: fn([P.string], STRING, refuse),
    lookup: fn([P.string, P.string, P.string, P.string], ANY_MAP, (context, apiVersion, kind, namespace, name) => {
      return hooks.lookup?.(apiVersion, kind, namespace, name, context.environment) ?? {};
    }),
    // Without --enable-dns Helm gives nothing, and there is no such switch here.
    getHostByName: fn([P.string], STRING, () => ""),
  };
}
