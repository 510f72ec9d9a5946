import assert from "node:assert/strict";
import { test } from "node:test";
import { builtinResources, builtinSchemas, openApiComponents, propertySchema, toOpenApi } from "@fairlead/apimachinery";

test("every resource of the real server's discovery has a schema", () => {
  const resources = builtinResources();
  assert.ok(resources.length > 60);
  for (const resource of resources) {
    assert.ok(builtinSchemas().forKind(resource), `${resource.group}/${resource.version} ${resource.kind}`);
  }
  assert.equal(builtinSchemas().forKind({ group: "example.com", version: "v1", kind: "Toy" }), undefined);
});

test("list keys, merge keys, defaults and int-or-string are in the table", () => {
  const spec = builtinSchemas().definition("io.k8s.api.core.v1.PodSpec");
  assert.ok(spec);
  const containers = propertySchema(spec, "containers");
  assert.deepEqual(containers?.listMapKeys, ["name"]);
  assert.equal(containers.patchMergeKey, "name");
  const ports = containers.items && propertySchema(containers.items, "ports");
  assert.deepEqual(ports?.listMapKeys, ["containerPort", "protocol"]);
  assert.equal(ports.items && propertySchema(ports.items, "protocol")?.default, "TCP");
  const probe = builtinSchemas().definition("io.k8s.api.core.v1.HTTPGetAction");
  assert.equal(probe && propertySchema(probe, "port")?.intOrString, true);
});

test("a recursive definition is followed only as far as it is asked", () => {
  const props = builtinSchemas().definition("io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps");
  assert.ok(props);
  const not = propertySchema(props, "not");
  assert.equal(not && propertySchema(not, "not")?.ref, props.ref);
});

test("OpenAPI v3 output names its references and carries the extensions", () => {
  const components = openApiComponents(["io.k8s.api.core.v1.PodSpec"]);
  const schema = components["io.k8s.api.core.v1.PodSpec"] as { properties: Record<string, Record<string, unknown>> };
  const { containers } = schema.properties;
  assert.equal(containers?.["x-kubernetes-patch-merge-key"], "name");
  assert.ok(JSON.stringify(containers).includes("#/components/schemas/io.k8s.api.core.v1.Container"));
  const pod = builtinSchemas().forKind({ group: "", version: "v1", kind: "Pod" });
  assert.ok(pod && JSON.stringify(toOpenApi(pod)).includes("$ref"));
});

test("a name of the prototype is no property", () => {
  const spec = builtinSchemas().definition("io.k8s.api.core.v1.PodSpec");
  assert.ok(spec);
  for (const name of ["constructor", "toString", "__proto__"]) assert.equal(propertySchema(spec, name), undefined);
});
