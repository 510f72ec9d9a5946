import type { Credential, Renewed } from "../renewed.ts";

export interface AwsKeys extends Credential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
}

export type KeySource = Renewed<AwsKeys>;
