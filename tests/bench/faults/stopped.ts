/**
 * One of four servers stops for five seconds under a steady load.
 *
 * ```text
 *   |-- warm up --|-- before --|-- stopped --|-- after --|
 *                              SIGSTOP       SIGCONT
 * ```
 *
 * @module
 */

import { redisDialect } from "../../faults/dialect.ts";
import { FaultPool, TIMEOUT_MS } from "../../faults/fault_pool.ts";
import { valueOf } from "../../faults/traffic.ts";
import { sleep } from "../../support/process.ts";
import { ReplyError, type WireClient } from "../../support/wire.ts";
import { quantile, type Row } from "./row.ts";

/** Requests per second that are offered. */
const RATE = 20_000;
/** How many clients offer them, each its share at fixed times. */
const CLIENTS = 50;
/** How often a client sends, in milliseconds. */
const PERIOD_MS = 20;
const BATCH = RATE / CLIENTS / (1000 / PERIOD_MS);
const WARM_UP_MS = 2000;
const BEFORE_MS = 5000;
const STOPPED_MS = 5000;
const AFTER_MS = 3000;
/** The server that is stopped. */
const VICTIM = 0;

type Phase = "warm" | "before" | "stopped" | "after";

/** What clients saw. */
class Observations {
  phase: Phase = "warm";
  restoredMs = Infinity;
  innocentFailures = 0;
  lateFailures = 0;
  /** Latencies of good replies of innocent servers by phase, in milliseconds. */
  readonly latencies: Record<Phase, number[]> = { warm: [], before: [], stopped: [], after: [] };
  /** How long failures of the stopped server took, in milliseconds. */
  readonly failuresMs: number[] = [];
  served = 0;

  note(server: number, isGood: boolean, latencyMs: number, nowMs: number): void {
    if (isGood) this.served++;
    if (server !== VICTIM) {
      if (isGood) this.latencies[this.phase].push(latencyMs);
      else this.innocentFailures++;
    } else if (!isGood) {
      this.failuresMs.push(latencyMs);
      if (nowMs > this.restoredMs) this.lateFailures++;
    } else if (this.phase === "after" && this.restoredMs === Infinity) this.restoredMs = nowMs;
  }
}

/** Sends its share at fixed times, whether or not earlier requests have been answered. */
async function runClient(pool: FaultPool, id: number, seen: Observations, endMs: number): Promise<void> {
  using client = await pool.connect();
  // A client asks one server only, so that its replies do not wait for those of another one.
  const server = id % pool.keys.length;
  const keys = pool.keys[server];
  const sentMs: number[] = [];
  const reading = read(client, server, keys, sentMs, seen);
  let next = 0;
  for (let dueMs = performance.now(); dueMs < endMs; dueMs += PERIOD_MS) {
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    let text = "";
    for (let i = 0; i < BATCH; i++) {
      text += redisDialect.get(keys[next++ % keys.length]);
      sentMs.push(performance.now());
    }
    await client.send(text);
  }
  await client.closeWrite();
  await reading;
}

async function read(
  client: WireClient,
  server: number,
  keys: readonly string[],
  sentMs: readonly number[],
  seen: Observations,
): Promise<void> {
  try {
    for (let i = 0;; i++) {
      const reply = (await client.readReply()).value;
      const nowMs = performance.now();
      const isGood = reply === valueOf(keys[i % keys.length]);
      if (!isGood && !(reply instanceof ReplyError)) throw new RangeError(`a wrong reply: ${reply}`);
      seen.note(server, isGood, nowMs - sentMs[i], nowMs);
    }
  } catch (error) {
    // The proxy closes when everything has been answered.
    if (error instanceof RangeError) throw error;
  }
}

/**
 * Measures it.
 *
 * @returns Rows about the other servers, the stopped one and its return.
 */
export async function measureStopped(): Promise<Row[]> {
  await using pool = await FaultPool.start(redisDialect, {}, false);
  const seen = new Observations();
  const endMs = performance.now() + WARM_UP_MS + BEFORE_MS + STOPPED_MS + AFTER_MS;
  const clients = Array.from({ length: CLIENTS }, (_, i) => runClient(pool, i, seen, endMs));
  const { process } = pool.servers[VICTIM];
  await sleep(WARM_UP_MS);
  seen.phase = "before";
  await sleep(BEFORE_MS);
  seen.phase = "stopped";
  process.signal("SIGSTOP");
  await sleep(STOPPED_MS);
  process.signal("SIGCONT");
  const continuedMs = performance.now();
  seen.phase = "after";
  await Promise.all(clients);
  const before = quantile(seen.latencies.before, 0.99);
  const during = quantile(seen.latencies.stopped, 0.99);
  return [
    {
      what: `one of 4 servers stopped for 5 s, ${RATE} requests/s offered: failures of the other three`,
      measured: `${seen.innocentFailures} of ${seen.served}`,
      promised: "0",
    },
    {
      what: "… p99 of the other three before, and during",
      measured: `${before.toFixed(1)} ms, ${during.toFixed(1)} ms (${(during / before).toFixed(2)}×)`,
      promised: "2×",
    },
    {
      what: `… time to failure of the stopped one's requests (timeout ${TIMEOUT_MS} ms): median, longest`,
      measured: `${quantile(seen.failuresMs, 0.5).toFixed(0)} ms, ${
        quantile(seen.failuresMs, 1).toFixed(0)
      } ms`,
      promised: `${TIMEOUT_MS + 50} ms`,
    },
    {
      what: "… first good reply after SIGCONT, and failures after that",
      measured: `${(seen.restoredMs - continuedMs).toFixed(0)} ms, ${seen.lateFailures}`,
      promised: "0 failures",
    },
  ];
}
