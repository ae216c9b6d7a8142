/**
 * What people are told of a binary request that went to a server.
 *
 * @module
 */

import type { RequestDescription } from "../../contract.ts";
import { EXTRAS_LENGTH_AT, HEADER_BYTES, KEY_LENGTH_AT, OPCODE_AT, readUint16 } from "./header.ts";
import { lookupOpcode } from "./opcodes.ts";

/**
 * Reads the opcode and the key of a request.
 *
 * @param head The first bytes of the request, from its magic on.
 * @returns The opcode's name, and where the key is; null if that cannot be told.
 */
export function describeBinary(head: Uint8Array): RequestDescription | null {
  if (head.length < HEADER_BYTES) return null;
  const opcode = lookupOpcode(head[OPCODE_AT]);
  if (opcode === null) return null;
  const keyStart = HEADER_BYTES + head[EXTRAS_LENGTH_AT];
  const keyEnd = Math.min(keyStart + readUint16(head, KEY_LENGTH_AT), head.length);
  return { command: opcode.name.toLowerCase(), keyStart: Math.min(keyStart, keyEnd), keyEnd };
}
