/**
 * What the proxy does about scripts beside sending their calls on: it remembers those that it sees, and sends
 * `EVAL` in place of `EVALSHA` to servers that do not have one.
 *
 * @module
 */

import { concat, encode, LF } from "../../base/ascii.ts";
import type { HeldReply } from "../contract.ts";
import type { ServerFacts } from "../facts.ts";
import { type Command, KeyKind } from "./command.ts";
import { lineEnd } from "./held_reply.ts";
import { toBinary } from "./local/resp_writer.ts";
import { isErrorReply } from "./resp_reply.ts";
import type { Script, ScriptCache } from "./scripts.ts";

/** What a server says of a SHA-1 that it does not know; a script that fails may begin its error with the same word. */
const NOSCRIPT = "-NOSCRIPT No matching script";

/** One client's calls of a pool's scripts. */
export class ScriptCalls {
  readonly #scripts: ScriptCache;
  /** What the call at hand calls. */
  #called: Script | null = null;

  /**
   * Begins without a call.
   *
   * @param scripts The scripts of the pool.
   */
  constructor(scripts: ScriptCache) {
    this.#scripts = scripts;
  }

  /**
   * Takes note of a request.
   *
   * @param command Its command.
   * @param args Start and end of each argument, relative to `base`.
   * @param bytes The array that holds them.
   * @param base What the offsets are relative to.
   * @returns True if it calls a script that is known by its SHA-1, so that its reply is to be looked at.
   */
  note(command: Command, args: Int32Array, bytes: Uint8Array, base: number): boolean {
    // Calls of scripts say how many keys they have; loading and forgetting have none.
    if (command.kind !== KeyKind.COUNTED && command.kind !== KeyKind.NONE) return false;
    switch (command.name) {
      case "EVAL":
      case "EVAL_RO":
        this.#scripts.add(bytes, base + args[2], base + args[3]);
        return false;
      case "SCRIPT|LOAD":
        this.#scripts.add(bytes, base + args[4], base + args[5]);
        return false;
      case "SCRIPT|FLUSH":
        this.#scripts.clear();
        return false;
      case "EVALSHA":
      case "EVALSHA_RO":
        this.#called = this.#scripts.find(toBinary(bytes, base + args[2], base + args[3]));
        return this.#called !== null;
    }
    return false;
  }

  /**
   * What does the same as the call at hand at any server, because it has the script's text.
   *
   * @param bytes The array that holds the call.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns The call with the text; null if the script is not known.
   */
  inFull(bytes: Uint8Array, start: number, end: number): Uint8Array<ArrayBuffer> | null {
    return this.#called === null ? null : withText(bytes, start, end, this.#called);
  }

  /**
   * What a server gets for the call at hand.
   *
   * @param bytes The array that holds the call.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @param server The server.
   * @returns A call with the script's text; null if the server is known to have it.
   */
  substitute(
    bytes: Uint8Array,
    start: number,
    end: number,
    server: ServerFacts,
  ): Uint8Array<ArrayBuffer> | null {
    return this.#called?.servers.has(server) ? null : this.inFull(bytes, start, end);
  }

  /**
   * Learns from a reply whether the server has the script.
   *
   * @param frame The call, as the client sent it.
   * @param reply The reply to what was sent for it.
   * @param server The server.
   * @returns A call with the script's text if the server does not have it; else null.
   */
  retry(frame: Uint8Array, reply: HeldReply, server: ServerFacts): Uint8Array<ArrayBuffer> | null {
    const [, hashStart, hashEnd] = shaOf(frame);
    const script = this.#scripts.find(toBinary(frame, hashStart, hashEnd));
    if (script === null) return null;
    const { bytes, start, end } = reply;
    if (!isErrorReply(bytes, start)) script.servers.add(server);
    if (toBinary(bytes, start, Math.min(end, start + NOSCRIPT.length)) !== NOSCRIPT) return null;
    script.servers.delete(server);
    return withText(frame, 0, frame.length, script);
  }
}

/** Where the length of the SHA-1 begins in `*n $7 EVALSHA $40 sha …`, and where it begins and ends itself. */
function shaOf(frame: Uint8Array, start = 0): [number, number, number] {
  const nameStart = lineEnd(frame, lineEnd(frame, start));
  const lengthStart = lineEnd(frame, nameStart);
  const shaStart = lineEnd(frame, lengthStart);
  let shaEnd = shaStart;
  while (frame[shaEnd + 1] !== LF) shaEnd++;
  return [lengthStart, shaStart, shaEnd];
}

/** `EVALSHA sha …` becomes `EVAL text …`, and `EVALSHA_RO` becomes `EVAL_RO`. */
function withText(bytes: Uint8Array, start: number, end: number, { body }: Script): Uint8Array<ArrayBuffer> {
  const countEnd = lineEnd(bytes, start);
  const nameStart = lineEnd(bytes, countEnd);
  const [lengthStart, , shaEnd] = shaOf(bytes, start);
  const isReadOnly = lengthStart - nameStart === "EVALSHA_RO\r\n".length;
  const name = isReadOnly ? "$7\r\nEVAL_RO\r\n" : "$4\r\nEVAL\r\n";
  return concat([
    bytes.subarray(start, countEnd),
    encode(`${name}$${body.length}\r\n`),
    body,
    bytes.subarray(shaEnd, end),
  ]);
}
