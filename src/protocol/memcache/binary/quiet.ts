/**
 * What the client of a quiet binary request is told.
 *
 * @module
 */

import { OPCODE_AT, readUint16, STATUS_AT } from "./header.ts";
import { Hides, lookupOpcode } from "./opcodes.ts";
import { BinaryStatus } from "./reply.ts";

/**
 * Looks at the reply to the loud kin of a request, and gives it the opcode that the client sent.
 *
 * @param code The opcode that the client sent.
 * @param bytes The array that holds the reply, its header at least; it is changed in place.
 * @param start Offset of its first byte.
 * @returns True if the client is not told.
 */
export function isHiddenBinary(code: number, bytes: Uint8Array, start: number): boolean {
  const hides = lookupOpcode(code)?.hides ?? Hides.NOTHING;
  if (hides === Hides.NOTHING) return false;
  bytes[start + OPCODE_AT] = code;
  const status = readUint16(bytes, start + STATUS_AT);
  return status === (hides === Hides.MISS ? BinaryStatus.NOT_FOUND : BinaryStatus.SUCCESS);
}
