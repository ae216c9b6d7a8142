/**
 * Measures what a memcached request costs the proxy in each encoding, and prints Markdown: CPU time per request in
 * microseconds, medians of alternating rounds, and its ratio to the text protocol's.
 *
 *     deno run -A tests/bench/encodings.ts [--rounds 5] [--requests 100000]
 *
 * @module
 */

import { parseArgs } from "node:util";
import { concat, encode } from "../../src/base/ascii.ts";
import { binaryRequest, extrasOf, Op } from "../support/memcache_binary.ts";
import { startMemcached } from "../support/memcached_server.ts";
import { freePort } from "../support/ports.ts";
import { startProxy } from "../support/proxy.ts";
import type { ProxyProcess } from "../support/proxy_process.ts";

const CLIENTS = 50;
const KEYS = 1000;
const VALUE = "x".repeat(32);

/** A request and how long its reply is, in bytes. */
interface Call {
  readonly request: (key: string) => Uint8Array;
  readonly replyBytes: number;
}

const CALLS: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  get: {
    text: {
      request: (key) => encode(`get ${key}\r\n`),
      replyBytes: `VALUE ${keyOf(0)} 0 32\r\n${VALUE}\r\nEND\r\n`.length,
    },
    meta: { request: (key) => encode(`mg ${key} v\r\n`), replyBytes: `VA 32\r\n${VALUE}\r\n`.length },
    binary: { request: (key) => binaryRequest(Op.GET, { key }), replyBytes: 24 + 4 + VALUE.length },
  },
  set: {
    text: { request: (key) => encode(`set ${key} 0 0 32\r\n${VALUE}\r\n`), replyBytes: "STORED\r\n".length },
    meta: { request: (key) => encode(`ms ${key} 32\r\n${VALUE}\r\n`), replyBytes: "HD\r\n".length },
    binary: {
      request: (key) => binaryRequest(Op.SET, { key, value: VALUE, extras: extrasOf(0, 0) }),
      replyBytes: 24,
    },
  },
};

function keyOf(number: number): string {
  return `key:${String(number).padStart(12, "0")}`;
}

/** One client: sends its pipeline and waits for the replies, again and again. */
async function client(
  port: number,
  call: Call,
  pipeline: number,
  batches: number,
  seed: number,
): Promise<void> {
  using conn = await Deno.connect({ hostname: "127.0.0.1", port });
  conn.setNoDelay(true);
  const requests = Array.from(
    { length: 16 },
    (_, i) =>
      concat(
        Array.from({ length: pipeline }, (_, j) =>
          call.request(keyOf((seed * 7919 + i * 104729 + j * 31) % KEYS))),
      ),
  );
  const buffer = new Uint8Array(64 * 1024);
  for (let batch = 0; batch < batches; batch++) {
    const bytes = requests[batch % requests.length];
    for (let sent = 0; sent < bytes.length;) sent += await conn.write(bytes.subarray(sent));
    for (let left = pipeline * call.replyBytes; left > 0;) {
      const count = await conn.read(buffer);
      if (count === null) throw new Error("the proxy has closed the connection");
      left -= count;
      if (left < 0) {
        throw new Error(
          `a reply is longer than expected: ${new TextDecoder().decode(buffer.subarray(0, 80))}`,
        );
      }
    }
  }
}

async function load(proxy: ProxyProcess, call: Call, pipeline: number, requests: number): Promise<number> {
  const batches = Math.ceil(requests / CLIENTS / pipeline);
  const beforeUs = proxy.process.cpuUs();
  const port = Number(proxy.listens[0]);
  await Promise.all(Array.from({ length: CLIENTS }, (_, i) => client(port, call, pipeline, batches, i)));
  return (proxy.process.cpuUs() - beforeUs) / (batches * CLIENTS * pipeline);
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { rounds: { type: "string", default: "5" }, requests: { type: "string", default: "100000" } },
  });
  const [rounds, requests] = [Number(values.rounds), Number(values.requests)];
  await using first = await startMemcached();
  await using second = await startMemcached();
  await using proxy = await startProxy({
    pools: {
      pool: { listen: `127.0.0.1:${freePort()}`, servers: [`${first.address}:1`, `${second.address}:1`] },
    },
  });
  using filler = await proxy.connect();
  for (let i = 0; i < KEYS; i++) {
    await filler.exchange(`set ${keyOf(i)} 0 0 32\r\n${VALUE}\r\n`, "STORED\r\n");
  }
  let text = "| request | text | meta | binary |\n|---|---:|---:|---:|\n";
  for (const [verb, encodings] of Object.entries(CALLS)) {
    for (const pipeline of [1, 16]) {
      const costs: Record<string, number[]> = {};
      for (let round = 0; round <= rounds; round++) {
        for (const [name, call] of Object.entries(encodings)) {
          const costUs = await load(proxy, call, pipeline, requests);
          // The first round warms up.
          if (round > 0) (costs[name] ??= []).push(costUs);
        }
      }
      const base = median(costs.text);
      const cells = Object.values(costs).map(median).map((us) =>
        `${us.toFixed(2)} µs (${(us / base).toFixed(2)})`
      );
      text += `| ${verb}, pipelines of ${pipeline} | ${cells.join(" | ")} |\n`;
    }
  }
  await Deno.stdout.write(new TextEncoder().encode(text));
}
