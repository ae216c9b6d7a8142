/**
 * `INFO` in redis' layout, with what is true of the proxy. What is missing, such as memory and keys, is the servers' own.
 *
 * @module
 */

import type { PoolFacts } from "../../facts.ts";
import type { LocalCall } from "./local_call.ts";
import { lowestVersion } from "./version.ts";

/** A section: its lines as they are now. */
type Section = (pool: PoolFacts) => readonly string[];

const SECONDS_PER_DAY = 86_400;

/** The sections in redis' order, the proxy's own last. */
const SECTIONS: Readonly<Record<string, Section>> = {
  Server: (pool) => {
    const uptimeSeconds = Math.floor(pool.uptimeMs / 1000);
    const port = /:(\d+)$/.exec(pool.address)?.[1] ?? "0";
    return [
      `redis_version:${lowestVersion(pool)}`,
      "redis_mode:standalone",
      `tcp_port:${port}`,
      `server_time_usec:${Math.floor(pool.wallTimeMs * 1000)}`,
      `uptime_in_seconds:${uptimeSeconds}`,
      `uptime_in_days:${Math.floor(uptimeSeconds / SECONDS_PER_DAY)}`,
    ];
  },
  Clients: (pool) => {
    const lines = [`connected_clients:${pool.clientsConnected}`];
    if (pool.clientsMax > 0) lines.push(`maxclients:${pool.clientsMax}`);
    return [...lines, "blocked_clients:0", "tracking_clients:0"];
  },
  Persistence: (pool) => [`loading:${pool.serverFacts().some(({ isLive }) => isLive) ? 0 : 1}`],
  Stats: (pool) => {
    const servers = pool.serverFacts();
    const sum = (field: "requests" | "requestBytes" | "responseBytes") =>
      servers.reduce((total, server) => total + server[field], 0);
    return [
      `total_connections_received:${pool.clientsTotal}`,
      `total_commands_processed:${sum("requests")}`,
      `total_net_input_bytes:${sum("requestBytes")}`,
      `total_net_output_bytes:${sum("responseBytes")}`,
    ];
  },
  Replication: () => ["role:master", "connected_slaves:0"],
  Cluster: () => ["cluster_enabled:0"],
  Keyspace: () => [],
  Proxy: (pool) => {
    const servers = pool.serverFacts();
    return [
      "proxy_name:nutcracker",
      `proxy_pool:${pool.name}`,
      `proxy_servers:${servers.length}`,
      `proxy_servers_live:${servers.filter(({ isLive }) => isLive).length}`,
      ...servers.map(({ name, address, isLive, version, requests }, i) =>
        `proxy_server${i}:name=${name},addr=${address},live=${isLive ? 1 : 0},version=${
          version ?? "unknown"
        },requests=${requests}`
      ),
    ];
  },
};

const ALL_WORDS = ["DEFAULT", "ALL", "EVERYTHING"];

/**
 * Answers `INFO [section ...]`.
 *
 * @param call The request.
 * @returns All sections, or those that were asked for; an unknown one is empty.
 */
export function info(call: LocalCall): Uint8Array<ArrayBuffer> {
  const words = Array.from({ length: call.argc - 1 }, (_, i) => call.word(i + 1));
  const all = words.length === 0 || words.some((word) => ALL_WORDS.includes(word));
  const sections = Object.entries(SECTIONS)
    .filter(([name]) => all || words.includes(name.toUpperCase()))
    .map(([name, lines]) => `# ${name}\r\n${lines(call.session.pool).map((line) => `${line}\r\n`).join("")}`);
  return call.reply().verbatim(sections.join("\r\n")).take();
}
