// Objects and their identity
export {
  describeRef,
  formatApiVersion,
  gvkOf,
  parseApiVersion,
  parseRefKey,
  refKey,
  refOf,
} from "./object/identity.ts";
export type {
  GroupVersionKind,
  KubeObject,
  ManagedFieldsEntry,
  ObjectMeta,
  ObjectRef,
  Origin,
  OwnerReference,
} from "./object/types.ts";

// Quantities
export {
  addQuantity,
  compareQuantity,
  multiplyQuantity,
  negateQuantity,
  quantityMilliValue,
  quantityOf,
  quantityToNumber,
  quantityValue,
  roundUpQuantity,
  subtractQuantity,
} from "./quantity/arithmetic.ts";
export { formatQuantity } from "./quantity/format.ts";
export { parseQuantity, quantityFault } from "./quantity/parse.ts";
export type { Quantity, QuantityFormat } from "./quantity/types.ts";

// Selectors
export { formatLabelSelector, isEmptySelector, matchesLabels } from "./selector/label-match.ts";
export { labelSelectorFromMap, labelSelectorFromObject, parseLabelSelector } from "./selector/label-parse.ts";
export { labelKeyFaults, labelValueFaults } from "./selector/syntax.ts";
export type { LabelRequirement, Labels, LabelSelector, SelectorOperator } from "./selector/types.ts";
export { fieldSelectorFault, type FieldKnowledge, matchesFields } from "./selector/field-match.ts";
export {
  type FieldRequirement,
  type FieldSelector,
  formatFieldSelector,
  parseFieldSelector,
} from "./selector/field-parse.ts";

// Order of applying and deleting, scope, owners
export { applyOrder, compareForApply, compareForDelete, deleteOrder } from "./order/order.ts";
export { isClusterScopedBuiltin } from "./order/scope.ts";
export { controllerOf, controllerReference, ownerTree, type OwnerTree } from "./tree/owner-tree.ts";

export { BASIC_CODES } from "./basic-codes.ts";

// Schemas: built-in kinds from a compact table, CRDs from their own
export { builtinResources, builtinSchemas } from "./schema/table.ts";
export { crdSchema, jsonSchemaNode } from "./schema/crd.ts";
export { openApiComponents, toOpenApi } from "./schema/openapi.ts";
export { propertySchema } from "./schema/node.ts";
export type {
  ApiResourceInfo,
  ApiSubresource,
  CelRule,
  SchemaFacts,
  SchemaNode,
  SchemaSet,
  SchemaType,
} from "./schema/types.ts";

// Structured merge: which fields a value has, what changed, what belongs to whom
export { FieldSet, type FieldPath } from "./smd/field-set.ts";
export { describePath, type PathElement } from "./smd/path-element.ts";
export { fieldsOf } from "./smd/fields-of.ts";
export { compareTyped, type Comparison } from "./smd/compare.ts";
export { mergeTyped } from "./smd/merge.ts";
export { extractFields } from "./smd/extract.ts";
export { removeFields } from "./smd/remove.ts";
export { describeTypedFaults, type TypedFault, validateTyped } from "./smd/validate.ts";

export { CODES as APIMACHINERY_CODES } from "./codes.ts";
export { LIMITS as APIMACHINERY_LIMITS } from "./limits.ts";

// managedFields, as kube-apiserver writes them
export {
  applyPatch,
  keepTimesIfUnchanged,
  trackUpdate,
  type ApplyOptions,
  type ApplyResult,
  type UpdateOptions,
  type WriteContext,
} from "./managed/manager.ts";
export type { Conflict } from "./managed/conflicts.ts";
export type { ConvertVersion, Versioned } from "./managed/versions.ts";
export { customResetFields, resetFields } from "./managed/reset-fields.ts";

// Health
export { healthCommand, type HealthIo } from "./health/command.ts";
export { luaHealthCheck, type LuaLimits } from "./health/lua/engine.ts";
export { type LuaCheck, type LuaSettings, luaSettings } from "./health/lua/settings.ts";
export { healthOf, type HealthCheck, type HealthOptions } from "./health/health.ts";
export { type Kstatus, type KstatusName, kstatusOf } from "./health/kstatus.ts";
export { type Health, type HealthStatus, worstHealth } from "./health/types.ts";

// Defaults of the built-in kinds, and the form Go gives an object
export { applyDefaults, storedForm } from "./defaults/builtin.ts";

// Patches
export { jsonPatch, type JsonPatchOperation } from "./patch/json-patch.ts";
export { createMergePatch, createThreeWayMergePatch, mergePatch } from "./patch/merge-patch.ts";
export { combineStrategicPatches, strategicMergePatch } from "./patch/strategic.ts";
export { createStrategicPatch, createThreeWayStrategicPatch } from "./patch/strategic-create.ts";

// Faults of fields, in the API server's words
export { describeFieldError, describeFieldErrors, fieldErrorBody, type FieldError } from "./validation/field-error.ts";
export { validateMetadata, validateMetadataUpdate } from "./validation/metadata.ts";

// Custom resources: prune, default, validate
export { decodeCustom, validateCustom, type CustomValidation, type DecodedCustom } from "./crd/object.ts";
export { pruneUnknown, type Pruned } from "./crd/prune.ts";
export { defaultBySchema } from "./crd/default.ts";
export { validateBySchema } from "./crd/validate.ts";
export { validateBuiltin } from "./validation/builtin.ts";
export { readSigningRequest, type SigningRequest } from "./validation/signing-request.ts";

// CEL, for admission policies; texts as Go prints values
export { compileCel, type CelExpression } from "./crd/cel/expression.ts";
export { compileAdmission, type AdmissionScope } from "./crd/cel/admission.ts";
export { celAuthorizer, type CelCheck, type CelDecision } from "./crd/cel/authorizer.ts";
export { typeOfSchema as celTypeOfSchema, type CelType } from "./crd/cel/types.ts";
export { goPrint } from "./go-print.ts";

// What applying would change
export {
  appliedFields,
  compareThreeWays,
  semanticEqual,
  type FieldChange,
  type ThreeWay,
} from "./compare/three-way.ts";
