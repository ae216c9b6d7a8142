/**
 * One memcached client of a node: from its bytes to commands and replies.
 *
 * ```text
 *            a line that stores          its data
 *   line ───────────────────────▶ data ───────────▶ line
 *     │  one that is too large                       ▲
 *     └──────────────────────▶ swallowing ───────────┘
 * ```
 *
 * @module
 */

import { CR, LF } from "../../base/ascii.ts";
import type { ReadWindow } from "../../buffer/read_window.ts";
import type { WriteQueue } from "../../buffer/write_queue.ts";
import { BAD, MORE } from "../../protocol/contract.ts";
import { LINE_TOO_LONG } from "../../protocol/memcache/replies.ts";
import { parseLine, RequestLine } from "../../protocol/memcache/request_line.ts";
import { textOf } from "../bytes.ts";
import { MEMCACHE_VALUE_BYTES_MAX } from "../limits.ts";
import { type ClientSession, FINISHED, HANDLED, STARVED, type Step } from "../session.ts";
import type { CacheStore } from "../store.ts";
import { type CommandRow, UNKNOWN } from "./command_call.ts";
import { LINE_COMMANDS } from "./line_commands.ts";
import { ReplyWriter } from "./reply_writer.ts";
import { readStorageRequest, STORAGE_COMMANDS, type StorageRequest, storeValue } from "./storage_commands.ts";

const byName: ReadonlyMap<string, CommandRow> = new Map(LINE_COMMANDS.map((row) => [row.name, row]));

/** {@link ClientSession} for memcached's text protocol. */
export class MemcacheSession implements ClientSession {
  readonly #store: CacheStore;
  /** The line whose data are awaited; null in the other states. */
  #pending: StorageRequest | null = null;
  #pendingNoReply = false;
  /** How many bytes are still to be skipped. */
  #swallowBytes = 0;
  readonly #line = new RequestLine();

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
    if (this.#swallowBytes > 0) return this.#swallow(input);
    if (this.#pending !== null) return this.#takeData(input, output, this.#pending);
    const line = this.#line;
    const status = parseLine(line, input.bytes, input.start, input.end);
    if (status === MORE) return STARVED;
    if (status === BAD) {
      output.append(LINE_TOO_LONG, 0, LINE_TOO_LONG.length);
      return FINISHED;
    }
    const words = wordsOf(line, input.bytes, input.start);
    input.start += line.length;
    line.reset();
    return this.#run(words, output);
  }

  #run(words: string[], output: WriteQueue): Step {
    const [name] = words;
    const count = words.length;
    const row = byName.get(name);
    const shape = row ?? STORAGE_COMMANDS.get(name);
    if (shape === undefined || count < shape.wordsMin || count > shape.wordsMax) {
      new ReplyWriter(output, false).line(UNKNOWN);
      return HANDLED;
    }
    const noReply = count > shape.silenceFrom && words[count - 1] === "noreply";
    // In the place of a word that must be there it still silences the complaint about it.
    if (noReply && count > shape.wordsMin) words.pop();
    const reply = new ReplyWriter(output, noReply);
    if (row === undefined) this.#beginStorage(words, noReply, reply);
    else row.run({ words, reply, store: this.#store });
    return name === "quit" ? FINISHED : HANDLED;
  }

  #beginStorage(words: readonly string[], noReply: boolean, reply: ReplyWriter): void {
    const request = readStorageRequest(words);
    if (typeof request === "string") return reply.line(request);
    if (request.length > MEMCACHE_VALUE_BYTES_MAX) {
      // The old value would be a stale one.
      if (request.name === "set") this.#store.delete(request.key);
      this.#swallowBytes = request.length + 2;
      return reply.line("SERVER_ERROR object too large for cache");
    }
    this.#pending = request;
    this.#pendingNoReply = noReply;
  }

  #takeData(input: ReadWindow, output: WriteQueue, request: StorageRequest): Step {
    const dataEnd = input.start + request.length;
    if (input.end < dataEnd + 2) return STARVED;
    const { bytes } = input;
    const isWhole = bytes[dataEnd] === CR && bytes[dataEnd + 1] === LF;
    const reply = new ReplyWriter(output, this.#pendingNoReply);
    reply.line(
      isWhole
        ? storeValue(request, bytes.slice(input.start, dataEnd), this.#store)
        : "CLIENT_ERROR bad data chunk",
    );
    input.start = dataEnd + 2;
    this.#pending = null;
    return HANDLED;
  }

  #swallow(input: ReadWindow): Step {
    const count = Math.min(this.#swallowBytes, input.end - input.start);
    input.start += count;
    this.#swallowBytes -= count;
    return this.#swallowBytes === 0 ? HANDLED : STARVED;
  }
}

function wordsOf({ words, wordCount }: RequestLine, bytes: Uint8Array, start: number): string[] {
  const texts: string[] = [];
  for (let i = 0; i < wordCount; i++) {
    texts.push(textOf(bytes, start + words[2 * i], start + words[2 * i + 1]));
  }
  return texts;
}
