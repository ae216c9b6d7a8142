/**
 * The proxy's own numbers as the binary protocol has them.
 *
 * @module
 */

import { concat, encode } from "../../../base/ascii.ts";
import type { Statistic } from "../statistics.ts";
import { binaryReply, BinaryStatus, NO_TEXT } from "./reply.ts";

/**
 * The reply to STAT: a message for each number with its name as the key, and one with neither key nor value.
 *
 * @param opcode The opcode of the request.
 * @param opaque The opaque of the request.
 * @param statistics The numbers.
 * @returns All messages.
 */
export function binaryStatistics(
  opcode: number,
  opaque: number,
  statistics: readonly Statistic[],
): Uint8Array<ArrayBuffer> {
  const messages = statistics.map(([name, value]) => {
    const key = encode(name);
    return binaryReply(opcode, opaque, BinaryStatus.SUCCESS, concat([key, encode(value)]), key.length);
  });
  return concat([...messages, binaryReply(opcode, opaque, BinaryStatus.SUCCESS, NO_TEXT)]);
}
