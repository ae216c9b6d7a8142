/**
 * What the statistics say, held against what Prometheus and redis say.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { freePort } from "../support/ports.ts";
import { eventually, TestProcess } from "../support/process.ts";
import { realTest, requireProgram } from "../support/programs.ts";
import { proxyProgram } from "../support/proxy.ts";
import { makeScratchFolder, removeFolder } from "../support/start.ts";
import { joinBytes, resp } from "../support/wire.ts";
import { type RedisPool, startRedisPool } from "./redis_pool.ts";

const REQUESTS = 100_000;
const BATCH = 1000;

async function get(pool: RedisPool, path: string, init: RequestInit = {}): Promise<Response> {
  const client = Deno.createHttpClient({});
  try {
    const response = await fetch(`http://127.0.0.1:${pool.proxy.statsPort}${path}`, { ...init, client });
    return new Response(await response.text(), response);
  } finally {
    client.close();
  }
}

/** Sums the samples of a metric over all its labels that contain a text. */
function sum(metrics: string, name: string, label = ""): number {
  let total = 0;
  for (const line of metrics.split("\n")) {
    if (!line.startsWith(`${name}{`) || !line.includes(label)) continue;
    total += Number(line.slice(line.lastIndexOf(" ") + 1));
  }
  return total;
}

/** How often a redis-server ran a command, by its own account. */
async function callsOf(pool: RedisPool, command: string): Promise<number> {
  let calls = 0;
  for (const server of pool.servers) {
    const info = String(await server.command("INFO", "commandstats"));
    calls += Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
  }
  return calls;
}

