/**
 * EVERY difference between the reference and this proxy that a redis client can see in the replies to its
 * requests. Anything else fails the comparison.
 *
 * In the examples, the keys `a`, `c` and `e` are on one server of the pool and `b`, `d` and `f` on the other one.
 *
 * @module
 */

import { closes, type Example, type NamedDifference, type Outcome, says } from "./named_differences.ts";
import type { RedisRequest } from "./redis_traffic.ts";

/** A difference, and how it is recognised in a random stream. */
export interface RedisDifference extends NamedDifference {
  /** Whether the replies to a request differ because of it; left out where the stream has no such requests. */
  readonly matches?: (request: RedisRequest, there: string, here: string) => boolean;
}

/** The redis pools that the examples use. */
export type RedisPool = "plain" | "password" | "half-dead" | "forbidding" | "full" | "misled";

const OK = "+OK\r\n";
const CROSSSLOT = "-CROSSSLOT Keys in request don't hash to the same slot\r\n";
const NO_PASSWORD_THERE = "-ERR Client sent AUTH, but no password is set\r\n";
const NO_PASSWORD = "-ERR AUTH <password> called without any password configured for the default user. " +
  "Are you sure your configuration is correct?\r\n";
const WRONGPASS = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
const REFUSED = "-ERR Connection refused\r\n";
const REFUSED_BY_SERVER = "-ERR Connection refused (server 'server1')\r\n";
const CLOSES = closes();

