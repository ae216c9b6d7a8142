/**
 * One client asks for a lot and reads nothing.
 *
 * @module
 */

import { redisDialect } from "../../faults/dialect.ts";
import { FaultPool } from "../../faults/fault_pool.ts";
import { sleep } from "../../support/process.ts";
import { megabytes, type Row } from "./row.ts";

const REQUESTS = 5000;
const VALUE_BYTES = 100_000;
const WATCHED_MS = 5000;
const AFTER_MS = 10_000;

/**
 * Measures it.
 *
 * @returns How the memory grew, and what was left of that after the client had gone.
 */
export async function measureUnread(): Promise<Row[]> {
  await using pool = await FaultPool.start(redisDialect, {}, false);
  using writer = await pool.connect();
  await writer.exchange(redisDialect.set("large", "x".repeat(VALUE_BYTES)), "+OK\r\n");
  const beforeBytes = await pool.warmUp();
  const greedy = await pool.connect();
  await greedy.send(redisDialect.get("large").repeat(REQUESTS));
  let mostBytes = 0;
  for (let ms = 0; ms < WATCHED_MS; ms += 50) {
    await sleep(50);
    mostBytes = Math.max(mostBytes, pool.proxy.rss());
  }
  greedy.close();
  await sleep(AFTER_MS);
  return [{
    what: `${REQUESTS} GETs of 100 KB that are not read: memory before, growth, growth left after 10 s`,
    measured: [beforeBytes, mostBytes - beforeBytes, pool.proxy.rss() - beforeBytes].map(megabytes).join(
      ", ",
    ),
    promised: "growth below 64 MB",
  }];
}
