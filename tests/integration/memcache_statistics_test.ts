/**
 * What the servers of a memcached pool tell of themselves, gathered by the proxy.
 *
 * @module
 */

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { binaryRequest, Op } from "../support/memcache_binary.ts";
import { realTest } from "../support/programs.ts";
import { joinBytes, type WireClient } from "../support/wire.ts";
import { type MemcachePool, startMemcachePool } from "./memcache_pool.ts";

const KINDS = ["items", "slabs", "sizes", "settings"];

/** The lines of a list in the text protocol, without the END. */
async function readList(client: WireClient, kind: string): Promise<string[]> {
  await client.send(`stats ${kind}\r\n`);
  const lines: string[] = [];
  for (let line = await client.readLine(); line !== "END"; line = await client.readLine()) lines.push(line);
  return lines;
}

/** The same from a binary STAT: messages up to one without a key. */
async function readMessages(client: WireClient, opaque: number): Promise<string[]> {
  const lines: string[] = [];
  for (;;) {
    const header = await client.readBytes(24);
    const view = new DataView(header.buffer);
    assertEquals([view.getUint8(1), view.getUint16(6), view.getUint32(12)], [Op.STAT, 0, opaque]);
    const body = new TextDecoder().decode(await client.readBytes(view.getUint32(8)));
    const keyBytes = view.getUint16(2);
    if (keyBytes === 0) return lines;
    lines.push(`STAT ${body.slice(0, keyBytes)} ${body.slice(keyBytes)}`);
  }
}

/** What each server says itself, with its name in front. */
async function expectedOf(pool: MemcachePool, kind: string): Promise<string[]> {
  const lists = await Promise.all(pool.servers.map(async (server, i) => {
    using direct = await server.connect();
    return (await readList(direct, kind)).map((line) => line.replace("STAT ", `STAT s${i}/`));
  }));
  return lists.flat();
}

/** All names, and the values that stay while memcached goes through its items by itself. */
function steady(lines: readonly string[]): string[] {
  const isSteady = /(:number|chunk_size|chunks_per_page|maxbytes|maxconns|sizes_status|\/\d+) /;
  return lines.map((line) => isSteady.test(line) ? line : line.split(" ")[1]);
}

realTest("memcached", "statistics of all servers are gathered, with the server's name in front", async () => {
  for (const servers of [1, 3]) {
    await using pool = await startMemcachePool({ servers });
    using client = await pool.connect();
    using binary = await pool.connect();
    for (let i = 0; i < 50; i++) await client.exchange(`set key:${i} 0 0 1\r\nx\r\n`, "STORED\r\n");
    for (const [i, kind] of KINDS.entries()) {
      const expected = await expectedOf(pool, kind);
      assert(expected.length >= servers, `${kind}: ${expected}`);
      assertEquals(steady(await readList(client, kind)), steady(expected), kind);
      await binary.send(joinBytes([
        binaryRequest(Op.NOOP),
        binaryRequest(Op.STAT, { key: kind, opaque: i + 7 }),
        binaryRequest(Op.GET, { key: "key:1" }),
      ]));
      assertEquals((await binary.readBytes(24))[1], Op.NOOP);
      assertEquals(steady(await readMessages(binary, i + 7)), steady(expected), kind);
      assertEquals((await binary.readBytes(29))[1], Op.GET);
    }
    await client.exchange("stats items more\r\n", "SERVER_ERROR stats is not supported by this proxy\r\n");
    await binary.send(binaryRequest(Op.STAT, { key: "nonsense" }));
    assertEquals((await binary.readBytes(24 + "Not found".length))[7], 1);
  }
});

realTest("memcached", "if one server cannot be asked, its failure is the reply", async () => {
  await using pool = await startMemcachePool({ servers: 2 });
  await pool.servers[1].stop();
  using client = await pool.connect();
  await client.exchange("stats items\r\n", "SERVER_ERROR Connection refused (server 's1')\r\n");
  using binary = await pool.connect();
  await binary.send(binaryRequest(Op.STAT, { key: "items", opaque: 5 }));
  const header = await binary.readBytes(24);
  const view = new DataView(header.buffer);
  assertEquals([view.getUint8(1), view.getUint16(6), view.getUint32(12)], [Op.STAT, 0x86, 5]);
  const text = new TextDecoder().decode(await binary.readBytes(view.getUint32(8)));
  assertStringIncludes(text, "Connection refused (server 's1')");
});
