/**
 * What the proxy remembers of a client that speaks redis' protocol, and what it answers itself.
 *
 * @module
 */

import { decode } from "../../base/ascii.ts";
import { assert } from "../../base/assert.ts";
import { type ClientFacts, NO_CLIENT, NO_POOL, type PoolFacts } from "../facts.ts";
import { parseInteger } from "./argument.ts";
import { ANYBODY, DEFAULT_USER, type User, type Users } from "../users.ts";
import { type Command, SupportCode, UNKNOWN_COMMAND } from "./command.ts";
import { type CommandTable, namedCommand, resolveCommand } from "./command_lookup.ts";
import type { Databases } from "./databases.ts";
import { RESP2_DIALECT } from "./dialects.ts";
import type { RedisListening } from "./listening.ts";
import { keyFaultReply } from "./key_errors.ts";
import { KeyStatus } from "./key_status.ts";
import { answerOf } from "./local/answers.ts";
import { LocalCall, type LocalReply } from "./local/local_call.ts";
import type { ScriptCache } from "./scripts.ts";
import type { RespVersion } from "./local/resp_writer.ts";
import { refuseCommand } from "./permissions.ts";
import type { Transaction } from "./transaction.ts";
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
import { type SessionOptions, type SharedSettings, shareSettings } from "./settings.ts";

export type { SessionOptions } from "./settings.ts";

/** Whom a session is with, and who else there is. */
export interface Surroundings {
  /** The client. */
  readonly client: ClientFacts;
  /** Its pool. */
  readonly pool: PoolFacts;
  /** The sessions of all clients of the pool; a new one adds itself. */
  readonly peers: WeakMap<ClientFacts, RedisSession>;
  /** What the pool asks of all its clients. */
  readonly settings: SharedSettings;
}

/**
 * Which replies a client wants: all, none, or all but that to the next request or to the one at hand; see
 * `CLIENT REPLY`.
 */
export type ReplyMode = "on" | "off" | "skip next" | "skip";

/** The tag of a request whose client wants no reply. */
export const SILENT_TAG = 1;
/** The tag of `KEYS` at each of several servers. */
export const KEYS_TAG = 2;

const AUTH = namedCommand("AUTH");
const ECHO = namedCommand("ECHO");
const HELLO = namedCommand("HELLO");
const PING = namedCommand("PING");
const QUIT = namedCommand("QUIT");
const RESET = namedCommand("RESET");
const SELECT = namedCommand("SELECT");

/** What may be asked for before the login; redis itself answers QUIT so. */
const BEFORE_LOGIN: ReadonlySet<Command> = new Set([AUTH, HELLO, QUIT, RESET]);

/** One client's state in the protocol. */
export class RedisSession {
  /** Whom the client is; null before it has logged in. */
  user: User | null;
  /**
   * Whether nothing has to be looked at before its commands: it is logged in, not restricted, its database is there, and it
   * is not occupied.
   */
  isFree = false;
  /** Is called when the pool's settings have changed, or the client's rights have. */
  changed: () => void = () => {};
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
  /** What MULTI and WATCH have made of it; null while it has sent nothing that needs a connection of its own. */
  transaction: Transaction | null = null;
  /** What it listens to; null if it never has. */
  listening: RedisListening | null = null;
  /** Says which command it sent last. */
  lastCommand: () => Command = () => UNKNOWN_COMMAND;
  /** The client. */
  readonly client: ClientFacts;
  /** Its pool. */
  readonly pool: PoolFacts;
  /** The sessions of all clients of the pool. */
  readonly peers: WeakMap<ClientFacts, RedisSession>;
  readonly #settings: SharedSettings;
  /** The database that the client has selected; null for the pool's own. */
  #db: number | null = null;
  #isOccupied = false;

  /**
   * Makes the state of a new client.
   *
   * @param options What its pool asks of it, if that is not in the surroundings.
   * @param surroundings Whom it is with; nobody unless given.
   */
  constructor(options: SessionOptions, surroundings: Partial<Surroundings> = {}) {
    this.#settings = surroundings.settings ?? shareSettings(options);
    this.client = surroundings.client ?? NO_CLIENT;
    this.pool = surroundings.pool ?? NO_POOL;
    this.peers = surroundings.peers ?? new WeakMap();
    this.peers.set(this.client, this);
    this.user = this.#initialUser();
    this.#setFree();
  }

  /** The database that it uses. */
  get db(): number {
    return this.#db ?? this.databases.own;
  }

  /** Whether it has begun something that makes its requests mean something else, such as a transaction. */
  get isOccupied(): boolean {
    return this.#isOccupied;
  }

  /** See the getter. */
  set isOccupied(on: boolean) {
    this.#isOccupied = on;
    this.#setFree();
  }

  /** Which databases it may select. */
  get databases(): Databases {
    return this.#settings.current.databases;
  }

  /** All users of the pool; null if anybody may use it. */
  get users(): Users | null {
    return this.#settings.current.users;
  }

  /** Whether clients of the pool may empty all servers. */
  get allowDangerous(): boolean {
    return this.#settings.current.allowDangerous;
  }

