import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { ANSWER, DONE, MORE } from "../../../src/protocol/contract.ts";
import { type ClientFacts, NO_CLIENT, NO_POOL } from "../../../src/protocol/facts.ts";
import { RedisCodec } from "../../../src/protocol/redis/codec.ts";
import { RedisRequestDecoder } from "../../../src/protocol/redis/request_decoder.ts";
import type { SessionOptions } from "../../../src/protocol/redis/settings.ts";
import { type UserOptions, Users } from "../../../src/protocol/users.ts";
import { resp } from "../../support/resp.ts";
import { fromLatin1, latin1 } from "./redis_feed.ts";

const NOAUTH = "-NOAUTH Authentication required.\r\n";
const WRONGPASS = "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
const NOKEY = "-NOPERM No permissions to access a key\r\n";
const FORWARDED = "forwarded";

function user(name: string, more: Partial<UserOptions> = {}): UserOptions {
  return { name, password: encode(`${name}'s`), readOnly: false, keys: null, ...more };
}

const ALL = user("all");
const READER = user("reader", { readOnly: true });
const TENANT = user("tenant", { keys: ["t:", "shared"] });
const USERS = [ALL, READER, TENANT];

function noPermission(name: string, command: string): string {
  return `-NOPERM User ${name} has no permissions to run the '${command}' command\r\n`;
}

function say(decoder: RedisRequestDecoder, line: string): string {
  const bytes = resp(...line.split(" ").map(latin1));
  assertEquals(decoder.decode(bytes, 0, bytes.length), DONE);
  return decoder.action === ANSWER ? fromLatin1(decoder.answer) : FORWARDED;
}

function client(options: Partial<SessionOptions> = {}): RedisRequestDecoder {
  return new RedisRequestDecoder({ password: null, db: 0, users: USERS, ...options });
}

function check(decoder: RedisRequestDecoder, table: readonly (readonly [string, string])[]): void {
  for (const [line, reply] of table) assertEquals(say(decoder, line), reply, line);
}

Deno.test("redis users: a client has to log in as one of them", () => {
  check(client(), [
    ["GET a", NOAUTH],
    ["ACL WHOAMI", NOAUTH],
    ["CLIENT ID", NOAUTH],
    ["AUTH all's", WRONGPASS],
    ["AUTH all reader's", WRONGPASS],
    ["AUTH nobody x", WRONGPASS],
    ["AUTH nobody \0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", WRONGPASS],
    ["GET a", NOAUTH],
    ["AUTH all all's", "+OK\r\n"],
    ["ACL WHOAMI", "$3\r\nall\r\n"],
    ["GET a", FORWARDED],
    ["AUTH reader reader's", "+OK\r\n"],
    ["ACL WHOAMI", "$6\r\nreader\r\n"],
    ["AUTH all wrong", WRONGPASS],
    ["ACL WHOAMI", "$6\r\nreader\r\n"],
    ["RESET", "+RESET\r\n"],
    ["GET a", NOAUTH],
  ]);
  const greeted = client();
  assertEquals(say(greeted, "HELLO 3 AUTH all wrong"), WRONGPASS);
  assertEquals(say(greeted, "HELLO 3 AUTH all all's").slice(0, 2), "%7");
  assertEquals(say(greeted, "GET a"), FORWARDED);
});

Deno.test("redis users: whoever gives only a password is the user default", () => {
  check(client({ users: [...USERS, user("default")] }), [
    ["GET a", NOAUTH],
    ["AUTH wrong", WRONGPASS],
    ["AUTH default's", "+OK\r\n"],
    ["ACL WHOAMI", "$7\r\ndefault\r\n"],
  ]);
  const anonymous = client({ users: [...USERS, user("default", { password: null, readOnly: true })] });
  check(anonymous, [
    ["ACL WHOAMI", "$7\r\ndefault\r\n"],
    ["GET a", FORWARDED],
    ["SET a 1", noPermission("default", "set")],
    ["AUTH default anything", "+OK\r\n"],
    ["AUTH all all's", "+OK\r\n"],
    ["SET a 1", FORWARDED],
    ["RESET", "+RESET\r\n"],
    ["SET a 1", noPermission("default", "set")],
  ]);
  assert(say(anonymous, "AUTH x").startsWith("-ERR AUTH <password> called without any password"));
});

