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
