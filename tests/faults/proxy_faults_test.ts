/**
 * What goes wrong in the proxy's own process or on its machine: it stands still, or runs out of descriptors.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { sleep } from "../support/process.ts";
import { realTest } from "../support/programs.ts";
import { redisDialect } from "./dialect.ts";
import { FaultPool, TIMEOUT_MS } from "./fault_pool.ts";

realTest(
  "redis-server",
  "faults: the proxy stands still for longer than the timeout, and no request fails",
  async () => {
    await using pool = await FaultPool.start(redisDialect);
    const traffic = pool.traffic();
    for (let round = 0; round < 3; round++) {
      await sleep(200);
      pool.proxy.signal("SIGSTOP");
      await sleep(TIMEOUT_MS + 500);
      pool.proxy.signal("SIGCONT");
    }
    await sleep(200);
    await traffic.stop();
    assert(traffic.served > 0);
    assertEquals((await pool.proxy.stats()).pool.forward_error, 0);
  },
);
