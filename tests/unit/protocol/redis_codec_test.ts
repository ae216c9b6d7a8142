import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../src/base/ascii.ts";
import { NO_CLIENT, NO_POOL } from "../../../src/protocol/facts.ts";
import { RedisCodec } from "../../../src/protocol/redis/codec.ts";
import { resp } from "../../support/resp.ts";
import { fromLatin1, latin1 } from "./redis_feed.ts";

Deno.test("redis codec: a server is greeted with what the pool has, the password first", () => {
  const table: [string | null, number, string[], string[][]][] = [
    [null, 0, [], []],
    ["secret", 0, ["AUTH"], [["AUTH", "secret"]]],
    [null, 3, ["SELECT 3"], [["SELECT", "3"]]],
    ["p\r\n", 15, ["AUTH", "SELECT 15"], [["AUTH", "p\r\n"], ["SELECT", "15"]]],
  ];
  for (const [password, db, steps, requests] of table) {
    const codec = new RedisCodec({ password: password === null ? null : encode(password), db });
    assertEquals(codec.dialects[0].greetingSteps, steps);
    assertEquals(
      fromLatin1(codec.dialects[0].greeting),
      requests.map((words) => fromLatin1(resp(...words))).join(""),
    );
  }
});

Deno.test("redis codec: the probe is a PING, and only an error is a bad answer to it", () => {
  const codec = new RedisCodec({ password: null, db: 0 });
  assertEquals(codec.dialects[0].probe, resp("PING"));
  for (
    const [text, isGood] of [["+PONG\r\n", true], ["$4\r\nPONG\r\n", true], [
      "-LOADING x\r\n",
      false,
    ]] as const
  ) {
    assertEquals(codec.dialects[0].isGood(latin1(`#${text}`), 1, 1 + text.length), isGood, text);
  }
});

Deno.test("redis codec: an error of the proxy is made once", () => {
  const codec = new RedisCodec({ password: null, db: 0 });
  const reply = codec.errorReply("Connection refused", 0);
  assertEquals(fromLatin1(reply), "-ERR Connection refused\r\n");
  assert(codec.errorReply("Connection refused", 0) === reply);
  assertEquals(
    fromLatin1(codec.crossServerReply),
    "-CROSSSLOT Keys in request don't hash to the same slot\r\n",
  );
  assertEquals([codec.name, codec.mergesByKey], ["redis", false]);
});

Deno.test("redis codec: every client has a decoder of its own", () => {
  const codec = new RedisCodec({ password: encode("x"), db: 0 });
  const [a, b] = [codec.newRequestDecoder(NO_CLIENT, NO_POOL), codec.newRequestDecoder(NO_CLIENT, NO_POOL)];
  const login = resp("AUTH", "x");
  a.decode(login, 0, login.length);
  assertEquals(fromLatin1(a.answer), "+OK\r\n");
  const get = resp("GET", "k");
  b.decode(get, 0, get.length);
  assertEquals(fromLatin1(b.answer), "-NOAUTH Authentication required.\r\n");
});
