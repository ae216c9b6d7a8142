/**
 * PING, INFO and what else is about the node itself.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { type CommandCall, type CommandRow, NOT_AN_INTEGER, SYNTAX_ERROR } from "./command_call.ts";

const PONG = encode("+PONG\r\n");

/** The commands about the node and the connection. */
export const SERVER_COMMANDS: readonly CommandRow[] = [
  { name: "PING", arity: -1, run: ping },
  { name: "ECHO", arity: 2, run: ({ args, reply }) => reply.bulk(args.copy(1)) },
  { name: "SELECT", arity: 2, run: select },
  // Interactive clients ask for help texts, and do without.
  { name: "COMMAND", arity: -1, run: ({ reply }) => reply.array(0) },
  { name: "DBSIZE", arity: 1, run: ({ reply, store }) => reply.integer(store.size) },
  { name: "FLUSHALL", arity: -1, run: flush },
  { name: "INFO", arity: -1, run: inform },
  { name: "QUIT", arity: -1, run: ({ reply }) => reply.ok() },
];

function ping({ args, reply }: CommandCall): void {
  if (args.count > 2) reply.error("wrong number of arguments for 'ping' command");
  else if (args.count === 2) reply.bulk(args.copy(1));
  else reply.raw(PONG);
}

/** There is one database. */
function select({ args, reply }: CommandCall): void {
  const db = args.integer(1);
  if (db === null) reply.error(NOT_AN_INTEGER);
  else if (db !== 0n) reply.error("DB index is out of range");
  else reply.ok();
}

function flush({ args, reply, store }: CommandCall): void {
  const isPlain = args.count === 1 || (args.count === 2 && /^A?SYNC$/.test(args.word(1)));
  if (!isPlain) return reply.error(SYNTAX_ERROR);
  store.clear();
  reply.ok();
}

function inform({ reply, store }: CommandCall): void {
  const lines = [
    "# Server",
    "server_name:nutcracker cache node",
    "# Memory",
    `used_memory:${store.bytes}`,
    `maxmemory:${store.bytesMax}`,
    "# Keyspace",
    ...(store.size === 0 ? [] : [`db0:keys=${store.size}`]),
  ];
  reply.bulk(encode(lines.map((line) => `${line}\r\n`).join("")));
}
