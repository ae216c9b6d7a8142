/**
 * Memcached values of all sizes, whole and in pieces, fine and refused.
 *
 * @module
 */

import { assertEquals, assertMatch } from "@std/assert";
import { realTest } from "../support/programs.ts";
import { chooseSeed, runSeeded } from "../support/random.ts";
import { joinBytes, type WireClient } from "../support/wire.ts";
import { FakeServer } from "./fake_server.ts";
import { item, set, startMemcachePool, startMemcacheProxy } from "./memcache_pool.ts";

const KIB = 1024;
const MIB = 1024 * 1024;
const TOO_LARGE = "SERVER_ERROR object too large for cache\r\n";

function text(words: string): Uint8Array {
  return new TextEncoder().encode(words);
}

/** Stores bytes and reads them back, alone and in a list. */
async function store(client: WireClient, key: string, value: Uint8Array): Promise<void> {
  const data = joinBytes([value, text("\r\n")]);
  await client.exchange(joinBytes([text(`set ${key} 0 0 ${value.length}\r\n`), data]), "STORED\r\n");
  const reply = joinBytes([text(`VALUE ${key} 0 ${value.length}\r\n`), data]);
  await client.exchange(`get ${key}\r\n`, joinBytes([reply, text("END\r\n")]));
  await client.exchange(`get none ${key} ${key}\r\n`, joinBytes([reply, reply, text("END\r\n")]));
}

realTest("memcached", "memcache: values of any bytes survive, with every size of buffer", async () => {
  for (const flags of [[], ["-m", "512"], ["-m", "65536"]]) {
    await using pool = await startMemcachePool({ servers: 2, flags });
    using client = await pool.connect();
    await runSeeded(chooseSeed(), async (random) => {
      const lengths = [0, 1, 2, 511, 512, 513, 4096, 16_383, 16_384, 65_536, 1_000_000];
      for (const length of lengths) {
        await store(client, random.text(random.between(1, 250)), random.bytes(length));
      }
    });
  }
});

realTest("memcached", "tw#19: values that end around a multiple of the buffer's size survive", async () => {
  await using pool = await startMemcachePool({ servers: 2 });
  using client = await pool.connect();
  const source = new Uint8Array(5 * 16 * KIB).map((_, i) => i * 31 + (i >> 12));
  for (const multiple of [1, 2, 4]) {
    for (let offset = -60; offset <= 4; offset++) {
      await store(client, `k${multiple}`, source.subarray(0, multiple * 16 * KIB + offset));
    }
  }
  for (const length of [16_306, 16_307, 32_642, 48_978, 65_314]) {
    await store(client, "k", source.subarray(0, length));
  }
});

realTest("memcached", "memcache: values of more than 1 MiB go there and back", async () => {
  await using pool = await startMemcachePool({ servers: 4, memcached: { args: ["-I", "8m"] } });
  using client = await pool.connect();
  using other = await pool.connect();
  const source = new Uint8Array(8 * MIB).map((_, i) => i * 31 + (i >> 12));
  for (const length of [MIB - 40, MIB - 20, MIB - 1, MIB, MIB + 1, 1_500_000, 3_000_000, 8 * MIB - 1000]) {
    await store(client, `k${length}`, source.subarray(0, length));
    await other.exchange("get none\r\n", "END\r\n");
  }
  // Long requests keep their place among short ones.
  const large = new TextDecoder("latin1").decode(source.subarray(0, 3_000_000)).replaceAll(/[^a-z]/g, ".");
  await client.exchange(
    [set("a", "1"), set("large", large), "get a large none\r\n", set("large", "short"), "get large\r\n"].join(
      "",
    ),
    [
      "STORED\r\nSTORED\r\n",
      item("a", "1"),
      item("large", large),
      "END\r\nSTORED\r\n",
      item("large", "short"),
      "END\r\n",
    ]
      .join(""),
  );
  // The other storage verbs, and one that is not answered.
  await client.exchange(`add large 0 0 ${large.length}\r\n${large}\r\n`, "NOT_STORED\r\n");
  await client.exchange(set("large", large, " noreply") + `get large\r\n`, `${item("large", large)}END\r\n`);
  assertEquals((await pool.valuesOf("large")).filter((value) => value !== null), [large]);
});

realTest(
  "memcached",
  "memcache: a value that is too large for a server is refused, and nothing else",
  async () => {
    await using pool = await startMemcachePool({ servers: 2 });
    using client = await pool.connect();
    using other = await pool.connect();
    for (const length of [MIB - 10, MIB, MIB + 1, 1_500_000, 6_000_000]) {
      const value = "x".repeat(length);
      const before = `before ${length}`;
      await client.exchange(
        [set("a", before), set("b", value), "get a\r\n", set("b", value), set("c", "after"), "get b c\r\n"]
          .join(""),
        [
          "STORED\r\n",
          TOO_LARGE,
          item("a", before),
          "END\r\n",
          TOO_LARGE,
          "STORED\r\n",
          item("c", "after"),
          "END\r\n",
        ]
          .join(""),
      );
      await client.exchange(`${set("b", value, " noreply")}get c\r\n`, `${item("c", "after")}END\r\n`);
      await other.exchange("get a\r\n", `${item("a", before)}END\r\n`);
    }
  },
);

