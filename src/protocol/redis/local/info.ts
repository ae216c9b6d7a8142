/**
 * `INFO` in redis' layout: what is true of the proxy, and numbers of the servers added up where the sum means something.
 *
 * @module
 */

import type { HeldReply } from "../../contract.ts";
import type { PoolFacts } from "../../facts.ts";
import { type RespVersion, RespWriter } from "./resp_writer.ts";
import { ServerNumbers } from "./server_info.ts";
import { isReleaseKnown, poolRelease } from "./release.ts";

/** A section: its lines as they are now. */
type Section = (pool: PoolFacts, servers: ServerNumbers) => readonly string[];

const SECONDS_PER_DAY = 86_400;

/** What of `Memory` means something as a sum. */
const MEMORY = [
  "used_memory",
  "used_memory_rss",
  "used_memory_peak",
  "used_memory_overhead",
  "used_memory_dataset",
  "total_system_memory",
  "maxmemory",
];
/** What of `Stats` the servers know. */
const STATS = [
  "instantaneous_ops_per_sec",
  "expired_keys",
  "evicted_keys",
  "keyspace_hits",
  "keyspace_misses",
  "total_error_replies",
];

/** A number of bytes as redis shows it. */
function human(bytes: number): string {
  const power = Math.min(4, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return power === 0 ? `${bytes}B` : `${(bytes / 1024 ** power).toFixed(2)}${"BKMGT"[power]}`;
}

/** The sections in redis' order, the proxy's own last. */
const SECTIONS: Readonly<Record<string, Section>> = {
  Server: (pool, { releases }) => {
    const uptimeSeconds = Math.floor(pool.uptimeMs / 1000);
    const port = /:(\d+)$/.exec(pool.address)?.[1] ?? "0";
    const { product, version, redisVersion } = poolRelease(pool, releases);
    // Servers of another product say which redis they are compatible with, and libraries go by that.
    const ofProduct = product === "redis"
      ? ["redis_mode:standalone"]
      : [`server_name:${product}`, `${product}_version:${version}`, "server_mode:standalone"];
    return [
      `redis_version:${redisVersion}`,
      ...ofProduct,
      `tcp_port:${port}`,
      `server_time_usec:${Math.floor(pool.wallTimeMs * 1000)}`,
      `uptime_in_seconds:${uptimeSeconds}`,
      `uptime_in_days:${Math.floor(uptimeSeconds / SECONDS_PER_DAY)}`,
    ];
  },
  Clients: (pool, servers) => {
    const lines = [`connected_clients:${pool.clientsConnected}`];
    if (pool.clientsMax > 0) lines.push(`maxclients:${pool.clientsMax}`);
    const ofServers = servers.sum("connected_clients");
    if (ofServers !== undefined) lines.push(`servers_connected_clients:${ofServers}`);
    return [...lines, "blocked_clients:0", "tracking_clients:0"];
  },
  Memory: (_, servers) => {
    const used = servers.sum("used_memory");
    const resident = servers.sum("used_memory_rss");
    const peak = servers.sum("used_memory_peak");
    const policy = servers.maxmemoryPolicy;
    const lines = servers.lines(MEMORY);
    if (used !== undefined) lines.push(`used_memory_human:${human(used)}`);
    if (peak !== undefined) lines.push(`used_memory_peak_human:${human(peak)}`);
    if (policy !== null) lines.push(`maxmemory_policy:${policy}`);
    if (used && resident) lines.push(`mem_fragmentation_ratio:${(resident / used).toFixed(2)}`);
    return lines;
  },
  Persistence: (pool, servers) => [
    `loading:${pool.serverFacts().some(({ isLive }) => isLive) ? 0 : 1}`,
    ...servers.lines(["rdb_changes_since_last_save"]),
  ],
  Stats: (pool, numbers) => {
    const servers = pool.serverFacts();
    const sum = (field: "requests" | "requestBytes" | "responseBytes") =>
      servers.reduce((total, server) => total + server[field], 0);
    return [
      `total_connections_received:${pool.clientsTotal}`,
      `total_commands_processed:${sum("requests")}`,
      `total_net_input_bytes:${sum("requestBytes")}`,
      `total_net_output_bytes:${sum("responseBytes")}`,
      ...numbers.lines(STATS),
    ];
  },
  Replication: () => ["role:master", "connected_slaves:0"],
  CPU: (_, servers) => servers.lines(["used_cpu_sys", "used_cpu_user"], 6),
  Cluster: () => ["cluster_enabled:0"],
  Keyspace: (_, servers) => servers.keyspace(),
  Proxy: (pool, { answered }) => {
    const servers = pool.serverFacts();
    return [
      "proxy_name:nutcracker",
      `proxy_pool:${pool.name}`,
      `proxy_servers:${servers.length}`,
      `proxy_servers_live:${servers.filter(({ isLive }) => isLive).length}`,
      `proxy_servers_answered:${answered}`,
      ...servers.map(({ name, address, isLive, release, requests }, i) =>
        `proxy_server${i}:name=${name},addr=${address},live=${isLive ? 1 : 0},product=${
          release?.product ?? "unknown"
        },version=${release?.version ?? "unknown"},requests=${requests}`
      ),
    ];
  },
};

const NAMES = Object.keys(SECTIONS);
const ALL_WORDS = ["DEFAULT", "ALL", "EVERYTHING"];
/** Sections that the servers are asked for. The proxy's own is not worth it. */
const OF_SERVERS = ["Clients", "Memory", "Persistence", "Stats", "CPU", "Keyspace"];

/**
 * Reads the arguments of `INFO [section ...]`.
 *
 * @param words The arguments in upper case.
 * @returns Bit i is set if section i is asked for.
 */
export function infoSections(words: readonly string[]): number {
  const all = words.length === 0 || words.some((word) => ALL_WORDS.includes(word));
  return NAMES.reduce((bits, name, i) => all || words.includes(name.toUpperCase()) ? bits | 1 << i : bits, 0);
}

/**
 * Whether servers have to be asked.
 *
 * @param sections See {@link infoSections}.
 * @param pool The pool.
 * @returns False if the proxy knows all itself.
 */
export function needsServers(sections: number, pool: PoolFacts): boolean {
  const has = (name: string) => (sections & 1 << NAMES.indexOf(name)) !== 0;
  return OF_SERVERS.some(has) || has("Server") && !isReleaseKnown(pool);
}

/**
 * Answers `INFO`.
 *
 * @param pool The pool.
 * @param sections See {@link infoSections}.
 * @param replies What servers say of themselves; those that failed are left out.
 * @param version The client's protocol.
 * @returns The sections that were asked for.
 */
export function infoReply(
  pool: PoolFacts,
  sections: number,
  replies: Iterable<HeldReply>,
  version: RespVersion,
): Uint8Array<ArrayBuffer> {
  const numbers = new ServerNumbers();
  for (const reply of replies) numbers.add(reply);
  const texts = NAMES.flatMap((name, i) => {
    if ((sections & 1 << i) === 0) return [];
    return [`# ${name}\r\n${SECTIONS[name](pool, numbers).map((line) => `${line}\r\n`).join("")}`];
  });
  return new RespWriter(version).verbatim(texts.join("\r\n")).take();
}
