/**
 * What the proxy says when it is asked as a server: `CONFIG GET`, `TIME`, `ROLE`, `CLUSTER`, `READONLY`.
 *
 * @module
 */

import { encode } from "../../../base/ascii.ts";
import { OK } from "../replies.ts";
import { fitsGlob } from "./glob.ts";
import type { LocalCall } from "./local_call.ts";
import { errorLine, toBinary } from "./resp_writer.ts";

const NO_CLUSTER = errorLine("ERR This instance has cluster support disabled");

/**
 * Answers `TIME`.
 *
 * @param call The request.
 * @returns Seconds since the Unix epoch and the microseconds of the one that runs.
 */
export function time(call: LocalCall): Uint8Array<ArrayBuffer> {
  const us = Math.floor(call.session.pool.wallTimeMs * 1000);
  return call.reply().array(2).bulk(`${Math.floor(us / 1e6)}`).bulk(`${us % 1e6}`).take();
}

/**
 * Answers `ROLE`: reads and writes are both welcome, so the proxy is a master.
 *
 * @param call The request.
 * @returns A master's reply, without replicas.
 */
export function role(call: LocalCall): Uint8Array<ArrayBuffer> {
  return call.reply().array(3).bulk("master").integer(0).array(0).take();
}

/** Answers `READONLY` and `READWRITE`, by which clients allow reads from replicas: there are none. */
export function readMode(): Uint8Array<ArrayBuffer> {
  return OK;
}

/** Answers `CLUSTER` as a server does that belongs to none. */
export function cluster(): Uint8Array<ArrayBuffer> {
  return NO_CLUSTER;
}

/**
 * Answers `CONFIG GET pattern ...` with the settings of redis that the pool has, too, and its own directives as
 * `pool.timeout` and the like.
 *
 * @param call The request.
 * @returns A map, which may be empty.
 */
export function configGet(call: LocalCall): Uint8Array<ArrayBuffer> {
  const { pool, databases, directives } = call.session;
  const settings: (readonly [string, string])[] = [
    ["appendonly", "no"],
    ["databases", `${databases.count ?? databases.own + 1}`],
    ["maxclients", pool.clientsMax === 0 ? "" : `${pool.clientsMax}`],
    ["save", ""],
    ["timeout", `${Math.ceil(pool.clientIdleTimeoutMs / 1000)}`],
    // Some have the names of redis' own settings, which mean something else.
    ...directives.map(([name, value]) => [`pool.${name}`, value] as const),
  ];
  const patterns = Array.from({ length: call.argc - 2 }, (_, i) => call.text(i + 2).toLowerCase());
  const found = settings.filter(([name, value]) =>
    (name !== "maxclients" || value !== "") && patterns.some((pattern) => fitsGlob(pattern, name))
  );
  const reply = call.reply().map(found.length);
  for (const [name, value] of found) reply.bulk(name).bulk(binary(value));
  return reply.take();
}

/** The bytes of a text, one character each. */
function binary(text: string): string {
  const bytes = encode(text);
  return toBinary(bytes, 0, bytes.length);
}