realTest("memcached", "tw#149: a server that refuses before the value has come costs no reply", async () => {
  await using server = new FakeServer(async (connection) => {
    for (;;) {
      const line = await connection.readLine();
      const [verb, ...words] = line.split(" ");
      if (verb === "get") {
        await connection.send(`${words.map((key) => item(key, `value of ${key}`)).join("")}END\r\n`);
        continue;
      }
      await connection.send(TOO_LARGE);
      await connection.readBytes(Number(words[3]) + 2);
    }
  });
  await using proxy = await startMemcacheProxy([`${server.address}:1`]);
  using client = await proxy.connect();
  using other = await proxy.connect();
  // On the shared connection, and beyond the size from which a request has a connection of its own.
  for (const length of [100_000, 900_000, 1_200_000, 4_000_000]) {
    const large = set("large", "x".repeat(length));
    const sending = client.send(`get a\r\n${large}get b\r\n${large}get c\r\n`);
    for (let i = 0; i < 20; i++) {
      await other.exchange(`get o${i}\r\n`, `${item(`o${i}`, `value of o${i}`)}END\r\n`);
    }
    for (const key of ["a", "b"]) await client.expect(`${item(key, `value of ${key}`)}END\r\n${TOO_LARGE}`);
    await client.expect(`${item("c", "value of c")}END\r\n`);
    await sending;
  }
});

Deno.test("tw#149: a server that refuses a value and hangs up costs one request", async () => {
  await using server = new FakeServer(async (connection) => {
    for (;;) {
      const [verb, key] = (await connection.readLine()).split(" ");
      if (verb === "set") return await connection.send(TOO_LARGE);
      await connection.send(`${item(key, "v")}END\r\n`);
    }
  });
  await using proxy = await startMemcacheProxy([`${server.address}:1`]);
  using client = await proxy.connect();
  for (let round = 0; round < 5; round++) {
    const sending = client.send(`get a\r\n${set("large", "x".repeat(4_000_000))}`);
    await client.expect(`${item("a", "v")}END\r\n`);
    // Whether the refusal is read before the loss of the connection is noticed is the kernel's to say.
    assertMatch(
      await client.readLine(),
      /^SERVER_ERROR (object too large for cache|Connection reset by peer|Broken pipe)$/,
    );
    await sending;
    await client.exchange("get b\r\n", `${item("b", "v")}END\r\n`);
  }
});

realTest(
  "memcached",
  "memcache: a value without its line end is a bad data chunk, long or short",
  async () => {
    await using pool = await startMemcachePool({ servers: 2, memcached: { args: ["-I", "8m"] } });
    using client = await pool.connect();
    for (const length of [0, 3, 20_000, 900_000, 2_000_000]) {
      const line = `set k 0 0 ${length}\r\n`;
      await client.exchange(set("k", "old"), "STORED\r\n");
      await client.exchange(`${line}${"x".repeat(length + 2)}`, "CLIENT_ERROR bad data chunk\r\n");
      await client.send(`${line.replace("\r\n", " noreply\r\n")}${"x".repeat(length + 2)}`);
      await client.exchange("verbosity 1\r\n", "OK\r\n");
      // As memcached does it, the old value is gone or untouched, but never half of the new one.
      await client.send("get k\r\n");
      const reply = await client.readLine();
      if (reply === "END") continue;
      assertEquals(reply, "VALUE k 0 3");
      await client.expect("old\r\nEND\r\n");
    }
  },
);

realTest(
  "memcached",
  "memcache: a long request whose client leaves stores nothing and disturbs nobody",
  async () => {
    await using pool = await startMemcachePool({ servers: 2, memcached: { args: ["-I", "8m"] } });
    using bystander = await pool.connect();
    for (let round = 0; round < 20; round++) {
      const leaver = await pool.connect();
      await leaver.send(`get nil none\r\nset half 0 0 6000000\r\n${"x".repeat(300_000 * (round % 10))}`);
      if (round % 2 === 0) await leaver.expect("END\r\n");
      leaver.close();
      await bystander.exchange(
        `${set("a", `${round}`)}get a\r\n`,
        `STORED\r\n${item("a", `${round}`)}END\r\n`,
      );
    }
    assertEquals(await pool.valuesOf("half"), [null, null]);
  },
);

realTest(
  "memcached",
  "memcache: a length beyond all limits ends the connection after what is owed",
  async () => {
    await using pool = await startMemcachePool({ servers: 2 });
    for (const length of ["1073741825", "4294967297", "18446744073709551617", "9".repeat(100)]) {
      using client = await pool.connect();
      await client.send(`${set("a", "v")}get a\r\nset b 0 0 ${length}\r\n`);
      await client.expect(`STORED\r\n${item("a", "v")}END\r\n${TOO_LARGE}`);
      await client.closed();
    }
    assertEquals(await pool.valuesOf("b"), [null, null]);
  },
);
