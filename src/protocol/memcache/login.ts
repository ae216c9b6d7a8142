/**
 * Who a client of a memcached pool is, and what its pool asks of it.
 *
 * @module
 */

import { ANYBODY, type User, type UserOptions, Users } from "../users.ts";

/** As whom memcached servers are used. */
export interface MemcacheServerAuth {
  /** The user. */
  readonly user: string;
  /** Its password. */
  readonly password: Uint8Array;
  /** Whether servers want SASL (`-S`), and so speak only the binary protocol; others (`-Y`) speak only text. */
  readonly sasl: boolean;
}

/** Who may use a pool, and as whom the pool uses its servers. */
export interface MemcacheAuth {
  /** Who may use the pool; null for anybody. */
  readonly users: readonly UserOptions[] | null;
  /** As whom servers are used; null if they do not ask. */
  readonly serverAuth: MemcacheServerAuth | null;
}

/** Asks nobody. */
export const NO_AUTH: MemcacheAuth = { users: null, serverAuth: null };

/** What the decoders of all clients of a pool look up. */
export interface MemcacheSettings {
  /** Who may use the pool; null for anybody. */
  readonly users: Users | null;
  /** The place of the text protocol in the codec's list of dialects; null if servers do not speak it. */
  readonly textDialect: number | null;
  /** The place of the binary protocol in the codec's list of dialects; null if servers do not speak it. */
  readonly binaryDialect: number | null;
}

/** The settings as they are now; all clients of a pool share one of these. */
export interface SharedMemcacheSettings {
  /** See {@link MemcacheSettings}. */
  current: MemcacheSettings;
}

/**
 * Works out what decoders need to know. A server that asks for SASL speaks only the binary protocol, one with a file of passwords
 * only the other; so there is one dialect then.
 *
 * @param auth Who may use the pool, and as whom the pool uses its servers.
 * @returns The settings.
 */
export function memcacheSettingsOf({ users, serverAuth }: MemcacheAuth): MemcacheSettings {
  return {
    users: users === null ? null : new Users(users),
    textDialect: serverAuth?.sasl === true ? null : 0,
    binaryDialect: serverAuth === null ? 1 : serverAuth.sasl ? 0 : null,
  };
}

/** One client. */
export class Login {
  /** Is called when the client gave a wrong user or password. */
  refused: () => void = () => {};
  /** Is called when the client may be another user than before. */
  changed: () => void = () => {};
  #user: User | null;
  readonly #settings: SharedMemcacheSettings;

  /**
   * Makes a client that has just come.
   *
   * @param settings What its pool asks of it.
   */
  constructor(settings: SharedMemcacheSettings) {
    this.#settings = settings;
    this.#user = this.#initialUser();
  }

  /** Whom the client is; null before it has logged in. */
  get user(): User | null {
    return this.#user;
  }

  /** All users of the pool; null if anybody may use it. */
  get users(): Users | null {
    return this.#settings.current.users;
  }

  /** What its pool asks of it. */
  get settings(): MemcacheSettings {
    return this.#settings.current;
  }

  /**
   * Lets the client in if a name and a password are right; otherwise it is nobody, as with memcached.
   *
   * @param bytes The array that holds both.
   * @param nameStart Offset of the name's first byte.
   * @param nameEnd Offset after its last byte.
   * @param start Offset of the password's first byte.
   * @param end Offset after its last byte.
   * @returns Whether they are right.
   */
  enter(bytes: Uint8Array, nameStart: number, nameEnd: number, start: number, end: number): boolean {
    this.#become(this.users?.loginAs(bytes, nameStart, nameEnd, start, end) ?? null);
    if (this.#user === null) this.refused();
    return this.#user !== null;
  }

  /** Takes a login back that was tried and failed. */
  leave(): void {
    this.#become(null);
  }

  /** Goes on with other settings: the client stays logged in as long as its user is there. */
  adopt(): void {
    const { users } = this;
    const user = this.#user === null ? null : users === null ? ANYBODY : users.find(this.#user.name);
    this.#become(user ?? this.#initialUser());
  }

  #become(user: User | null): void {
    this.#user = user;
    this.changed();
  }

  #initialUser(): User | null {
    return this.users === null ? ANYBODY : this.users.initial;
  }
}
