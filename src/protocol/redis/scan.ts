/**
 * `SCAN` over all servers: one after another, in the order of the ring.
 *
 * ```text
 *   client's cursor = ((server's cursor × servers) + server's number) × 65536 + mark of the list of servers
 *
 *   0 ──▶ first server … its cursor becomes 0 ──▶ second server … ──▶ last server … its cursor becomes 0 ──▶ 0
 * ```
 *
 * Redis' cursors are below the size of its table, so they leave enough bits: 64 hold a table of 2^46 keys on each of 4
 * servers. A cursor that would not fit is an error. The mark tells whether a cursor belongs to another list of servers,
 * which the walk could not be finished on without missing keys.
 *
 * @module
 */

import { ASTERISK, concat, DOLLAR, encode } from "../../base/ascii.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import type { SplitReplies } from "../contract.ts";
import type { ServerFacts } from "../facts.ts";
import { headerEnd, lineEnd, readHeader, readNumber, sayUnexpected } from "./held_reply.ts";
import { toBinary } from "./local/resp_writer.ts";
import { isErrorReply } from "./resp_reply.ts";

const MARKS = 65_536;
/** More servers than a pool has; so many numbers are kept for them in the number of the merge. */
const SERVERS_MAX = 8192;
const CURSOR_MAX = 2n ** 64n - 1n;

const INVALID_CURSOR = encode("-ERR invalid cursor\r\n");
const FOREIGN_CURSOR = encode(
  "-ERR invalid cursor: the servers have changed since the scan began; begin again with 0\r\n",
);
const LARGE_CURSOR = encode("-ERR the cursor of the server is too large to be passed on with its number\r\n");
const TOO_MANY_SERVERS = encode("-ERR there are too many servers to scan\r\n");

/** Where a scan goes on. */
export interface ScanStep {
  /** The number of the server that is asked. */
  readonly server: number;
  /** The server's own cursor. */
  readonly cursor: bigint;
  /** What {@link mergeScan} has to know, as a number from 0 to below 2^42. */
  readonly note: number;
}

/**
 * Reads a client's cursor.
 *
 * @param text Its argument.
 * @param servers The servers of the pool.
 * @returns Where to go on, or an error reply.
 */
export function readCursor(
  text: string,
  servers: readonly ServerFacts[],
): ScanStep | Uint8Array<ArrayBuffer> {
  if (!/^\d{1,20}$/.test(text)) return INVALID_CURSOR;
  if (servers.length >= SERVERS_MAX) return TOO_MANY_SERVERS;
  const value = BigInt(text);
  if (value > CURSOR_MAX) return INVALID_CURSOR;
  const [count, mark] = [servers.length, markOf(servers)];
  if (value !== 0n && value % BigInt(MARKS) !== BigInt(mark)) return FOREIGN_CURSOR;
  const place = value / BigInt(MARKS);
  const server = Number(place % BigInt(count));
  return { server, cursor: place / BigInt(count), note: (mark * SERVERS_MAX + count) * SERVERS_MAX + server };
}

/** Tells lists of servers apart, by their names and addresses: FNV-1a, folded to 16 bits. */
function markOf(servers: readonly ServerFacts[]): number {
  let hash = 0x811c9dc5;
  for (const { name, address } of servers) {
    const text = `${name} ${address}\n`;
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  return (hash ^ (hash >>> 16)) & (MARKS - 1);
}

/**
 * Writes the request for a server.
 *
 * @param cursor The server's cursor.
 * @param argc How many arguments there are, the name included.
 * @param bytes The array that holds the client's request.
 * @param optionsStart Offset after the cursor and its line end.
 * @param end Offset after the request.
 * @returns The request with that cursor.
 */
export function scanRequest(
  cursor: bigint,
  argc: number,
  bytes: Uint8Array,
  optionsStart: number,
  end: number,
): Uint8Array<ArrayBuffer> {
  const head = encode(`*${argc}\r\n$4\r\nSCAN\r\n${bulk(`${cursor}`)}`);
  return concat([head, bytes.subarray(optionsStart, end)]);
}

function bulk(text: string): string {
  return `$${text.length}\r\n${text}\r\n`;
}

/**
 * Passes a server's reply on with the cursor that goes on from there.
 *
 * @param note See {@link ScanStep.note}.
 * @param replies The one reply.
 * @param out Where the reply is appended.
 */
export function mergeScan(note: number, replies: SplitReplies, out: WriteQueue): void {
  const reply = replies.reply(0);
  const { bytes, start, end } = reply;
  if (isErrorReply(bytes, start)) return out.append(bytes, start, end);
  if (readHeader(reply, ASTERISK) !== 2) return sayUnexpected(out);
  const cursorHead = headerEnd(reply);
  const length = readNumber(bytes, cursorHead, end, DOLLAR);
  const cursorStart = lineEnd(bytes, cursorHead);
  const text = length < 1 ? "" : toBinary(bytes, cursorStart, cursorStart + length);
  if (!/^\d{1,20}$/.test(text)) return sayUnexpected(out);
  const next = nextCursor(note, BigInt(text));
  if (next > CURSOR_MAX) return out.append(LARGE_CURSOR, 0, LARGE_CURSOR.length);
  const head = encode(`*2\r\n${bulk(`${next}`)}`);
  out.append(head, 0, head.length);
  out.append(bytes, cursorStart + length + 2, end);
}

function nextCursor(note: number, cursor: bigint): bigint {
  const server = note % SERVERS_MAX;
  const count = Math.floor(note / SERVERS_MAX) % SERVERS_MAX;
  const mark = Math.floor(note / SERVERS_MAX / SERVERS_MAX);
  if (cursor === 0n && server + 1 === count) return 0n;
  const nextServer = cursor === 0n ? server + 1 : server;
  return (cursor * BigInt(count) + BigInt(nextServer)) * BigInt(MARKS) + BigInt(mark);
}
