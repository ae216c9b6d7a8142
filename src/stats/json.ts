/**
 * The statistics in the reference's JSON, byte for byte, so that its collectors read ours.
 *
 * ```text
 * {"service":"nutcracker", ..., "pool": {"client_eof":0, ..., "server": {"server_eof":0, ...},"server": {...}},"pool": {...}}
 * ```
 *
 * `, ` parts members, `: ` stands before objects, and a bare `,` between two objects.
 *
 * @module
 */

import type { PoolSnapshot, ProcessSnapshot, ServerSnapshot } from "../metrics/snapshot.ts";
import { type MetricRow, poolMetrics, serverMetrics } from "../metrics/table.ts";

// Beyond what JSON.stringify escapes: DEL and C1 control characters, so that a terminal is safe too.
const moreControls = /[\x7f-\x9f\u2028\u2029]/g;

/** Quotes a name; the reference puts names in unescaped and can so be made to write broken JSON. */
function quote(name: string): string {
  return JSON.stringify(name).replace(
    moreControls,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function formatMetrics(rows: readonly MetricRow[], values: Float64Array): string {
  return rows.flatMap((row, index) => row.own ? [] : [`"${row.name}":${values[index]}`]).join(", ");
}

function formatServer(server: ServerSnapshot): string {
  return `${quote(server.name)}: {${formatMetrics(serverMetrics, server.values)}}`;
}

function formatPool(pool: PoolSnapshot): string {
  const servers = pool.servers.length > 0 ? `, ${pool.servers.map(formatServer).join(",")}` : "";
  return `${quote(pool.name)}: {${formatMetrics(poolMetrics, pool.values)}${servers}}`;
}

/**
 * Formats a snapshot.
 *
 * @param snapshot All numbers of the process.
 * @returns One line of JSON, line feed included.
 */
export function formatStats(snapshot: ProcessSnapshot): string {
  const members = [
    `"service":${quote(snapshot.service)}`,
    `"source":${quote(snapshot.source)}`,
    `"version":${quote(snapshot.version)}`,
    `"uptime":${snapshot.uptimeSeconds}`,
    `"timestamp":${snapshot.timestampSeconds}`,
    `"total_connections":${snapshot.totalConnections}`,
    `"curr_connections":${snapshot.currConnections}`,
  ].join(", ");
  const pools = snapshot.pools.length > 0 ? `, ${snapshot.pools.map(formatPool).join(",")}` : "";
  return `{${members}${pools}}\n`;
}
