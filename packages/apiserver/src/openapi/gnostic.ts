import { isJsonObject, type Json, type JsonObject } from "@fairlead/base";
import { Writer } from "../proto/writer.ts";

/**
 * An OpenAPI v2 document as gnostic's openapi.v2.Document. Field numbers: github.com/google/gnostic-models/openapiv2,
 * OpenAPIv2.proto.
 */
export function encodeDocument(document: JsonObject): Buffer {
  const writer = new Writer();
  writer.text(1, textOf(document["swagger"]));
  writer.message(2, (info) => {
    const { title, version } = objectOf(document["info"]);
    info.text(1, textOf(title)).text(2, textOf(version));
  });
  writer.message(8, (paths) => {
    for (const [name, item] of Object.entries(objectOf(document["paths"]))) {
      paths.message(2, (named) => named.text(1, name).message(2, (inner) => writePathItem(inner, objectOf(item))));
    }
  });
  writer.message(9, (definitions) => writeNamedSchemas(definitions, objectOf(document["definitions"])));
  return writer.finish();
}

const OPERATIONS: Readonly<Record<string, number>> = { get: 2, put: 3, post: 4, delete: 5, patch: 8 };

function writePathItem(writer: Writer, item: JsonObject): void {
  for (const [method, field] of Object.entries(OPERATIONS)) {
    const operation = item[method];
    if (isJsonObject(operation)) writer.message(field, (inner) => writeOperation(inner, operation));
  }
  for (const parameter of objectsIn(item["parameters"])) writer.message(9, (inner) => writeParameter(inner, parameter));
}

function writeOperation(writer: Writer, operation: JsonObject): void {
  writer.text(5, textOf(operation["operationId"]));
  for (const parameter of objectsIn(operation["parameters"]))
    writer.message(8, (inner) => writeParameter(inner, parameter));
  writer.message(9, (responses) => {
    for (const [code, response] of Object.entries(objectOf(operation["responses"]))) {
      const description = textOf(objectOf(response)["description"]);
      responses.message(1, (named) =>
        named.text(1, code).message(2, (value) => value.message(1, (inner) => inner.text(1, description))),
      );
    }
  });
  writeExtensions(writer, 13, operation);
}

/** Query and path parameters only: there is nothing else in our paths. */
function writeParameter(writer: Writer, parameter: JsonObject): void {
  const isPath = parameter["in"] === "path";
  writer.message(1, (item) =>
    item.message(2, (body) =>
      body.message(isPath ? 4 : 3, (inner) => {
        inner
          .flag(1, parameter["required"] === true)
          .text(2, textOf(parameter["in"]))
          .text(4, textOf(parameter["name"]));
        inner.text(isPath ? 5 : 6, textOf(parameter["type"])).flag(isPath ? 19 : 20, parameter["uniqueItems"] === true);
      }),
    ),
  );
}

function writeNamedSchemas(writer: Writer, schemas: JsonObject): void {
  for (const [name, schema] of Object.entries(schemas)) {
    writer.message(1, (named) => named.text(1, name).message(2, (inner) => writeSchema(inner, objectOf(schema))));
  }
}

function writeSchema(writer: Writer, schema: JsonObject): void {
  const { items, properties, additionalProperties: additional } = schema;
  writer.text(1, textOf(schema["$ref"])).text(2, textOf(schema["format"])).text(3, textOf(schema["title"]));
  writer.text(4, textOf(schema["description"]));
  if (schema["default"] !== undefined) writer.message(5, (inner) => writeAny(inner, schema["default"] ?? null));
  writer.double(7, numberOf(schema["maximum"])).double(9, numberOf(schema["minimum"]));
  writer
    .integer(11, numberOf(schema["maxLength"]))
    .integer(12, numberOf(schema["minLength"]))
    .text(13, textOf(schema["pattern"]));
  writer.integer(14, numberOf(schema["maxItems"])).integer(15, numberOf(schema["minItems"]));
  for (const name of Array.isArray(schema["required"]) ? schema["required"] : []) writer.text(19, String(name));
  for (const value of Array.isArray(schema["enum"]) ? schema["enum"] : [])
    writer.message(20, (inner) => writeAny(inner, value));
  if (typeof additional === "boolean") writer.message(21, (inner) => inner.flag(2, additional));
  else if (isJsonObject(additional))
    writer.message(21, (inner) => inner.message(1, (body) => writeSchema(body, additional)));
  if (typeof schema["type"] === "string") writer.message(22, (inner) => inner.text(1, textOf(schema["type"])));
  if (isJsonObject(items)) writer.message(23, (inner) => inner.message(1, (body) => writeSchema(body, items)));
  if (isJsonObject(properties)) writer.message(25, (inner) => writeNamedSchemas(inner, properties));
  writeExtensions(writer, 31, schema);
}

/** Every `x-…`, each as YAML, of which JSON is a part. */
function writeExtensions(writer: Writer, field: number, object: JsonObject): void {
  for (const [name, value] of Object.entries(object)) {
    if (!name.startsWith("x-") || value === undefined) continue;
    writer.message(field, (named) => named.text(1, name).message(2, (inner) => writeAny(inner, value)));
  }
}

function writeAny(writer: Writer, value: Json): void {
  writer.text(2, `${JSON.stringify(value)}\n`);
}

function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function objectsIn(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function textOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
