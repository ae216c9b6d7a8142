/**
 * What can be wrong with a request whose keys have been found, and that its server could not see.
 *
 * @module
 */

import { type Command, DatabaseCode } from "./command.ts";
import { namesOther } from "./database_argument.ts";
import type { KeyList } from "./key_list.ts";
import { DB_OUT_OF_RANGE } from "./replies.ts";
import type { RedisSession } from "./session.ts";
import { addPatterns } from "./sort_patterns.ts";

/**
 * Looks at the other arguments of the few commands that name databases, or make keys of patterns.
 *
 * @param command The command.
 * @param session Who asks.
 * @param argc How many arguments there are, the name included.
 * @param args Start and end of each, relative to `base`.
 * @param bytes The array that holds them.
 * @param base What the offsets are relative to.
 * @param keys The argument indexes of the keys; what is to be on one server with them is added.
 * @returns An error reply; null if nothing is wrong.
 */
export function argumentFault(
  command: Command,
  session: RedisSession,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
  keys: KeyList,
): Uint8Array<ArrayBuffer> | null {
  const { databaseCode, hasPatterns } = command;
  if (databaseCode !== DatabaseCode.NONE && namesOther(command, session.databases, argc, args, bytes, base)) {
    return DB_OUT_OF_RANGE;
  }
  return hasPatterns ? addPatterns(session.pool, argc, args, bytes, base, keys) : null;
}
