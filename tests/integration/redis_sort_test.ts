/**
 * SORT and SORT_RO with keys that are made of patterns, which may be on any server.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { ReplyError, type ReplyValue, type WireClient } from "../support/wire.ts";
import { startRedisPool } from "./redis_pool.ts";

const SPREAD = new ReplyError(
  "CROSSSLOT BY and GET of SORT make keys of several servers: they need a hash tag before the *",
);
const CROSSSLOT = new ReplyError("CROSSSLOT Keys in request don't hash to the same slot");

async function fill(client: WireClient, tag: string): Promise<void> {
  await client.command("RPUSH", `${tag}list`, 1, 2, 3);
  for (const [i, weight] of [30, 10, 20].entries()) {
    await client.command("SET", `${tag}weight_${i + 1}`, weight);
    await client.command("HSET", `${tag}object_${i + 1}`, "name", `n${i + 1}`);
  }
}

async function sort(client: WireClient, line: string): Promise<ReplyValue> {
  return await client.command(...line.split(" "));
}

realTest("redis-server", "SORT: patterns make keys of one server, or are refused", async () => {
  await using pool = await startRedisPool({ servers: 4, directives: { hash_tag: `"{}"` } });
  using client = await pool.connect();
  await fill(client, "{t}");
  const sorted = ["n2", "2", "n3", "3", "n1", "1"];
  for (const name of ["SORT", "SORT_RO"]) {
    const good = `${name} {t}list BY {t}weight_* GET {t}object_*->name GET #`;
    assertEquals(await sort(client, good), sorted, good);
    assertEquals(await sort(client, `${name} {t}list BY nosort LIMIT 1 1`), ["2"]);
    for (const pattern of ["weight_*", "*{t}", "{*}", "{}weight_*", "{tweight_*", "w_*->{t}"]) {
      assertEquals(await sort(client, `${name} {t}list BY ${pattern}`), SPREAD, pattern);
      assertEquals(await sort(client, `${name} {t}list LIMIT 0 1 GET # GET ${pattern}`), SPREAD, pattern);
    }
    const elsewhere = await elsewhereThan(client, "{t}list");
    assertEquals(await sort(client, `${name} {t}list BY {${elsewhere}}weight_*`), CROSSSLOT);
  }
  assertEquals(await sort(client, "SORT {t}list BY {t}weight_* STORE {t}sorted"), 3);
  assertEquals(await sort(client, "LRANGE {t}sorted 0 -1"), ["2", "3", "1"]);
  assertEquals(await sort(client, "SORT {t}list STORE by"), CROSSSLOT, "what STORE names is no option");
  assertEquals(await sort(client, "MULTI"), "OK");
  assertEquals(await sort(client, "SORT_RO {t}list BY {t}weight_*"), "QUEUED");
  assertEquals(await sort(client, "SORT {t}list BY weight_*"), SPREAD);
  assertEquals((await sort(client, "EXEC") as ReplyError).text.slice(0, 9), "EXECABORT");
});

/** A hash tag of another server than a key's. */
async function elsewhereThan(client: WireClient, key: string): Promise<string> {
  for (let i = 0;; i++) {
    const reply = await client.command("SINTER", key, `{${i}}`);
    if (reply instanceof ReplyError && reply.text.startsWith("CROSSSLOT")) return `${i}`;
  }
}

realTest("redis-server", "SORT: one server has all keys; without hash tags several have not", async () => {
  await using one = await startRedisPool();
  using client = await one.connect();
  await fill(client, "");
  assertEquals(await sort(client, "SORT list BY weight_* GET object_*->name"), ["n2", "n3", "n1"]);
  await using two = await startRedisPool({ servers: 2 });
  using other = await two.connect();
  await fill(other, "{t}");
  assertEquals(await sort(other, "SORT {t}list BY {t}weight_*"), SPREAD, "the pool knows no tags");
  assertEquals(await sort(other, "SORT_RO {t}list DESC"), ["3", "2", "1"]);
});
