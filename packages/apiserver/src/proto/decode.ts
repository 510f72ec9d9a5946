import type { Json } from "@fairlead/base";
import { badRequest } from "../http/status.ts";

const MAGIC = Buffer.from([0x6b, 0x38, 0x73, 0x00]);

export function isProtobuf(body: Buffer): boolean {
  return body.length >= 4 && body.subarray(0, 4).equals(MAGIC);
}

export function decodeProtobuf(_body: Buffer, _expected: { readonly kind: string }): Json {
  throw badRequest("protobuf is not read yet");
}
