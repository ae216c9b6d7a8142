/**
 * EVERY difference between the reference and this proxy that a memcached client can see in the replies to its
 * requests. Anything else fails the comparison.
 *
 * In the examples, the keys `a` and `c` are on one server of the pool and `b` and `d` on the other one.
 *
 * @module
 */

import { splitItems } from "./memcache_replies.ts";
import { closes, type NamedDifference, type Outcome, says, WAITS } from "./named_differences.ts";

/** A difference, and how it is recognised in a random stream. */
export interface MemcacheDifference extends NamedDifference {
  /** Whether the replies to a request differ because of it; left out where the stream has no such requests. */
  readonly matches?: (request: string, there: string, here: string) => boolean;
}

/** The memcached pools that the examples use. */
export type MemcachePool = "plain" | "half-dead";

const BAD_LINE = "CLIENT_ERROR bad command line format\r\n";
const ERROR = "ERROR\r\n";
const STORED = "STORED\r\n";
const REFUSED = "SERVER_ERROR Connection refused\r\n";
const REFUSED_BY_SERVER = "SERVER_ERROR Connection refused (server 'server1')\r\n";
const CLOSES = closes();
const SILENCE = says();

function item(key: string, value: string): string {
  return `VALUE ${key} 0 ${value.length}\r\n${value}\r\n`;
}

function set(key: string, value: string): string {
  return `set ${key} 0 0 ${value.length}\r\n${value}\r\n`;
}

/** The example of a request that the reference closes on. */
function closed(request: string, here: Outcome, given?: string) {
  return { request, there: CLOSES, here, given };
}

/** Whether every item's key comes behind that of the item before it. */
function hasOrderOfKeys(items: readonly string[], request: string): boolean {
  const [verb, ...keys] = request.slice(0, -2).split(/ +/).filter((word) => word !== "");
  let at = 0;
  for (const item of items) {
    while (at < keys.length && !item.startsWith(`VALUE ${keys[at]} `)) at++;
    if (at++ >= keys.length) return false;
  }
  return verb.startsWith("get");
}

const LONG_KEY = "k".repeat(251);
const BINARY_QUIT = `\x80\x07${"\0".repeat(22)}`;

/** The table. */
export const MEMCACHE_DIFFERENCES: readonly MemcacheDifference[] = [
  {
    reason: "errors keep the connection: an unknown verb is answered with ERROR",
    examples: [
      closed("nonsense a\r\n", says(ERROR)),
      closed("GET a\r\n", says(ERROR)),
      closed("\r\n", says(ERROR)),
    ],
  },
  {
    reason: "errors keep the connection: replies to earlier requests of the pipeline are not lost",
    examples: [
      closed(`${set("a", "1")}nonsense\r\nget a\r\n`, says(STORED, ERROR, item("a", "1"), "END\r\n")),
    ],
  },
  {
    reason: "errors keep the connection: a line that is not as the protocol has it is told so",
    examples: [
      closed("get\r\n", says(BAD_LINE)),
      closed("set a 0 0\r\n", says(BAD_LINE)),
      closed("set a 0 0 x\r\n", says(BAD_LINE)),
      closed("incr a\r\n", says(BAD_LINE)),
    ],
  },
  {
    reason: "errors keep the connection: a key that is too long is told so, and the value behind it is taken",
    examples: [
      closed(`get ${LONG_KEY}\r\n`, says(BAD_LINE)),
      closed(`get a ${LONG_KEY}\r\n`, says(BAD_LINE)),
      closed(set(LONG_KEY, "1"), says(BAD_LINE)),
      closed(`incr ${LONG_KEY} 1 noreply\r\n`, SILENCE),
    ],
  },
  {
    reason: "errors keep the connection: a value of another length than was said is told so",
    examples: [closed("set a 0 0 1\r\nabc\r\n", says("CLIENT_ERROR bad data chunk\r\n", ERROR))],
  },
  {
    reason: "errors keep the connection: a verb that cannot be served through a proxy is refused",
    examples: [
      closed("stats reset\r\n", says("SERVER_ERROR stats is not supported by this proxy\r\n")),
      closed(
        "flush_all\r\n",
        says("SERVER_ERROR flush_all is refused: the pool does not set 'allow_dangerous'\r\n"),
      ),
      closed("flush_all noreply\r\n", SILENCE),
    ],
  },
  {
    reason: "verbs and forms that the reference does not take are served",
    examples: [
      closed("gat 0 a\r\n", says(item("a", "1"), "END\r\n"), set("a", "1")),
      closed("gat 0 a b\r\n", says(item("a", "1"), item("b", "2"), "END\r\n"), set("a", "1") + set("b", "2")),
      closed("delete a 0\r\n", says("DELETED\r\n"), set("a", "1")),
      closed("set a 0 -1 1\r\nx\r\n", says(STORED)),
      closed("verbosity 1\r\n", says("OK\r\n")),
    ],
  },
  {
    reason: "a bare line feed ends a line, as it does for memcached",
    examples: [{ request: "get a\n", there: WAITS, here: says("END\r\n") }],
  },
  {
    reason: "control bytes in a key are refused, because memcached would understand something else",
    examples: [
      { request: "get a\x01b\r\n", there: says("END\r\n"), here: says(BAD_LINE) },
      { request: "get a\tb\r\n", there: says("END\r\n"), here: says(BAD_LINE) },
    ],
  },
  {
    reason:
      "a length that no memcached stores is refused; the reference, like memcached 1.6.18, takes 32 bits of it",
    examples: [{
      request: "set a 0 0 4294967297\r\nx\r\n",
      there: says(STORED),
      here: closes("SERVER_ERROR object too large for cache\r\n"),
    }],
  },
  {
    reason: "the binary protocol and meta commands are served",
    examples: [
      closed(BINARY_QUIT, closes(`\x81\x07${"\0".repeat(22)}`)),
      closed("mg a v q\r\nmn\r\n", says("MN\r\n")),
      closed("ms a 1 q\r\nx\r\nmg a v\r\n", says("VA 1\r\nx\r\n")),
    ],
  },
  {
    reason: "items come in the order of the keys; the reference puts an item in the place of a missing one",
    examples: [{
      given: set("b", "2") + set("c", "3"),
      request: "get a b c\r\n",
      there: says(item("c", "3"), item("b", "2"), "END\r\n"),
      here: says(item("b", "2"), item("c", "3"), "END\r\n"),
    }],
    matches: (request, there, here) => {
      const items = splitItems(here);
      return hasOrderOfKeys(items, request) && splitItems(there).sort().join("") === items.sort().join("");
    },
  },
  {
    reason:
      "the failure of one server fails a split request, not the connection, and says which server it was",
    examples: [{
      pool: "half-dead",
      request: "get a b\r\n",
      there: closes(REFUSED),
      here: says(REFUSED_BY_SERVER),
    }],
  },
];
