import { defineCodes } from "@fairlead/base";

export const YAML_CODES = defineCodes({
  YamlSyntax: { meaning: "The text is not YAML as Go's libraries read it.", httpStatus: 422, retry: "input" },
  YamlValue: {
    meaning: "The YAML is well formed, but a value in it cannot be decoded: a bad tag, key, merge or number.",
    httpStatus: 422,
    retry: "input",
  },
  YamlAlias: {
    meaning: "An alias names no anchor, contains itself, or aliases expand to too much.",
    httpStatus: 422,
    retry: "input",
  },
  YamlDuplicateKey: { meaning: "A mapping has the same key twice.", httpStatus: 422, retry: "input" },
  YamlLimit: { meaning: "The YAML is larger or deeper than the limits allow.", httpStatus: 413, retry: "input" },
  YamlEncode: { meaning: "A value cannot be written as YAML.", httpStatus: 422, retry: "input" },
  YamlEdit: { meaning: "There is no scalar at the path that was to be edited.", httpStatus: 422, retry: "input" },
});
