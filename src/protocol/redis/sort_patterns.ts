/**
 * The keys that `SORT` and `SORT_RO` make of patterns: `BY weight_*`, `GET object_*->name`. Nobody knows them before the server
 * does, so a pattern is as good as a key only if all that it makes belongs to one server.
 *
 * ```text
 *   {user1}weight_*->field         the hash tag is whole in front of the star, so it chooses the server of every such key
 *    ─────       ▲
 * ```
 *
 * @module
 */

import { ASTERISK, encode } from "../../base/ascii.ts";
import type { PoolFacts } from "../facts.ts";
import { isWordAt } from "./argument.ts";
import type { KeyList } from "./key_list.ts";
import { errorLine } from "./local/resp_writer.ts";

const BY = encode("by");
const GET = encode("get");
const STORE = encode("store");
const LIMIT = encode("limit");
/** The argument index of the first option. */
const OPTIONS_AT = 2;

const SPREAD = errorLine(
  "CROSSSLOT BY and GET of SORT make keys of several servers: they need a hash tag before the *",
);

/**
 * Adds the patterns to the keys of a request, so that they have to be on one server with them.
 *
 * @param pool Whose servers they are.
 * @param argc How many arguments there are, the name included.
 * @param args Start and end of argument i at `2 * i` and `2 * i + 1`, relative to `base`.
 * @param bytes The array that holds the request.
 * @param base What the offsets are relative to.
 * @param keys Where the argument indexes of the patterns are added.
 * @returns The reply if what they make may be on several servers; null if all is well.
 */
export function addPatterns(
  pool: PoolFacts,
  argc: number,
  args: Int32Array,
  bytes: Uint8Array,
  base: number,
  keys: KeyList,
): Uint8Array<ArrayBuffer> | null {
  if (pool.serverFacts().length <= 1) return null;
  for (let i = OPTIONS_AT; i < argc; i++) {
    if (isWordAt(i, LIMIT, args, bytes, base)) i += 2;
    else if (isWordAt(i, STORE, args, bytes, base)) i++;
    else if (isWordAt(i, BY, args, bytes, base) || isWordAt(i, GET, args, bytes, base)) {
      if (++i >= argc) return null;
      const [start, end] = [base + args[2 * i], base + args[2 * i + 1]];
      const star = bytes.subarray(start, end).indexOf(ASTERISK);
      // Without a star there is no key: the order stays, or the value is nil.
      if (star < 0) continue;
      if (!hasTag(bytes.subarray(start, start + star), pool.hashTag)) return SPREAD;
      keys.add(i, 1);
    }
  }
  return null;
}

/** Whether there is a whole tag, which is not empty. */
function hasTag(text: Uint8Array, tag: readonly [number, number] | null): boolean {
  if (tag === null) return false;
  const [open, close] = tag;
  const start = text.indexOf(open) + 1;
  return start > 0 && text.indexOf(close, start) > start;
}
