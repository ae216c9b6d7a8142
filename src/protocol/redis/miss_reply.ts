/**
 * What a redis server says of a key that it does not have.
 *
 * @module
 */

import { concat, encode } from "../../base/ascii.ts";
import type { Command } from "./command.ts";
import type { RespVersion } from "./local/resp_writer.ts";
import { arrayHead, integerReply, nilOf } from "./replies.ts";

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

/** What is another in RESP3. */
const RESP3_REPLIES: Readonly<Record<string, string>> = {
  "_\r\n": REPLIES["$-1\r\n"],
  "%0\r\n": "HGETALL",
  "~0\r\n": "SMEMBERS",
};

const replies = byName(REPLIES);
const resp3Replies = byName({ ...REPLIES, ...RESP3_REPLIES });

function byName(table: Readonly<Record<string, string>>): Map<string, Uint8Array<ArrayBuffer>> {
  return new Map(
    Object.entries(table).flatMap(([reply, names]) =>
      names.split(" ").map((name) => [name, encode(reply)] as const)
    ),
  );
}

/**
 * The reply to a read of keys that are not there.
 *
 * @param command The command.
 * @param argc How many arguments the whole request has, the name included.
 * @param keyCount How many of its keys are not there.
 * @param version The client's protocol.
 * @returns The reply; null if the command writes, or its reply depends on more than that.
 */
export function missReply(
  command: Command,
  argc: number,
  keyCount: number,
  version: RespVersion,
): Uint8Array<ArrayBuffer> | null {
  switch (command.name) {
    case "MGET":
      return nils(keyCount, version);
    case "HMGET":
      return nils(argc - 2, version);
    case "EXISTS":
    case "TOUCH":
      return integerReply(0);
    default:
      return (version === 3 ? resp3Replies : replies).get(command.name) ?? null;
  }
}

function nils(count: number, version: RespVersion): Uint8Array<ArrayBuffer> {
  return concat([arrayHead(count), ...new Array<Uint8Array>(count).fill(nilOf(version))]);
}
