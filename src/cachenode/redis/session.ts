/**
 * One redis client of a node: from its bytes to commands and replies.
 *
 * @module
 */

import { CR, LF } from "../../base/ascii.ts";
import type { ReadWindow } from "../../buffer/read_window.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import { BAD, MORE } from "../../protocol/contract.ts";
import { encodeRequest, splitInline } from "../../protocol/redis/inline.ts";
import { unknownCommandReply } from "../../protocol/redis/key_errors.ts";
import { parseRequest, RespRequest } from "../../protocol/redis/resp_request.ts";
import { REDIS_REQUEST_BYTES_MAX, REDIS_VALUE_BYTES_MAX } from "../limits.ts";
import { type ClientSession, FINISHED, HANDLED, STARVED, type Step } from "../session.ts";
import type { CacheStore } from "../store.ts";
import { Arguments } from "./arguments.ts";
import { findCommand, isArityRight } from "./commands.ts";
import { RespWriter } from "./resp_writer.ts";

/** {@link ClientSession} for redis. */
export class RedisSession implements ClientSession {
  readonly #store: CacheStore;
  readonly #request = new RespRequest();
  readonly #args = new Arguments();

  /**
   * Makes the session of a new client.
   *
   * @param store What the node remembers.
   */
  constructor(store: CacheStore) {
    this.#store = store;
  }

  /** See {@link ClientSession.step}. */
  step(input: ReadWindow, output: WriteQueue): Step {
    const request = this.#request;
    const reply = new RespWriter(output);
    const status = parseRequest(request, input.bytes, input.start, input.end);
    if (status === BAD) return fail(reply, this.#fault());
    // What the parser would still accept is more than a node keeps.
    if (Math.max(request.announced, input.end - input.start) > REDIS_REQUEST_BYTES_MAX && status === MORE) {
      return fail(reply, "invalid bulk length");
    }
    if (status === MORE) return STARVED;
    const start = input.start;
    input.start += request.length;
    if (!request.inline) this.#args.point(input.bytes, start, request.args, request.argc);
    else if (!this.#unfoldInline(input.bytes, start)) return fail(reply, "unbalanced quotes in request");
    const step = this.#args.count === 0 ? HANDLED : this.#run(reply);
    request.reset();
    return step;
  }

  #run(reply: RespWriter): Step {
    const args = this.#args;
    const name = args.word(0);
    const row = findCommand(name);
    if (row === undefined) {
      reply.raw(unknownCommandReply(args.bytes, args.base, args.offsets, args.count));
    } else if (!isArityRight(row, args.count)) {
      reply.error(`wrong number of arguments for '${row.name.toLowerCase()}' command`);
    } else if (this.#hasLongArgument()) {
      reply.error("string exceeds maximum allowed size (proto-max-bulk-len)");
    } else row.run({ args, reply, store: this.#store });
    return name === "QUIT" ? FINISHED : HANDLED;
  }

  #hasLongArgument(): boolean {
    for (let i = 1; i < this.#args.count; i++) {
      if (this.#args.lengthOf(i) > REDIS_VALUE_BYTES_MAX) return true;
    }
    return false;
  }

  #unfoldInline(bytes: Uint8Array, start: number): boolean {
    const request = this.#request;
    const words = splitInline(bytes, start, start + request.lineEnd);
    if (words === null) return false;
    const array = encodeRequest(words);
    request.reset();
    parseRequest(request, array, 0, array.length);
    this.#args.point(array, 0, request.args, request.argc);
    return true;
  }

  #fault(): string {
    const { fault, faultByte } = this.#request;
    if (fault !== "expected '$'") return fault;
    const got = faultByte === CR || faultByte === LF ? " " : String.fromCharCode(faultByte);
    return `${fault}, got '${got}'`;
  }
}

function fail(reply: RespWriter, fault: string): Step {
  reply.error(`Protocol error: ${fault}`);
  return FINISHED;
}
