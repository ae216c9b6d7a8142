/**
 * What the demo tells the person who started it.
 *
 * @module
 */

import { type Address, formatAddress } from "../net/address.ts";
import type { NodeProtocol } from "./node.ts";

/** A pool as the demo shows it. */
export interface DemoPool {
  /** Its name. */
  readonly name: string;
  /** What it speaks. */
  readonly protocol: NodeProtocol;
  /** Where its clients connect to. */
  readonly listen: Address;
  /** Where its cache nodes listen. */
  readonly nodes: readonly Address[];
}

/** What each protocol is called, and what to send to see it work; `\r\n` is for the shell's printf. */
const PROTOCOLS: Readonly<Record<NodeProtocol, { label: string; session: string }>> = {
  redis: { label: "redis", session: String.raw`set greeting hello\r\nget greeting\r\nquit\r\n` },
  memcache: {
    label: "memcached",
    session: String.raw`set greeting 0 0 5\r\nhello\r\nget greeting\r\nquit\r\n`,
  },
};

/**
 * Says what runs where, and what to try.
 *
 * @param pools The pools of the proxy.
 * @param stats Where the statistics are.
 * @returns Lines of plain text.
 */
export function demoText(pools: readonly DemoPool[], stats: Address): string[] {
  const rows = pools.map(({ name, protocol, listen, nodes }) => [
    name,
    PROTOCOLS[protocol].label,
    formatAddress(listen),
    nodes.map(formatAddress).join(", "),
  ]);
  return [
    "",
    "The proxy is running, with in-memory cache nodes behind it:",
    "",
    ...table(["POOL", "PROTOCOL", "CONNECT TO", "CACHE NODES"], rows).map((line) => `  ${line}`),
    "",
    `Statistics: http://${formatAddress(stats)}/`,
    "",
    "Try these in another terminal; all they need is bash:",
    "",
    ...commandsToTry(pools, stats).map((line) => `  ${line}`),
    "",
    ...clientHints(pools),
    "Press Ctrl-C to stop.",
    "",
  ];
}

/**
 * Finds commands that show the demo at work. They need bash alone, which can open connections itself:
 * neither nc nor curl nor a cache's own client is everywhere.
 *
 * @param pools The pools of the proxy.
 * @param stats Where the statistics are.
 * @returns A command for the first pool of each protocol, and one for the statistics.
 */
export function commandsToTry(pools: readonly DemoPool[], stats: Address): string[] {
  const commands: string[] = [];
  for (const { protocol, listen } of firstOfEach(pools)) {
    const { session } = PROTOCOLS[protocol];
    commands.push(`bash -c 'exec 3<>${devicePath(listen)}; printf "${session}" >&3; cat <&3'`);
  }
  return [...commands, `bash -c 'cat <${devicePath(stats)}; echo'`];
}

/**
 * Says that something cannot listen, and what to do.
 *
 * @param address The address that cannot be bound.
 * @param purpose Who was to listen there.
 * @param state Why not, in the system's words.
 * @returns One line.
 */
export function bindFailureText(address: Address, purpose: string, state: string): string {
  return `Cannot listen on "${formatAddress(address)}" for the ${purpose}: ${state}. ` +
    "Stop what uses the port, or name other ones in a copy of the configuration: " +
    "deno task demo -c FILE -s STATS_PORT";
}

function clientHints(pools: readonly DemoPool[]): string[] {
  const redis = firstOfEach(pools).find(({ protocol }) => protocol === "redis");
  if (redis?.listen.transport !== "tcp") return [];
  return [`If you have redis-cli: redis-cli -p ${redis.listen.port} get greeting`];
}

/** Pools on a Unix socket have no name that bash knows. */
function firstOfEach(pools: readonly DemoPool[]): DemoPool[] {
  const tcp = pools.filter(({ listen }) => listen.transport === "tcp");
  return tcp.filter(({ protocol }, i) => tcp.findIndex((pool) => pool.protocol === protocol) === i);
}

/** bash takes such a path for a connection. */
function devicePath(address: Address): string {
  return address.transport === "tcp" ? `/dev/tcp/${address.hostname}/${address.port}` : address.path;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column].length))
  );
  return [head, ...rows].map((row) =>
    row.map((cell, column) => cell.padEnd(widths[column])).join("  ").trimEnd()
  );
}
