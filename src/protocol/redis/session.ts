/**
 * What the proxy remembers of a client that speaks redis' protocol, and what it answers itself.
 *
 * @module
 */

import { encode } from "../../base/ascii.ts";
import { assert } from "../../base/assert.ts";
import { type ClientFacts, NO_CLIENT, NO_POOL, type PoolFacts } from "../facts.ts";
import { parseInteger } from "./argument.ts";
import { type Command, UNKNOWN_COMMAND } from "./command.ts";
import { namedCommand } from "./command_lookup.ts";
import { RESP2_DIALECT, RESP3_DIALECT } from "./dialects.ts";
import { keyFaultReply } from "./key_errors.ts";
import { KeyStatus } from "./key_status.ts";
import { answerOf } from "./local/answers.ts";
import { LocalCall } from "./local/local_call.ts";
import type { RespVersion } from "./local/resp_writer.ts";
import {
  bulkReply,
  DB_OUT_OF_RANGE,
  NO_PASSWORD,
  NOAUTH,
  NOT_AN_INTEGER,
  OK,
  PONG,
  SYNTAX,
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

/** Whom a session is with, and who else there is. */
export interface Surroundings {
  /** The client. */
  readonly client: ClientFacts;
  /** Its pool. */
  readonly pool: PoolFacts;
  /** The sessions of all clients of the pool; a new one adds itself. */
  readonly peers: WeakMap<ClientFacts, RedisSession>;
}

/**
 * Which replies a client wants: all, none, or all but that to the next request or to the one at hand; see
 * `CLIENT REPLY`.
 */
export type ReplyMode = "on" | "off" | "skip next" | "skip";

/** The tag of a request whose client wants no reply. */
export const SILENT_TAG = 1;

const AUTH = namedCommand("AUTH");
const ECHO = namedCommand("ECHO");
const HELLO = namedCommand("HELLO");
const PING = namedCommand("PING");
const QUIT = namedCommand("QUIT");
const RESET = namedCommand("RESET");
const SELECT = namedCommand("SELECT");
const DEFAULT_USER = encode("default");

/** One client's state in the protocol. */
export class RedisSession {
  /** Whether the client may send commands. */
  authenticated: boolean;
  /** Whether its connection ends with the reply that was given last. */
  closing = false;
  /** The protocol that it has chosen. */
  version: RespVersion = 2;
  /** The name that it has given itself; empty for none. */
  name = "";
  /** The name of its library; empty if it has not said. */
  libName = "";
  /** The version of its library; empty if it has not said. */
  libVersion = "";
  /** Which replies it wants. */
  replyMode: ReplyMode = "on";
  /** Says which command it sent last. */
  lastCommand: () => Command = () => UNKNOWN_COMMAND;
  /** The client. */
  readonly client: ClientFacts;
  /** Its pool. */
  readonly pool: PoolFacts;
  /** The sessions of all clients of the pool. */
  readonly peers: WeakMap<ClientFacts, RedisSession>;
  readonly #options: SessionOptions;

  /**
   * Makes the state of a new client.
   *
   * @param options What its pool asks of it.
   * @param surroundings Whom it is with; nobody unless given.
   */
  constructor(options: SessionOptions, surroundings: Partial<Surroundings> = {}) {
    this.#options = options;
    this.client = surroundings.client ?? NO_CLIENT;
    this.pool = surroundings.pool ?? NO_POOL;
    this.peers = surroundings.peers ?? new WeakMap();
    this.peers.set(this.client, this);
    this.authenticated = options.password === null;
  }

  /** The database of its pool. */
  get db(): number {
    return this.#options.db;
  }

  /** What `CLIENT ID` says: its number in its pool, from 1. */
  get clientNumber(): number {
    return this.client.id + 1;
  }

  /** Which connections carry its requests. */
  get dialect(): number {
    return this.version === 3 ? RESP3_DIALECT : RESP2_DIALECT;
  }

  /** The command that it sent last, as `CLIENT LIST` shows it. */
  commandName(): string {
    const command = this.lastCommand();
    return command === UNKNOWN_COMMAND ? "NULL" : command.name.toLowerCase();
  }

  /** Makes it as it was when it came; see `RESET`. If the reply to that itself is to be skipped it is, as with redis. */
  reset(): void {
    this.authenticated = this.#options.password === null;
    this.version = 2;
    this.name = "";
    if (this.replyMode !== "skip") this.replyMode = "on";
  }

  /**
   * Holds back a client that has not given the password.
   *
   * @param command What it asks for.
   * @returns The reply for it, or null if the command may go on.
   */
  refuse(command: Command | null): Uint8Array<ArrayBuffer> | null {
    if (this.authenticated || command === AUTH || command === QUIT) return null;
    return command === HELLO || command === RESET ? null : NOAUTH;
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
        return this.#auth(argc, args, bytes, base);
    }
    const answer = answerOf(command);
    assert(answer !== undefined, `${command.name} has an answer`);
    return answer(new LocalCall(this, command, argc, args, bytes, base));
  }

  /**
   * Lets the client in if a name and a password are right. Without a password in the pool the user `default` has any, as
   * with redis.
   *
   * @param bytes The array that holds both.
   * @param userStart Offset of the name's first byte.
   * @param userEnd Offset after its last byte.
   * @param passwordStart Offset of the password's first byte.
   * @param passwordEnd Offset after its last byte.
   * @returns Whether they are right; if not, the client is what it was.
   */
  login(
    bytes: Uint8Array,
    userStart: number,
    userEnd: number,
    passwordStart: number,
    passwordEnd: number,
  ): boolean {
    // Both are looked at, so that the time does not tell which one is wrong.
    const isPassword = this.#isPassword(bytes, passwordStart, passwordEnd);
    if (!equalBytes(DEFAULT_USER, bytes, userStart, userEnd) || !isPassword) return false;
    this.authenticated = true;
    return true;
  }

  /**
   * Whether a number is that of the database that the client's requests are for.
   *
   * @param bytes The array that holds the number.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns False for another number, or what is none.
   */
  hasSelected(bytes: Uint8Array, start: number, end: number): boolean {
    return parseInteger(bytes, start, end) === this.db;
  }

  /** The proxy's connections have one database selected; to say OK to another would be to use the wrong one. */
  #select(db: number): Uint8Array<ArrayBuffer> {
    if (Number.isNaN(db)) return NOT_AN_INTEGER;
    return db === this.#options.db ? OK : DB_OUT_OF_RANGE;
  }

  #auth(argc: number, args: Int32Array, bytes: Uint8Array, base: number): Uint8Array<ArrayBuffer> {
    if (argc > 3) return SYNTAX;
    const at = 2 * (argc - 1);
    const [start, end] = [base + args[at], base + args[at + 1]];
    if (argc === 3) {
      return this.login(bytes, base + args[2], base + args[3], start, end) ? OK : WRONGPASS;
    }
    if (this.#options.password === null) return NO_PASSWORD;
    if (!this.#isPassword(bytes, start, end)) return WRONGPASS;
    this.authenticated = true;
    return OK;
  }

  #isPassword(bytes: Uint8Array, start: number, end: number): boolean {
    const { password } = this.#options;
    return password === null || equalBytes(password, bytes, start, end);
  }
}

/** Compares in a time that tells nothing about where two texts differ. */
function equalBytes(secret: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  let difference = secret.length ^ (end - start);
  for (let i = start; i < end; i++) difference |= bytes[i] ^ secret[(i - start) % Math.max(secret.length, 1)];
  return difference === 0;
}
