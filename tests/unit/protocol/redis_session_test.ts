import { assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { ANSWER, BAD, DONE, FORWARD } from "../../../src/protocol/contract.ts";
import { RedisRequestDecoder } from "../../../src/protocol/redis/request_decoder.ts";
import { resp } from "../../support/resp.ts";
import { fromLatin1, latin1, placed } from "./redis_feed.ts";

const NOAUTH = "-NOAUTH Authentication required.\r\n";
const WRONGPASS = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
const FORWARDED = "forwarded";

interface Said {
  readonly reply: string;
  readonly closing: boolean;
}

/** One client's conversation with the proxy itself. */
function newClient(password: string | null, db = 0): (request: string | readonly string[]) => Said {
  const decoder = new RedisRequestDecoder({ password: password === null ? null : encode(password), db });
  return (request) => {
    const input = typeof request === "string" ? latin1(request) : resp(...request.map(latin1));
    const { bytes, start, end } = placed(input, 4);
    const status = decoder.decode(bytes, start, end);
    if (status === BAD) return { reply: fromLatin1(decoder.answer), closing: true };
    assertEquals(status, DONE);
    const reply = decoder.action === ANSWER
      ? fromLatin1(decoder.answer)
      : decoder.action === FORWARD
      ? FORWARDED
      : "";
    return { reply, closing: decoder.closing };
  };
}

function check(password: string | null, db: number, table: readonly (readonly [string, string])[]): void {
  const client = newClient(password, db);
  for (const [line, reply] of table) assertEquals(client(line.split(" ")), { reply, closing: false }, line);
}

Deno.test("redis session: PING, ECHO and SELECT are answered here", () => {
  check(null, 0, [
    ["PING", "+PONG\r\n"],
    ["ping hello", "$5\r\nhello\r\n"],
    ["PING a b", "-ERR wrong number of arguments for 'ping' command\r\n"],
    ["ECHO \0\xff", "$2\r\n\0\xff\r\n"],
    ["ECHO", "-ERR wrong number of arguments for 'echo' command\r\n"],
    ["SELECT 0", "+OK\r\n"],
    ["SELECT 1", "-ERR DB index is out of range\r\n"],
    ["SELECT -1", "-ERR DB index is out of range\r\n"],
    ["SELECT x", "-ERR value is not an integer or out of range\r\n"],
    ["SELECT 00", "-ERR value is not an integer or out of range\r\n"],
    ["GET k", FORWARDED],
  ]);
  check(null, 3, [["SELECT 3", "+OK\r\n"], ["SELECT 0", "-ERR DB index is out of range\r\n"]]);
});

Deno.test("redis session: AUTH without a password in the pool", () => {
  check(null, 0, [
    [
      "AUTH x",
      "-ERR AUTH <password> called without any password configured for the default user. " +
      "Are you sure your configuration is correct?\r\n",
    ],
    ["AUTH user x", WRONGPASS],
    ["AUTH a b c", "-ERR syntax error\r\n"],
    ["AUTH", "-ERR wrong number of arguments for 'auth' command\r\n"],
  ]);
});

Deno.test("redis session: a client has to give the password first", () => {
  check("secret", 0, [
    ["GET k", NOAUTH],
    ["PING", NOAUTH],
    ["SELECT 0", NOAUTH],
    ["NOSUCH", NOAUTH],
    ["GET", NOAUTH],
    ["AUTH wrong", WRONGPASS],
    ["AUTH secre", WRONGPASS],
    ["AUTH secrets", WRONGPASS],
    ["AUTH secretsecret", WRONGPASS],
    ["AUTH other secret", WRONGPASS],
    ["GET k", NOAUTH],
    ["AUTH secret", "+OK\r\n"],
    ["GET k", FORWARDED],
    ["PING", "+PONG\r\n"],
    // A failed login does not take the first one back, as with redis.
    ["AUTH wrong", WRONGPASS],
    ["GET k", FORWARDED],
  ]);
  check("secret", 0, [["auth default secret", "+OK\r\n"], ["GET k", FORWARDED]]);
});

Deno.test("redis session: a password may hold any byte, and an empty one is not given by nothing", () => {
  const client = newClient("\u00e9 \0x");
  assertEquals(client(["AUTH", "Ã© \0x"]).reply, "+OK\r\n");
  const other = newClient("x");
  assertEquals(other(["AUTH", ""]).reply, WRONGPASS);
  assertEquals(newClient("")(["AUTH", ""]).reply, "+OK\r\n");
  assertEquals(newClient("")(["AUTH", "x"]).reply, WRONGPASS);
});

Deno.test("redis session: QUIT is answered and ends the connection, with the password or without", () => {
  assertEquals(newClient(null)(["QUIT"]), { reply: "+OK\r\n", closing: true });
  assertEquals(newClient("secret")(["quit"]), { reply: "+OK\r\n", closing: true });
  assertEquals(newClient(null)("QUIT\r\n"), { reply: "+OK\r\n", closing: true });
});

Deno.test("redis session: every request before the login has a reply, inline ones of any length too", () => {
  for (const count of [1, 10, 11, 500]) {
    const client = newClient("secret");
    assertEquals(
      client(`GET ${"x ".repeat(count)}\r\n`),
      { reply: NOAUTH, closing: false },
      `${count} words`,
    );
    assertEquals(client(`GET ${"x".repeat(count * 100)}\r\n`), { reply: NOAUTH, closing: false });
    assertEquals(client("AUTH secret\r\n").reply, "+OK\r\n");
  }
});

Deno.test("redis session: before the login requests are as short as redis wants them", () => {
  assertEquals(newClient("secret")(["GET", ..."123456789"]), { reply: NOAUTH, closing: false });
  const many = newClient("secret")(["GET", ..."0123456789"]);
  assertEquals([many.reply.startsWith("-ERR Protocol error: "), many.closing], [true, true]);
  assertEquals(newClient("secret")(["GET", "x".repeat(16384)]), { reply: NOAUTH, closing: false });
  const long = newClient("secret")(["GET", "x".repeat(16385)]);
  assertEquals([long.reply.startsWith("-ERR Protocol error: "), long.closing], [true, true]);
});
