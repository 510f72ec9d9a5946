import type { UserInfo } from "../registry/types.ts";

/** What authorisation is asked; either about a resource or about a path. */
export interface Attributes {
  readonly user: UserInfo;
  readonly verb: string;
  readonly isResource: boolean;
  readonly path: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface Decision {
  readonly allowed: boolean;
  /** Why, for access reviews and the audit log. */
  readonly reason: string;
}

export interface Authorizer {
  decide(attributes: Attributes): Decision;
}
