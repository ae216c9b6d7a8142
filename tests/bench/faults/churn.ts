/**
 * A minute of a thousand connections per second, each for one request.
 *
 * @module
 */

import { redisDialect } from "../../faults/dialect.ts";
import { FaultPool } from "../../faults/fault_pool.ts";
import { valueOf } from "../../faults/traffic.ts";
import { sleep } from "../../support/process.ts";
import { megabytes, type Row } from "./row.ts";

const RATE = 1000;
const PERIOD_MS = 20;
const SECONDS = 60;
const REPORTED_SECONDS = [10, 20, 30, 40, 50, 60];

async function visit(pool: FaultPool, key: string): Promise<void> {
  using client = await pool.connect();
  await client.send(redisDialect.get(key));
  const reply = await redisDialect.read(client);
  if (reply !== valueOf(key)) throw new Error(`a wrong reply: ${reply}`);
}

/**
 * Measures it.
 *
 * @returns The memory every ten seconds, and how many connections there really were.
 */
export async function measureChurn(): Promise<Row[]> {
  await using pool = await FaultPool.start(redisDialect, {}, false);
  const keys = pool.keys.flat();
  const readings = [await pool.warmUp()];
  const startMs = performance.now();
  let visits = 0;
  for (let dueMs = startMs; dueMs < startMs + SECONDS * 1000; dueMs += PERIOD_MS) {
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    const count = RATE * PERIOD_MS / 1000;
    await Promise.all(Array.from({ length: count }, () => visit(pool, keys[visits++ % keys.length])));
    const seconds = (dueMs + PERIOD_MS - startMs) / 1000;
    if (seconds >= (REPORTED_SECONDS[readings.length - 1] ?? Infinity)) readings.push(pool.proxy.rss());
  }
  const rate = visits / ((performance.now() - startMs) / 1000);
  return [{
    what: `${SECONDS} s of ${rate.toFixed(0)} connections/s: memory before, and every 10 s`,
    measured: readings.map(megabytes).join(", "),
    promised: "no leak",
  }];
}
