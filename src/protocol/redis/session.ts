/**
 * What the proxy answers to a client itself, and what it remembers of that client.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { assert } from "../../base/assert.ts";
import { parseInteger } from "./argument.ts";
import type { Command } from "./command.ts";
import { lookupCommand } from "./command_lookup.ts";
import { KeyStatus } from "./key_status.ts";
import { keyFaultReply } from "./key_errors.ts";
import {
  bulkReply,
  DB_OUT_OF_RANGE,
  NO_PASSWORD,
  NOAUTH,
  NOT_AN_INTEGER,
  OK,
  PONG,
  WRONGPASS,
} from "./replies.ts";

/** What a pool asks of its clients. */
export interface SessionOptions {
  /** The password that clients have to give, or null if they need none. */
  readonly password: Uint8Array | null;
  /** The database that the servers' connections have selected. */
  readonly db: number;
  /** How many bytes a key may have. */
  readonly keyBytesMax?: number;
  /** How many arguments a request may have. */
  readonly argumentsMax?: number;
}

const AUTH = named("AUTH");
const ECHO = named("ECHO");
const PING = named("PING");
const QUIT = named("QUIT");
const SELECT = named("SELECT");
const DEFAULT_USER = encode("default");

function named(name: string): Command {
  const command = lookupCommand(encode(name), 0, name.length);
  assert(command !== null, `the table has ${name}`);
  return command;
}

/** One client's state in the protocol. */
export class RedisSession {
  /** Whether the client may send commands. */
  authenticated: boolean;
  /** Whether its connection ends with the reply that was given last. */
  closing = false;
  readonly #options: SessionOptions;

  /**
   * Makes the state of a new client.
   *
   * @param options What its pool asks of it.
   */
  constructor(options: SessionOptions) {
    this.#options = options;
    this.authenticated = options.password === null;
  }

  /**
   * Holds back a client that has not given the password.
   *
   * @param command What it asks for.
   * @returns The reply for it, or null if the command may go on.
   */
  refuse(command: Command | null): Uint8Array<ArrayBuffer> | null {
    return this.authenticated || command === AUTH || command === QUIT ? null : NOAUTH;
  }

  /**
   * Answers a command that is marked as local in the table. Its number of arguments has been checked against
   * the table's.
   *
   * @param command The command.
   * @param argc How many arguments there are, the name included.
   * @param args Start and end of each, relative to `base`.
   * @param bytes The array that holds them.
   * @param base What the offsets are relative to.
   * @returns The reply.
   */
  answer(
    command: Command,
    argc: number,
    args: Int32Array,
    bytes: Uint8Array,
    base: number,
  ): Uint8Array<ArrayBuffer> {
    switch (command) {
      case PING:
        if (argc > 2) return keyFaultReply(KeyStatus.WRONG_ARITY, command);
        return argc === 1 ? PONG : bulkReply(bytes, base + args[2], base + args[3]);
      case ECHO:
        return bulkReply(bytes, base + args[2], base + args[3]);
      case QUIT:
        this.closing = true;
        return OK;
      case SELECT:
        return this.#select(parseInteger(bytes, base + args[2], base + args[3]));
      case AUTH:
        return this.#login(argc, args, bytes, base);
      default:
        assert(false, `${command.name} has an answer`);
    }
  }

  /** The proxy's connections have one database selected; to say OK to another would be to use the wrong one. */
  #select(db: number): Uint8Array<ArrayBuffer> {
    if (Number.isNaN(db)) return NOT_AN_INTEGER;
    return db === this.#options.db ? OK : DB_OUT_OF_RANGE;
  }

  #login(argc: number, args: Int32Array, bytes: Uint8Array, base: number): Uint8Array<ArrayBuffer> {
    if (argc > 3) return SYNTAX;
    const { password } = this.#options;
    if (password === null) return argc === 2 ? NO_PASSWORD : WRONGPASS;
    const isUser = argc === 2 || equalBytes(DEFAULT_USER, bytes, base + args[2], base + args[3]);
    const at = 2 * (argc - 1);
    if (!equalBytes(password, bytes, base + args[at], base + args[at + 1]) || !isUser) return WRONGPASS;
    this.authenticated = true;
    return OK;
  }
}

const SYNTAX = encode("-ERR syntax error\r\n");

/** Compares in a time that tells nothing about where two passwords differ. */
function equalBytes(secret: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  let difference = secret.length ^ (end - start);
  for (let i = start; i < end; i++) difference |= bytes[i] ^ secret[(i - start) % Math.max(secret.length, 1)];
  return difference === 0;
}
