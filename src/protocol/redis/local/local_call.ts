/**
 * A request that the proxy answers itself, as its answer reads it.
 *
 * @module
 */

import { parseInteger } from "../argument.ts";
import type { Consultation } from "../../peers.ts";
import type { Command } from "../command.ts";
import { unknownCommandReply } from "../key_errors.ts";
import type { RedisSession } from "../session.ts";
import { RespWriter, toBinary } from "./resp_writer.ts";

/** What an answer needs. These requests are rare, so their words may become texts. */
export class LocalCall {
  /** Who asks. */
  readonly session: RedisSession;
  /** What for. */
  readonly command: Command;
  /** How many arguments there are, the name included. */
  readonly argc: number;
  readonly #args: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #base: number;

  /**
   * Describes a request.
   *
   * @param session Who asks.
   * @param command What for.
   * @param argc How many arguments there are, the name included.
   * @param args Start and end of each, relative to `base`.
   * @param bytes The array that holds them.
   * @param base What the offsets are relative to.
   */
  constructor(
    session: RedisSession,
    command: Command,
    argc: number,
    args: Int32Array,
    bytes: Uint8Array,
    base: number,
  ) {
    this.session = session;
    this.command = command;
    this.argc = argc;
    this.#args = args;
    this.#bytes = bytes;
    this.#base = base;
  }

  /**
   * Reads an argument as it is.
   *
   * @param index Which one.
   * @returns One character per byte.
   */
  text(index: number): string {
    return toBinary(this.#bytes, this.#base + this.#args[2 * index], this.#base + this.#args[2 * index + 1]);
  }

  /**
   * Reads an argument that is a word.
   *
   * @param index Which one.
   * @returns In upper case.
   */
  word(index: number): string {
    return this.text(index).toUpperCase();
  }

  /**
   * Reads an argument that is a number.
   *
   * @param index Which one.
   * @returns The integer; NaN if it is none.
   */
  integer(index: number): number {
    const start = this.#base + this.#args[2 * index];
    return parseInteger(this.#bytes, start, this.#base + this.#args[2 * index + 1]);
  }

  /**
   * Compares a user's name and a password from the arguments with the pool's, and lets the client in if they are right.
   *
   * @param user Which argument is the name.
   * @param password Which argument is the password.
   * @returns Whether they are right.
   */
  login(user: number, password: number): boolean {
    const [args, base] = [this.#args, this.#base];
    return this.session.login(
      this.#bytes,
      base + args[2 * user],
      base + args[2 * user + 1],
      base + args[2 * password],
      base + args[2 * password + 1],
    );
  }

  /** What a server says that does not know the command. */
  unknown(): Uint8Array<ArrayBuffer> {
    return unknownCommandReply(this.#bytes, this.#base, this.#args, this.argc);
  }

  /** Begins a reply in the client's protocol. */
  reply(): RespWriter {
    return new RespWriter(this.session.version);
  }
}

/** What is said to a request, or what it takes to say it. */
export type LocalReply = Uint8Array<ArrayBuffer> | Consultation;

/** Answers a request. */
export type LocalAnswer = (call: LocalCall) => LocalReply;
