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