  /** The commands of the pool. */
  get table(): CommandTable {
    return this.#settings.current.table;
  }

  /** The pool's directives with their values. */
  get directives(): readonly (readonly [name: string, value: string])[] {
    return this.#settings.current.directives;
  }

  /** The scripts of the pool. */
  get scripts(): ScriptCache {
    return this.#settings.scripts;
  }

  /** Whether the client has logged in, as far as that is needed. */
  get authenticated(): boolean {
    return this.user !== null;
  }

  /** What `CLIENT ID` says: its number in its pool, from 1. */
  get clientNumber(): number {
    return this.client.id + 1;
  }

  /** Which connections carry its requests. A client whose database is gone has none to carry. */
  get dialect(): number {
    return this.databases.has(this.db) ? this.databases.dialectOf(this.db, this.version) : RESP2_DIALECT;
  }

  /** The command that it sent last, as `CLIENT LIST` shows it. */
  commandName(): string {
    const command = this.lastCommand();
    return command === UNKNOWN_COMMAND ? "NULL" : command.name.toLowerCase();
  }

  /** Makes it as it was when it came; see `RESET`. If the reply to that itself is to be skipped it is, as with redis. */
  reset(): void {
    this.user = this.#initialUser();
    this.version = 2;
    this.name = "";
    this.#db = null;
    this.#setFree();
    if (this.replyMode !== "skip") this.replyMode = "on";
  }

  /**
   * Goes on with other settings of the pool. The client stays logged in as long as its user is there, whatever password it
   * gave; what that user may do holds from now on.
   */
  adopt(): void {
    const { users } = this;
    if (this.user !== null) this.user = users === null ? ANYBODY : users.find(this.user.name);
    this.user ??= this.#initialUser();
    this.#setFree();
    this.changed();
  }

  /**
   * Holds a client back that is not free, if it may not do what it asks for.
   *
   * @param argc How many arguments there are, the name included.
   * @param args Start and end of each, relative to `base`.
   * @param bytes The array that holds them.
   * @param base What the offsets are relative to.
   * @returns The reply for it, or null if the command may go on with keys that {@link mayUse} allows.
   */
  refuse(argc: number, args: Int32Array, bytes: Uint8Array, base: number): Uint8Array<ArrayBuffer> | null {
    const command = resolveCommand(argc, args, bytes, base, this.table);
    const { user } = this;
    if (user === null) return BEFORE_LOGIN.has(command) ? null : NOAUTH;
    if (!this.databases.has(this.db) && command.supportCode !== SupportCode.LOCAL) return DB_OUT_OF_RANGE;
    return user.isRestricted ? refuseCommand(user, command, argc, args, bytes, base) : null;
  }

  /**
   * Whether the client may use a key.
   *
   * @param bytes The array that holds the key.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns False also for a client that is not logged in.
   */
  mayUse(bytes: Uint8Array, start: number, end: number): boolean {
    return this.user !== null && this.user.mayUse(bytes, start, end);
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
   * @returns The reply, or what other event loops are to be asked first.
   */
  answer(command: Command, argc: number, args: Int32Array, bytes: Uint8Array, base: number): LocalReply {
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
   * Lets the client in if a name and a password are right. Where anybody may use the pool the user `default` has any, as with
   * redis.
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
    const { users } = this;
    if (users === null) return decode(bytes, userStart, userEnd) === DEFAULT_USER;
    return this.#enter(users.loginAs(bytes, userStart, userEnd, passwordStart, passwordEnd));
  }

  #enter(user: User | null): boolean {
    if (user === null) {
      this.pool.loginRefused(this.client);
      return false;
    }
    this.user = user;
    this.#setFree();
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

  /** The connections of a database have it selected; to say OK to one without connections would be to use the wrong one. */
  #select(db: number): Uint8Array<ArrayBuffer> {
    if (Number.isNaN(db)) return NOT_AN_INTEGER;
    const { databases } = this;
    if (!databases.has(db) || !this.pool.speaks(databases.dialectOf(db, this.version))) {
      return DB_OUT_OF_RANGE;
    }
    // Where there is no other, the client's database is whatever the pool's own is.
    this.#db = databases.count === null ? null : db;
    this.#setFree();
    return OK;
  }

  #auth(argc: number, args: Int32Array, bytes: Uint8Array, base: number): Uint8Array<ArrayBuffer> {
    if (argc > 3) return SYNTAX;
    const at = 2 * (argc - 1);
    const [start, end] = [base + args[at], base + args[at + 1]];
    if (argc === 3) {
      return this.login(bytes, base + args[2], base + args[3], start, end) ? OK : WRONGPASS;
    }
    const { users } = this;
    if (users === null || users.initial !== null) return NO_PASSWORD;
    return this.#enter(users.login(DEFAULT_USER, bytes, start, end)) ? OK : WRONGPASS;
  }

  #initialUser(): User | null {
    const { users } = this;
    return users === null ? ANYBODY : users.initial;
  }

  #setFree(): void {
    this.isFree = this.user !== null && !this.user.isRestricted && !this.#isOccupied &&
      this.databases.has(this.db);
  }
}