/** Encodes requests of words between spaces. */
function resp(...requests: readonly string[]): string {
  return requests.map((request) => {
    const words = request.split(" ");
    return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join("")}`;
  }).join("");
}

function example(request: string, there: Outcome, here: Outcome, more: Partial<Example> = {}): Example {
  return { request: resp(request), there, here, ...more };
}

function arity(command: string): string {
  return `-ERR wrong number of arguments for '${command}' command\r\n`;
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

const LONG_KEY = "k".repeat(16_336);

/** Requests that are answered in place of a close. */
const ANSWERED: readonly RedisDifference[] = [
  {
    reason: "errors keep the connection: an unknown command is answered with redis' own words",
    examples: [
      example("NONSENSE", CLOSES, says("-ERR unknown command 'NONSENSE', with args beginning with: \r\n")),
      example(
        "NONSENSE a b",
        CLOSES,
        says("-ERR unknown command 'NONSENSE', with args beginning with: 'a' 'b' \r\n"),
      ),
    ],
  },
  {
    reason: "errors keep the connection: replies to earlier requests of the pipeline are not lost",
    examples: [{
      request: resp("SET a 1", "GET a", "NONSENSE", "GET a"),
      there: CLOSES,
      here: says(OK, bulk("1"), "-ERR unknown command 'NONSENSE', with args beginning with: \r\n", bulk("1")),
    }],
  },
  {
    reason:
      "errors keep the connection: a command that cannot be served through a proxy is refused with a reason",
    examples: [
      example(
        "SHUTDOWN",
        CLOSES,
        says(
          "-ERR command 'SHUTDOWN' is not supported by this proxy: " +
            "it concerns a single server, not the keys in it\r\n",
        ),
      ),
    ],
  },
  {
    reason: "errors keep the connection: a wrong number of arguments is answered with redis' own words",
    examples: [
      example("GET", CLOSES, says(arity("get"))),
      example("GET a b", CLOSES, says(arity("get"))),
      example("MSET a 1 b", CLOSES, says(arity("mset"))),
      example("MGET", CLOSES, says(arity("mget"))),
      example("EXPIRE a", CLOSES, says(arity("expire"))),
      example("PING a b", CLOSES, says(arity("ping"))),
    ],
  },
  {
    reason: "commands and options that came after the reference are served",
    examples: [
      example("PING hello", CLOSES, says(bulk("hello"))),
      example("ECHO hello", CLOSES, says(bulk("hello"))),
      example("SELECT 0", CLOSES, says(OK)),
      example("EXPIRE a 10 NX", CLOSES, says(":1\r\n"), { given: resp("SET a 1") }),
      example("EXPIRETIME a", CLOSES, says(":-2\r\n")),
      example("SINTERCARD 1 a", CLOSES, says(":1\r\n"), { given: resp("SADD a 1") }),
      example("OBJECT ENCODING a", CLOSES, says(bulk("int")), { given: resp("SET a 1") }),
      example("XADD a 1-1 f v", CLOSES, says(bulk("1-1"))),
      example("RENAME a c", CLOSES, says(OK), { given: resp("SET a 1") }),
    ],
  },
  {
    reason: "MOVE is answered, and leads to no database that clients may not select",
    examples: [
      example("MOVE a 0", CLOSES, says("-ERR source and destination objects are the same\r\n"), {
        given: resp("SET a 1"),
      }),
      example("MOVE a 1", CLOSES, says("-ERR DB index is out of range\r\n"), { given: resp("SET a 1") }),
    ],
  },
  {
    reason: "scripts without keys run on any one server",
    examples: [{
      request: "*3\r\n$4\r\nEVAL\r\n$8\r\nreturn 7\r\n$1\r\n0\r\n",
      there: CLOSES,
      here: says(":7\r\n"),
    }],
  },
  {
    reason: "keys may be as long as redis allows",
    examples: [example(`SET ${LONG_KEY} 1`, CLOSES, says(OK))],
  },
  {
    reason: "inline commands are understood, and empty requests ignored, as redis does",
    examples: [
      { request: "PING\r\n", there: CLOSES, here: says("+PONG\r\n") },
      { request: 'SET a "1 2"\r\nGET a\r\n', there: CLOSES, here: says(OK, bulk("1 2")) },
      { request: "QUIT\r\n", there: CLOSES, here: closes(OK) },
      { request: "\r\n", there: CLOSES, here: says() },
      { request: "*0\r\n", there: CLOSES, here: says() },
      { request: "*-1\r\n", there: CLOSES, here: says() },
    ],
  },
  {
    reason: "broken framing is told before the connection is closed, after the replies to earlier requests",
    examples: [
      {
        request: "*2\r\n!3\r\nGET\r\n",
        there: CLOSES,
        here: closes("-ERR Protocol error: expected '$', got '!'\r\n"),
      },
      {
        request: resp("SET a 1") + "*x\r\n",
        there: CLOSES,
        here: closes(OK, "-ERR Protocol error: invalid multibulk length\r\n"),
      },
      {
        request: "*2\r\n$3\r\nGET\r\n$x\r\n",
        there: CLOSES,
        here: closes("-ERR Protocol error: invalid bulk length\r\n"),
      },
    ],
  },
  {
    reason:
      "a length beyond 32 bits is refused; the reference takes a part of it and breaks the server's connection",
    examples: [{
      pool: "misled",
      request: "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4294967297\r\nx\r\n",
      there: says("-ERR Protocol error: invalid bulk length\r\n"),
      here: closes("-ERR Protocol error: invalid bulk length\r\n"),
    }],
  },
];

/** Requests that both answer, each in its way. */
const ELSEWISE: readonly RedisDifference[] = [
  {
    reason: "QUIT is answered with +OK, as redis does",
    examples: [
      example("QUIT", CLOSES, closes(OK)),
      { request: resp("SET a 1", "QUIT", "GET a"), there: closes(OK), here: closes(OK, OK) },
    ],
  },
  {
    reason: "AUTH without a password in the pool is answered with redis' own words",
    examples: [
      example("AUTH x", says(NO_PASSWORD_THERE), says(NO_PASSWORD)),
      example("AUTH default x", CLOSES, says(OK)),
      example("AUTH other x", CLOSES, says(WRONGPASS)),
    ],
    matches: ({ command }, there, here) =>
      command === "AUTH" && there === NO_PASSWORD_THERE && here === NO_PASSWORD,
  },
  {
    reason: "a client that has not given the password is told so with redis' own words",
    examples: [
      example(
        "GET a",
        says("-NOAUTH Authentication required\r\n"),
        says("-NOAUTH Authentication required.\r\n"),
        { pool: "password" },
      ),
    ],
  },
  {
    reason:
      "a wrong password is refused with redis' own words and changes nothing; a user's name may be given",
    examples: [
      {
        pool: "password",
        request: resp("AUTH secret", "AUTH wrong", "SET a 1"),
        there: says(OK, "-ERR invalid password\r\n", "-NOAUTH Authentication required\r\n"),
        here: says(OK, WRONGPASS, OK),
      },
      {
        pool: "password",
        request: resp("AUTH default secret", "SET a 1"),
        there: CLOSES,
        here: says(OK, OK),
      },
    ],
  },
];

/** Requests about keys on several servers. */
const CROSS_SERVER: readonly RedisDifference[] = [
  {
    reason: "EXISTS counts on every server",
    examples: [
      example("EXISTS a b c d", says(":2\r\n"), says(":4\r\n"), { given: resp("MSET a 1 b 1 c 1 d 1") }),
    ],
    matches: ({ command, spread }, there, here) =>
      command === "EXISTS" && spread && /^:\d+\r\n$/.test(there) && /^:\d+\r\n$/.test(here) &&
      Number(here.slice(1)) > Number(there.slice(1)),
  },
  {
    reason: "ZDIFF, ZINTER and ZUNION go to the server of their keys, not to that of the number of keys",
    examples: ["ZDIFF", "ZINTER", "ZUNION"].map((command) =>
      example(`${command} 1 b`, says("*0\r\n"), says("*1\r\n", bulk("m")), { given: resp("ZADD b 1 m") })
    ),
    matches: ({ command }, there, here) =>
      /^Z(DIFF|INTER|UNION)$/.test(command) && there === "*0\r\n" && /^(\*|-WRONGTYPE )/.test(here),
  },
  {
    reason: "cross-server commands never give a silently wrong answer: they are refused and nothing is sent",
    examples: [
      example("SUNION a b", says("*1\r\n", bulk("1")), says(CROSSSLOT), {
        given: resp("SADD a 1", "SADD b 2"),
      }),
      example("PFCOUNT a b", says(":1\r\n"), says(CROSSSLOT), { given: resp("PFADD a 1", "PFADD b 2") }),
      {
        given: resp("RPUSH a 1"),
        request: resp("RPOPLPUSH a b", "LLEN a", "LLEN b"),
        there: says(bulk("1"), ":0\r\n", ":0\r\n"),
        here: says(CROSSSLOT, ":1\r\n", ":0\r\n"),
      },
    ],
    matches: ({ spread }, _there, here) => spread && here === CROSSSLOT,
  },
];

/** Requests that fail. */
const FAILING: readonly RedisDifference[] = [
  {
    reason:
      "the failure of one server fails a split request, not the connection, and says which server it was",
    examples: [example("MGET a b", closes(REFUSED), says(REFUSED_BY_SERVER), { pool: "half-dead" })],
  },
  {
    reason: "a server's error to a part of a split request reaches the client",
    examples: [
      example(
        "DEL a b",
        says("-ERR Invalid argument\r\n"),
        says("-NOPERM this user has no permissions to run the 'del' command\r\n"),
        { pool: "forbidding" },
      ),
    ],
  },
  {
    reason: "a server that says it is out of memory has answered: its words reach the client",
    examples: [
      example(
        "SET a 1",
        says("-ERR Invalid argument\r\n"),
        says("-OOM command not allowed when used memory > 'maxmemory'.\r\n"),
        { pool: "full" },
      ),
    ],
  },
];

/** The table. */
export const REDIS_DIFFERENCES: readonly RedisDifference[] = [
  ...ANSWERED,
  ...ELSEWISE,
  ...CROSS_SERVER,
  ...FAILING,
];
