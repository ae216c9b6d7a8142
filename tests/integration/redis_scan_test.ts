/**
 * A scan over four servers while keys come and go: what stays is returned.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { scaled } from "../faults/scale.ts";
import { realTest } from "../support/programs.ts";
import { joinBytes, resp, type WireClient } from "../support/wire.ts";
import { startRedisPool } from "./redis_pool.ts";

const SERVERS = 4;
/** Keys that stay on each server: what was promised, or enough for servers to resize their tables several times. */
const KEYS_PER_SERVER = scaled(5000, 50_000);
const BATCH = 500;

async function store(client: WireClient, prefix: string, start: number, end: number): Promise<void> {
  const words = Array.from({ length: end - start }, (_, i) => [`${prefix}${start + i}`, "v"]).flat();
  assertEquals(await client.command("MSET", ...words), "OK");
}

/** Lets keys come and go until it is told to stop, so that the servers' tables grow and shrink. */
async function churn(client: WireClient, goesOn: () => boolean): Promise<number> {
  let rounds = 0;
  for (let first = 0; goesOn(); first = (first + 1) % 8) {
    const batches = Array.from({ length: 8 }, (_, i) => `come:${first}:${i}:`);
    for (const prefix of batches) await store(client, prefix, 0, BATCH);
    for (const prefix of batches.slice(1)) {
      await client.command("UNLINK", ...Array.from({ length: BATCH }, (_, i) => `${prefix}${i}`));
    }
    rounds++;
  }
  return rounds;
}

realTest(
  "redis-server",
  `SCAN: ${SERVERS} servers × ${KEYS_PER_SERVER} keys while others come and go`,
  async () => {
    await using pool = await startRedisPool({ servers: SERVERS });
    using client = await pool.connect();
    const total = SERVERS * KEYS_PER_SERVER;
    for (let start = 0; start < total; start += BATCH) await store(client, "stay:", start, start + BATCH);
    using other = await pool.connect();
    let isScanning = true;
    const churned = churn(other, () => isScanning);
    try {
      for (const hello of [2, 3]) {
        await client.command("HELLO", hello);
        const found = new Set<string>();
        let cursor = "0";
        do {
          // Whoever scans does other things in between.
          await client.send(joinBytes([resp("SCAN", cursor, "COUNT", 100), resp("GET", "stay:0")]));
          const reply = (await client.readReply()).value as [string, string[]];
          assertEquals((await client.readReply()).value, "v");
          [cursor] = reply;
          for (const key of reply[1]) if (key.startsWith("stay:")) found.add(key);
        } while (cursor !== "0");
        assertEquals(found.size, total);
      }
    } finally {
      isScanning = false;
      assert(await churned > 0, "keys came and went");
    }
  },
);
