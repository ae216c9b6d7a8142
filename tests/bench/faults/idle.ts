/**
 * Ten thousand clients that have asked once and wait; the reference with the same beside it.
 *
 * @module
 */

import { redisDialect } from "../../faults/dialect.ts";
import { freePort } from "../../support/ports.ts";
import { startNutcracker } from "../../support/nutcracker.ts";
import { sleep } from "../../support/process.ts";
import { startProxy } from "../../support/proxy.ts";
import type { ProxyProcess } from "../../support/proxy_process.ts";
import { startRedis } from "../../support/redis_server.ts";
import { megabytes, type Row } from "./row.ts";

const CLIENTS = 10_000;
const AT_ONCE = 100;
const SETTLE_MS = 8000;

/** Connects clients, lets each ask once, and gives the resident memory before, and while they wait, in bytes. */
async function hold(proxy: ProxyProcess): Promise<[number, number]> {
  const beforeBytes = proxy.rss();
  const request = new TextEncoder().encode(redisDialect.get("k"));
  const conns: Deno.Conn[] = [];
  try {
    const port = Number(proxy.listens[0]);
    while (conns.length < CLIENTS) {
      const some = await Promise.all(
        Array.from({ length: AT_ONCE }, () => Deno.connect({ hostname: "127.0.0.1", port })),
      );
      conns.push(...some);
      await Promise.all(some.map(async (conn) => {
        await conn.write(request);
        await conn.read(new Uint8Array(16));
      }));
    }
    await sleep(SETTLE_MS);
    return [beforeBytes, proxy.rss()];
  } finally {
    for (const conn of conns) conn.close();
  }
}

/**
 * Measures it.
 *
 * @returns A row for this proxy and one for the reference.
 */
export async function measureIdle(): Promise<Row[]> {
  await using redis = await startRedis();
  const pools = () => ({
    pool: { listen: `127.0.0.1:${freePort()}`, redis: true, servers: [`${redis.address}:1`] },
  });
  await using ours = await startProxy({ pools: pools() });
  await using reference = await startNutcracker(pools());
  const rows: Row[] = [];
  for (
    const [name, proxy, promised] of [["this proxy", ours, "150 MB"], ["twemproxy", reference, ""]] as const
  ) {
    const [beforeBytes, heldBytes] = await hold(proxy);
    const measured = `${megabytes(beforeBytes)}, ${megabytes(heldBytes)}`;
    rows.push({ what: `${CLIENTS} idle clients, ${name}: memory before, and with them`, measured, promised });
  }
  return rows;
}
