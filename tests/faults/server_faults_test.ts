/**
 * A server dies, hangs, restarts, or its network goes bad: its own requests fail, nobody else's do, and when it is well
 * again the proxy notices by itself.
 *
 * @module
 */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { memcacheDialect, redisDialect } from "./dialect.ts";
import { FaultPool, TIMEOUT_MS } from "./fault_pool.ts";
import type { Traffic } from "./traffic.ts";

/** The server whose process is tampered with. */
const PROCESS = 0;
/** The server whose network is. */
const NETWORK = 1;
/** How long a server is dead: it is ejected at once, and probed in vain. */
const DEAD_MS = 700;
/** How long a server is silent: long enough for it to be ejected for that. */
const SILENT_MS = 2 * TIMEOUT_MS + 300;

/** Fails unless some requests failed, all of them for one of these reasons. */
function assertFailed(traffic: Traffic, reasons: RegExp): void {
  assert(traffic.failed.size > 0, "some requests failed");
  for (const said of traffic.failed.keys()) assertMatch(said, reasons);
}

/** Runs faults one after the other against one pool, and looks at the proxy's memory after each. */
class Faults {
  readonly #t: Deno.TestContext;
  readonly #pool: FaultPool;
  readonly #beforeBytes: number;

  constructor(t: Deno.TestContext, pool: FaultPool, beforeBytes: number) {
    this.#t = t;
    this.#pool = pool;
    this.#beforeBytes = beforeBytes;
  }

  async step(name: string, fn: () => Promise<void>): Promise<void> {
    await this.#t.step(name, async () => {
      await fn();
      await this.#pool.memoryReturned(this.#beforeBytes);
    });
  }
}

async function testProcessFaults(faults: Faults, pool: FaultPool): Promise<void> {
  const kill = async (): Promise<void> => {
    const { process } = pool.servers[PROCESS];
    process.signal("SIGKILL");
    await process.exited;
  };
  await faults.step("SIGKILL, and a restart on the same port", async () => {
    const traffic = await pool.endure(PROCESS, async () => {
      await kill();
      await sleep(DEAD_MS);
      await pool.restart(PROCESS);
    });
    assertFailed(traffic, /Connection (refused|reset by peer)$/);
  });
  await faults.step("restarts so quick that nobody may notice", async () => {
    for (let round = 0; round < 2; round++) {
      await pool.endure(PROCESS, async () => {
        await kill();
        await pool.restart(PROCESS);
      });
    }
  });
  await faults.step("SIGSTOP and SIGCONT", async () => {
    const traffic = await pool.endure(PROCESS, async () => {
      const { process } = pool.servers[PROCESS];
      process.signal("SIGSTOP");
      await sleep(SILENT_MS);
      process.signal("SIGCONT");
    });
    assertFailed(traffic, /Connection timed out$/);
  });
}

async function testNetworkFaults(faults: Faults, pool: FaultPool): Promise<void> {
  const { relay } = pool;
  await faults.step("a black hole that swallows replies", async () => {
    const traffic = await pool.endure(NETWORK, async () => {
      relay.toClient.blackHole = true;
      await sleep(SILENT_MS);
      relay.clear();
    });
    assertFailed(traffic, /Connection timed out$/);
  });
  await faults.step("replies one byte at a time", async () => {
    await pool.endure(NETWORK, async () => {
      relay.toClient.trickles = true;
      await sleep(500);
      relay.clear();
    });
  });
  await faults.step("cuts in the middle of replies and of requests", async () => {
    const traffic = await pool.endure(NETWORK, async () => {
      for (let bytes = 0; bytes < 40; bytes++) {
        const direction = bytes % 4 === 3 ? relay.toServer : relay.toClient;
        direction.cutResets = bytes % 2 === 1;
        direction.cutAfterBytes = bytes * 23;
        await sleep(25);
      }
      relay.clear();
    });
    assertFailed(traffic, /(Connection reset by peer|Connection refused|Broken pipe|Connection timed out)$/);
  });
  await faults.step("resets and hang-ups of all connections", async () => {
    const traffic = await pool.endure(NETWORK, async () => {
      for (let round = 0; round < 20; round++) {
        if (round % 2 === 0) relay.reset();
        else relay.hangUp();
        await sleep(20);
      }
    });
    assertFailed(traffic, /(Connection reset by peer|Broken pipe)$/);
  });
}

async function testDelays(faults: Faults, pool: FaultPool): Promise<void> {
  const { relay } = pool;
  await faults.step("a delay that is shorter than the timeout", async () => {
    const traffic = await pool.endure(NETWORK, async () => {
      relay.toClient.delayMs = 30;
      await sleep(500);
      relay.clear();
    });
    assertEquals([...traffic.failed], [], "a slow server is no broken one");
  });
  await faults.step("a delay that is longer than the timeout", async () => {
    const traffic = await pool.endure(NETWORK, async () => {
      relay.toServer.delayMs = TIMEOUT_MS + 300;
      await sleep(SILENT_MS);
      relay.clear();
    });
    assertFailed(traffic, /Connection timed out$/);
  });
}

async function startFaults(t: Deno.TestContext, pool: FaultPool): Promise<Faults> {
  return new Faults(t, pool, await pool.warmUp());
}

realTest("redis-server", "faults: one of four redis-servers fails in every way", async (t) => {
  await using pool = await FaultPool.start(redisDialect);
  const faults = await startFaults(t, pool);
  await testProcessFaults(faults, pool);
  await testNetworkFaults(faults, pool);
  await testDelays(faults, pool);
});

realTest("memcached", "faults: one of four memcacheds fails in every way", async (t) => {
  await using pool = await FaultPool.start(memcacheDialect);
  const faults = await startFaults(t, pool);
  await testProcessFaults(faults, pool);
  await testNetworkFaults(faults, pool);
});
