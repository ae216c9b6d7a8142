/**
 * Holds the proxy's percentiles of latency against those that redis-benchmark measures in the same run:
 * `deno run -A tests/bench/percentiles.ts`.
 *
 * The client's way to the proxy and back is in its own numbers only, so the closer the server's share is to the whole, the closer
 * they are. A script that keeps the server busy for some milliseconds makes it so; GET is shown beside it.
 *
 * @module
 */

import { redisPoolFile } from "../integration/redis_pool.ts";
import { startProxy } from "../support/proxy.ts";
import { requireProgram } from "../support/programs.ts";
import { startRedis } from "../support/redis_server.ts";

/** What is run: its name, how many requests, how many clients, the command. */
const RUNS:
  readonly (readonly [name: string, requests: number, clients: number, command: readonly string[]])[] = [
    ["a script of some milliseconds", 500, 10, [
      "EVAL",
      "local n = 0 for i = 1, 1000000 do n = n + i end return n",
      "1",
      "k",
    ]],
    ["GET", 50_000, 50, ["GET", "k"]],
  ];
/** The columns of redis-benchmark's CSV that are compared, and the names of the same in our JSON. */
const COLUMNS = [["p50_latency_ms", "p50_us"], ["p99_latency_ms", "p99_us"]] as const;
/** By which share they may differ. */
const DIFFERENCE_MAX = 0.1;

/** Runs redis-benchmark, and gives its one line of CSV by the names of its columns. */
async function benchmark(
  port: number,
  requests: number,
  clients: number,
  command: readonly string[],
): Promise<Map<string, number>> {
  const args = ["-p", `${port}`, "-n", `${requests}`, "-c", `${clients}`, "--csv", ...command];
  const { stdout } = await new Deno.Command(requireProgram("redis-benchmark"), { args, stderr: "null" })
    .output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n").slice(-2);
  // The command itself, which is quoted, comes first and may hold commas.
  const cells = (line: string) => line.split('","').map((cell) => cell.replaceAll('"', ""));
  const [names, values] = [cells(lines[0]).slice(1), cells(lines[1])];
  return new Map(names.map((name, i) => [name, Number(values[values.length - names.length + i])]));
}

function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

for (const [name, requests, clients, command] of RUNS) {
  const redis = await startRedis();
  const proxy = await startProxy({ pools: redisPoolFile([`${redis.address}:1 s0`]) });
  try {
    const theirs = await benchmark(Number(proxy.listens[0]), requests, clients, command);
    const response = await fetch(`http://127.0.0.1:${proxy.statsPort}/stats.json`);
    const ours = (await response.json()).pools[0].latency.all.total;
    for (const [column, field] of COLUMNS) {
      const [theirMs, ourMs] = [theirs.get(column) ?? NaN, ours[field] / 1000];
      const difference = Math.abs(ourMs - theirMs) / theirMs;
      const verdict = difference <= DIFFERENCE_MAX ? "agrees" : "differs";
      say(
        `${name}, ${column.slice(0, 3)}: redis-benchmark ${theirMs.toFixed(3)} ms, ` +
          `proxy ${ourMs.toFixed(3)} ms, ${(100 * difference).toFixed(1)} %: ${verdict}`,
      );
    }
  } finally {
    await proxy.stop();
    await redis.stop();
  }
}