Deno.test("redis users: one who only reads may not write", () => {
  const reader = client();
  assertEquals(say(reader, "AUTH reader reader's"), "+OK\r\n");
  check(reader, [
    ["GET a", FORWARDED],
    ["MGET a b", FORWARDED],
    ["EVAL_RO x 1 a", FORWARDED],
    ["XINFO STREAM a", FORWARDED],
    ["PING", "+PONG\r\n"],
    ["SELECT 0", "+OK\r\n"],
    ["set a 1", noPermission("reader", "set")],
    ["SET", noPermission("reader", "set")],
    ["DEL a b", noPermission("reader", "del")],
    ["EVAL x 1 a", noPermission("reader", "eval")],
    ["XGROUP CREATE a g 0", noPermission("reader", "xgroup|create")],
    ["CLIENT KILL ID 1", noPermission("reader", "client|kill")],
    ["SCRIPT FLUSH", noPermission("reader", "script|flush")],
    ["FUNCTION LOAD x", noPermission("reader", "function|load")],
    ["FLUSHALL", noPermission("reader", "flushall")],
    ["NoSuch a", noPermission("reader", "nosuch")],
    ["\r\n a", noPermission("reader", "??")],
  ]);
});

Deno.test("redis users: one with keys of its own may not use others", () => {
  const tenant = client();
  assertEquals(say(tenant, "AUTH tenant tenant's"), "+OK\r\n");
  check(tenant, [
    ["GET t:1", FORWARDED],
    ["SET t:1 x", FORWARDED],
    ["GET shared", FORWARDED],
    ["MGET t:1 t:2 shared:x", FORWARDED],
    ["XREAD STREAMS t:1 t:2 0 0", FORWARDED],
    ["SORT t:1 LIMIT 0 1 STORE t:2", FORWARDED],
    ["OBJECT ENCODING t:1", FORWARDED],
    ["COMMAND COUNT", FORWARDED],
    ["GET t", NOKEY],
    ["GET T:1", NOKEY],
    ["GET x", NOKEY],
    ["MGET t:1 u:1", NOKEY],
    ["MSET t:1 x u:1 x", NOKEY],
    ["COPY t:1 u:1", NOKEY],
    ["XREAD STREAMS t:1 u:2 0 0", NOKEY],
    ["SORT t:1 STORE u:2", NOKEY],
    ["OBJECT ENCODING u:1", NOKEY],
    ["SORT t:1 BY w*", noPermission("tenant", "sort")],
    ["SORT_RO t:1 get w*", noPermission("tenant", "sort_ro")],
    ["EVAL x 1 t:1", noPermission("tenant", "eval")],
    ["FCALL_RO x 0", noPermission("tenant", "fcall_ro")],
    ["FLUSHALL", noPermission("tenant", "flushall")],
    ["KEYS *", noPermission("tenant", "keys")],
    ["SCAN 0", noPermission("tenant", "scan")],
    ["DBSIZE", noPermission("tenant", "dbsize")],
    ["GET", "-ERR wrong number of arguments for 'get' command\r\n"],
  ]);
});

Deno.test("redis users: a long request of one who may not do everything leaves early only if it may leave", () => {
  const begins = (line: string, who: string): boolean => {
    const decoder = client();
    say(decoder, `AUTH ${who} ${who}'s`);
    const bytes = latin1(`${fromLatin1(resp(...line.split(" ").map(latin1))).slice(0, -5)}`);
    assertEquals(decoder.decode(bytes, 0, bytes.length), MORE);
    return decoder.begin(bytes, 0, bytes.length);
  };
  const value = "x".repeat(100);
  assertEquals(begins(`SET t:1 ${value}`, "all"), true);
  assertEquals(begins(`SET t:1 ${value}`, "tenant"), true);
  assertEquals(begins(`SET u:1 ${value}`, "tenant"), false);
  assertEquals(begins(`SET t:1 ${value}`, "reader"), false);
});

