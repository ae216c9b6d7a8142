/**
 * What is sent to the servers for a command that concerns all of them.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { type Action, ANY_SERVER, FORWARD_ALL, FORWARD_ALL_APART, FORWARD_TO, GATHER } from "../contract.ts";
import { type Command, MergeCode, SupportCode } from "./command.ts";
import { dangerousReply } from "./key_errors.ts";
import { infoReply, infoSections, needsServers } from "./local/info.ts";
import { toBinary } from "./local/resp_writer.ts";
import { mergeNumber } from "./merge.ts";
import { readCursor, scanRequest } from "./scan.ts";
import { KEYS_TAG, type RedisSession } from "./session.ts";

/** What becomes of such a request. */
export interface Plan {
  /** See `RequestDecoder.action`. */
  readonly action: Action;
  /** See `RequestDecoder.merge`. */
  readonly merge: number;
  /** What is sent; null for the request as it is. */
  readonly frame: Uint8Array<ArrayBuffer> | null;
  /** See `RequestDecoder.server`. */
  readonly server: number;
  /** See `RequestDecoder.tag`; not for clients that want no reply, who have a tag already. */
  readonly tag: number;
}

/** A request as it lies in memory. */
export interface Call {
  /** How many arguments there are, the name included. */
  readonly argc: number;
  /** Start and end of each, relative to `base`. */
  readonly args: Int32Array;
  /** The array that holds them. */
  readonly bytes: Uint8Array;
  /** What the offsets are relative to. */
  readonly base: number;
  /** Offset after the request. */
  readonly end: number;
}

/** All sections that every version knows; older servers take no more than one argument. */
const INFO_REQUEST = encode("*1\r\n$4\r\nINFO\r\n");

/**
 * Says what is sent.
 *
 * @param command The command: one for all servers, or `SCAN`.
 * @param call The request.
 * @param session Who asks.
 * @param isSilent Whether nobody wants the reply, so that nothing is made of the servers'.
 * @returns What to do, or a reply that needs no server.
 */
export function planForAll(
  command: Command,
  call: Call,
  session: RedisSession,
  isSilent: boolean,
): Plan | Uint8Array<ArrayBuffer> {
  const { row, mergeCode, supportCode } = command;
  const { version, pool } = session;
  if (row.dangerous && !session.allowDangerous) return dangerousReply(command);
  if (supportCode === SupportCode.SCAN) return planScan(call, session, isSilent);
  if (mergeCode === MergeCode.INFO) return planInfo(call, session, isSilent);
  const isKeys = mergeCode === MergeCode.KEYS && pool.serverFacts().length > 1;
  return {
    action: row.apart ? FORWARD_ALL_APART : FORWARD_ALL,
    merge: mergeNumber(isSilent ? MergeCode.FIRST : mergeCode, version),
    frame: null,
    server: 0,
    tag: isKeys ? KEYS_TAG : 0,
  };
}

/** What is asked to count commands: how many the server has says nothing of how many the pool has. */
const COMMAND_REQUEST = encode("*1\r\n$7\r\nCOMMAND\r\n");

/**
 * Says what is sent to one server, whose reply is not the client's as it is.
 *
 * @param command `COMMAND` or one of its subcommands.
 * @param argc How many arguments there are, the name included.
 * @param session Who asks.
 * @param isSilent Whether nobody wants the reply.
 * @returns What to do.
 */
export function planForOne(command: Command, argc: number, session: RedisSession, isSilent: boolean): Plan {
  const { mergeCode } = command;
  const isByName = mergeCode === MergeCode.COMMANDS && argc > 2;
  return {
    action: FORWARD_TO,
    merge: mergeNumber(isSilent ? MergeCode.FIRST : mergeCode, session.version, isByName ? 1 : 0),
    frame: mergeCode === MergeCode.COMMAND_COUNT ? COMMAND_REQUEST : null,
    server: ANY_SERVER,
    tag: 0,
  };
}

/** Asks one server with its own cursor. */
function planScan(
  { argc, args, bytes, base, end }: Call,
  session: RedisSession,
  isSilent: boolean,
): Plan | Uint8Array<ArrayBuffer> {
  const step = readCursor(toBinary(bytes, base + args[2], base + args[3]), session.pool.serverFacts());
  if (step instanceof Uint8Array) return step;
  return {
    action: FORWARD_TO,
    merge: mergeNumber(isSilent ? MergeCode.FIRST : MergeCode.SCAN, session.version, step.note),
    frame: scanRequest(step.cursor, argc, bytes, base + args[3] + 2, end),
    server: step.server,
    tag: 0,
  };
}

/** Asks the servers only for what the proxy does not know itself. */
function planInfo(
  { argc, args, bytes, base }: Call,
  session: RedisSession,
  isSilent: boolean,
): Plan | Uint8Array<ArrayBuffer> {
  const { version, pool } = session;
  const words = Array.from(
    { length: argc - 1 },
    (_, i) => toBinary(bytes, base + args[2 * i + 2], base + args[2 * i + 3]).toUpperCase(),
  );
  const sections = infoSections(words);
  if (!needsServers(sections, pool)) return infoReply(pool, sections, [], version);
  return {
    action: GATHER,
    merge: mergeNumber(isSilent ? MergeCode.FIRST : MergeCode.INFO, version, sections),
    frame: INFO_REQUEST,
    server: 0,
    tag: 0,
  };
}