realTest(["redis-server", "promtool"], "observability: /metrics passes promtool check metrics", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  await client.exchange(resp("SET", "k", "v"), "+OK\r\n");
  const response = await get(pool, "/metrics");
  assertEquals(response.headers.get("content-type"), "text/plain; version=0.0.4; charset=utf-8");
  const promtool = new Deno.Command(requireProgram("promtool"), {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = promtool.stdin.getWriter();
  await writer.write(new TextEncoder().encode(await response.text()));
  await writer.close();
  const { code, stdout, stderr } = await promtool.output();
  const said = new TextDecoder().decode(joinBytes([stdout, stderr]));
  assertEquals([code, said], [0, ""]);
});

realTest(["redis-server", "prometheus"], "observability: a real Prometheus scrapes the proxy", async () => {
  await using pool = await startRedisPool();
  using client = await pool.connect();
  await client.exchange(resp("SET", "k", "v"), "+OK\r\n");
  const folder = await makeScratchFolder();
  const port = freePort();
  await Deno.writeTextFile(
    `${folder}/prometheus.yml`,
    `scrape_configs:
  - job_name: nutcracker
    scrape_interval: 1s
    static_configs:
      - targets: ["127.0.0.1:${pool.proxy.statsPort}"]
`,
  );
  const prometheus = await TestProcess.start({
    name: "prometheus",
    command: requireProgram("prometheus"),
    args: [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    ready: async () => (await query(port, "up")) !== null,
  });
  try {
    await eventually(
      async () => await query(port, "up{job='nutcracker'}") === 1,
      "Prometheus reached the proxy",
    );
    assertEquals(await query(port, "sum(nutcracker_server_requests_total)"), 1);
    const quantile =
      "histogram_quantile(0.5, sum by (le) (nutcracker_server_request_duration_seconds_bucket))";
    assert((await query(port, quantile) ?? 0) > 0);
  } finally {
    await prometheus.stop();
    await removeFolder(folder);
  }
});

/** Asks a Prometheus for one number; null if it does not answer, NaN if it has none. */
async function query(port: number, expression: string): Promise<number | null> {
  const client = Deno.createHttpClient({});
  try {
    const url = `http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expression)}`;
    const { data } = await (await fetch(url, { client })).json();
    return Number(data.result[0]?.value[1] ?? NaN);
  } catch {
    return null;
  } finally {
    client.close();
  }
}

realTest("redis-server", "observability: the numbers are those of redis, to the request", async () => {
  await using pool = await startRedisPool({ servers: 2 });
  using client = await pool.connect();
  for (let done = 0; done < REQUESTS; done += BATCH) {
    const batch = Array.from(
      { length: BATCH },
      (_, i) => i % 4 === 0 ? resp("SET", `k${i}`, "v") : resp("GET", `k${i - i % 4}`),
    );
    const replies = batch.map((_, i) => i % 4 === 0 ? "+OK\r\n" : "$1\r\nv\r\n").join("");
    await client.exchange(joinBytes(batch), replies);
  }
  const metrics = await (await get(pool, "/metrics")).text();
  const [sets, gets] = [await callsOf(pool, "set"), await callsOf(pool, "get")];
  assertEquals([sets, gets], [REQUESTS / 4, REQUESTS * 3 / 4]);
  assertEquals(sum(metrics, "nutcracker_pool_requests_total", 'class="write"'), sets);
  assertEquals(sum(metrics, "nutcracker_pool_requests_total", 'class="read"'), gets);
  assertEquals(sum(metrics, "nutcracker_server_requests_total"), REQUESTS);
  assertEquals(sum(metrics, "nutcracker_server_responses_total"), REQUESTS);
  for (const name of ["queue", "response", "request"]) {
    const count = `nutcracker_server_${name}_duration_seconds_count`;
    assertEquals([sum(metrics, count, 'class="write"'), sum(metrics, count, 'class="read"')], [sets, gets]);
  }
  assertEquals(sum(metrics, "nutcracker_pool_errors_total"), 0);
});

realTest(
  "redis-server",
  "observability: a slow request is found in the slow log with all that matters",
  async () => {
    await using pool = await startRedisPool({ directives: { slowlog_threshold: 100 } });
    using client = await pool.connect();
    await client.exchange(resp("SET", "quick", "v"), "+OK\r\n");
    pool.servers[0].process.signal("SIGSTOP");
    const asked = client.exchange(resp("SET", "slow", "secret"), "+OK\r\n");
    await new Promise((resolve) => setTimeout(resolve, 150));
    pool.servers[0].process.signal("SIGCONT");
    await asked;
    const [slow, ...more] = (await (await get(pool, "/slowlog")).json()).filter(
      ({ key }: { key: string }) => key !== "quick",
    );
    assertEquals([slow.command, slow.key, slow.pool, slow.server, more.length], [
      "SET",
      "slow",
      "pool",
      "s0",
      0,
    ]);
    assert(slow.serverUs >= 100_000 && slow.client.startsWith("127.0.0.1:"), JSON.stringify(slow));
  },
);

realTest(
  "redis-server",
  "observability: ready, located, configured, and the log level can be moved",
  async () => {
    const token = "t0ken";
    const folder = await makeScratchFolder();
    await Deno.writeTextFile(`${folder}/token`, `${token}\n`);
    await using pool = await startRedisPool({
      servers: 2,
      directives: {
        redis_auth: "hidden",
        auto_eject_hosts: true,
        ready_min_servers: 2,
        server_failure_limit: 1,
      },
      redis: { requirepass: "hidden" },
      flags: ["--admin-token-file", `${folder}/token`],
    });
    assertEquals(await (await get(pool, "/readyz")).text(), "ready\n");
    const config = await (await get(pool, "/config")).text();
    assertStringIncludes(config, '"redis_auth":"***"');
    assert(!config.includes("hidden"));
    const location = await (await get(pool, "/locate?pool=pool&key=foo")).json();
    const { command, args } = proxyProgram();
    const offline = await new Deno.Command(command, {
      args: [...args, "--locate", "pool:foo", "-c", pool.proxy.configPath],
    }).output();
    assertEquals(JSON.parse(new TextDecoder().decode(offline.stdout)), location);
    const post = (authorization: string) =>
      get(pool, "/log-level?level=11", { method: "POST", headers: { authorization } });
    assertEquals((await post("Bearer wrong")).status, 403);
    assertEquals((await post(`Bearer ${token}`)).status, 200);
    await eventually(() => pool.proxy.log().includes("set log level to 11"), "the level was set");

    let key = "key";
    while ((await (await get(pool, `/locate?pool=pool&key=${key}`)).json()).server !== "s1") key += "x";
    await pool.servers[1].stop();
    using client = await pool.connect();
    await client.command("AUTH", "hidden");
    await eventually(async () => {
      await client.command("GET", key);
      return (await get(pool, "/readyz")).status === 503;
    }, "it is not ready any more");
    assertMatch(
      await (await get(pool, "/readyz")).text(),
      /^pool 'pool' has 1 of 2 servers live, and needs 2: 's1' is (ejected|probing)\n$/,
    );
    await removeFolder(folder);
  },
);
