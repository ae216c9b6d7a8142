/**
 * What a redis server says of a key that it does not have.
 *
 * @module
 */

import { concat, encode } from "../../base/ascii.ts";
import type { Command } from "./command.ts";
import { arrayHead, integerReply, NIL } from "./replies.ts";

/** Commands with one reply for every missing key; their replies are `redis-server`'s own. */
const REPLIES: Readonly<Record<string, string>> = {
  "$-1\r\n": "GET HGET LINDEX ZSCORE ZRANK ZREVRANK GEODIST DUMP",
  "$0\r\n\r\n": "GETRANGE SUBSTR",
  ":0\r\n":
    "STRLEN LLEN HLEN SCARD ZCARD XLEN SISMEMBER HEXISTS HSTRLEN ZCOUNT ZLEXCOUNT BITCOUNT GETBIT PFCOUNT",
  ":-2\r\n": "TTL PTTL EXPIRETIME PEXPIRETIME",
  "*0\r\n":
    "HGETALL HKEYS HVALS SMEMBERS LRANGE ZRANGE ZREVRANGE ZRANGEBYSCORE ZREVRANGEBYSCORE ZRANGEBYLEX ZREVRANGEBYLEX XRANGE XREVRANGE",
  "+none\r\n": "TYPE",
};

const replies = new Map<string, Uint8Array<ArrayBuffer>>(
  Object.entries(REPLIES).flatMap(([reply, names]) =>
    names.split(" ").map((name) => [name, encode(reply)] as const)
  ),
);

/**
 * The reply to a read of keys that are not there.
 *
 * @param command The command.
 * @param argc How many arguments the whole request has, the name included.
 * @param keyCount How many of its keys are not there.
 * @returns The reply; null if the command writes, or its reply depends on more than that.
 */
export function missReply(command: Command, argc: number, keyCount: number): Uint8Array<ArrayBuffer> | null {
  switch (command.name) {
    case "MGET":
      return nils(keyCount);
    case "HMGET":
      return nils(argc - 2);
    case "EXISTS":
    case "TOUCH":
      return integerReply(0);
    default:
      return replies.get(command.name) ?? null;
  }
}

function nils(count: number): Uint8Array<ArrayBuffer> {
  return concat([arrayHead(count), ...new Array<Uint8Array>(count).fill(NIL)]);
}
