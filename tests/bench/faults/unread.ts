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
const WATCHED_MS = 3000;
const AFTER_MS = 10_000;
const ROUNDS = 4;

/**
 * Measures it, several times in a row: what is left after the first time may be what any work leaves behind, and what
 * grows with each time is a leak.
 *
 * @returns How the memory grew each time, and what was left of that after the client had gone.
 */
export async function measureUnread(): Promise<Row[]> {
  await using pool = await FaultPool.start(redisDialect, {}, false);
  using writer = await pool.connect();
  await writer.exchange(redisDialect.set("large", "x".repeat(VALUE_BYTES)), "+OK\r\n");
  const beforeBytes = await pool.warmUp();
  const grown: number[] = [];
  const left: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const greedy = await pool.connect();
    await greedy.send(redisDialect.get("large").repeat(REQUESTS));
    let mostBytes = 0;
    for (let ms = 0; ms < WATCHED_MS; ms += 50) {
      await sleep(50);
      mostBytes = Math.max(mostBytes, pool.proxy.rss());
    }
    greedy.close();
    await sleep(AFTER_MS);
    grown.push(mostBytes - beforeBytes);
    left.push(pool.proxy.rss() - beforeBytes);
  }
  return [{
    what: `${REQUESTS} GETs of 100 KB that are not read, ${ROUNDS} times: memory before`,
    measured: megabytes(beforeBytes),
    promised: "",
  }, {
    what: "growth, each time",
    measured: grown.map(megabytes).join(", "),
    promised: "below 64 MB",
  }, {
    what: `growth that is left ${AFTER_MS / 1000} s after the client has gone, each time`,
    measured: left.map(megabytes).join(", "),
    promised: "none",
  }];
}