Deno.test("redis users: other settings hold for clients that are logged in", () => {
  const me: ClientFacts = { ...NO_CLIENT };
  const pool = { ...NO_POOL, clients: () => [me] };
  const codec = (options: Partial<SessionOptions>) => new RedisCodec({ password: null, db: 0, ...options });
  const first = codec({ users: USERS });
  const decoder = first.newRequestDecoder(me, pool) as RedisRequestDecoder;
  assertEquals(say(decoder, "AUTH all all's"), "+OK\r\n");
  assertEquals(say(decoder, "CLIENT SETNAME me"), "+OK\r\n");
  const second = codec({ users: [{ ...ALL, password: encode("new"), readOnly: true }] });
  second.succeed(first, pool);
  check(decoder, [
    ["SET a 1", noPermission("all", "set")],
    ["GET a", FORWARDED],
    ["AUTH all all's", WRONGPASS],
    ["GET a", FORWARDED],
    ["CLIENT GETNAME", "$2\r\nme\r\n"],
  ]);
  const third = codec({ users: [READER] });
  third.succeed(second, pool);
  assertEquals(say(decoder, "GET a"), NOAUTH);
  const fourth = codec({});
  fourth.succeed(third, pool);
  assertEquals(say(decoder, "SET a 1"), FORWARDED);
  const fifth = codec({ password: encode("x") });
  fifth.succeed(fourth, pool);
  assertEquals(say(decoder, "SET a 1"), FORWARDED, "the user default is still there");
});

Deno.test("redis databases: the settings of a reload hold for clients in other databases", () => {
  const me: ClientFacts = { ...NO_CLIENT };
  const pool = { ...NO_POOL, clients: () => [me] };
  const codec = (db: number, databases: number | null) => new RedisCodec({ password: null, db, databases });
  const first = codec(2, 4);
  assertEquals(first.dialects.map(({ name }) => name), [
    "RESP2",
    "RESP3",
    "RESP2, database 0",
    "RESP3, database 0",
    "RESP2, database 1",
    "RESP3, database 1",
    "RESP2, database 3",
    "RESP3, database 3",
  ]);
  const decoder = first.newRequestDecoder(me, pool) as RedisRequestDecoder;
  const database = (codec: RedisCodec) => codec.dialects[decoder.dialect].greetingSteps.join();
  assertEquals(database(first), "SELECT 2");
  say(decoder, "SELECT 1");
  assertEquals(database(first), "SELECT 1");
  const second = codec(0, 2);
  second.succeed(first, pool);
  assertEquals(database(second), "SELECT 1");
  const third = codec(0, null);
  third.succeed(second, pool);
  check(decoder, [
    ["GET a", "-ERR DB index is out of range\r\n"],
    ["PING", "+PONG\r\n"],
    ["SELECT 1", "-ERR DB index is out of range\r\n"],
    ["SELECT 0", "+OK\r\n"],
    ["GET a", FORWARDED],
  ]);
  const fourth = codec(3, 4);
  fourth.succeed(third, pool);
  assertEquals(database(fourth), "SELECT 3", "it has the pool's own database, whatever that is");
});

Deno.test("users: no password is right but the one", () => {
  const users = new Users([user("a", { password: encode("secret") })]);
  const attempt = (text: string) => users.login("a", encode(`<${text}>`), 1, 1 + text.length) !== null;
  assertEquals(["secret", "", "s", "secre", "secrets", "secretsecret", "Secret"].map(attempt), [
    true,
    ...new Array(6).fill(false),
  ]);
});
