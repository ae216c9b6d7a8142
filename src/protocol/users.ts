/**
 * Who may use a pool, and for what.
 *
 * @module
 */

import { decode, encode } from "../base/ascii.ts";

/** What is said of a user. */
export interface UserOptions {
  /** Its name, in printable ASCII. */
  readonly name: string;
  /** Its password; null if any is right, and for `default` none is needed. */
  readonly password: Uint8Array | null;
  /** Whether it may not write. */
  readonly readOnly: boolean;
  /** What the keys begin with that it may use; null for all keys. */
  readonly keys: readonly string[] | null;
}

/** The user that clients are who name none. */
export const DEFAULT_USER = "default";

/** A user. */
export class User {
  /** Its name. */
  readonly name: string;
  /** Its password; null if any is right. */
  readonly password: Uint8Array | null;
  /** Whether it may not write. */
  readonly readOnly: boolean;
  /** What the keys begin with that it may use; null for all keys. */
  readonly prefixes: readonly Uint8Array[] | null;

  /**
   * Makes a user.
   *
   * @param options What is said of it.
   */
  constructor({ name, password, readOnly, keys }: UserOptions) {
    this.name = name;
    this.password = password;
    this.readOnly = readOnly;
    this.prefixes = keys?.map((key) => encode(key)) ?? null;
  }

  /** Whether there is anything that it may not do. */
  get isRestricted(): boolean {
    return this.readOnly || this.prefixes !== null;
  }

  /**
   * Whether it may use a key.
   *
   * @param bytes The array that holds the key.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns True if the key begins as its keys do.
   */
  mayUse(bytes: Uint8Array, start: number, end: number): boolean {
    return this.prefixes === null || this.prefixes.some((prefix) => startsWith(prefix, bytes, start, end));
  }
}

/** Whoever comes where no users are set. */
export const ANYBODY: User = new User({ name: DEFAULT_USER, password: null, readOnly: false, keys: null });

/** All users of a pool. */
export class Users {
  readonly #byName: ReadonlyMap<string, User>;

  /**
   * Takes users in.
   *
   * @param options What is said of each; their names differ.
   */
  constructor(options: readonly UserOptions[]) {
    this.#byName = new Map(options.map((each) => [each.name, new User(each)]));
  }

  /** Whom a client is that has just come; null if it has to log in. */
  get initial(): User | null {
    const user = this.find(DEFAULT_USER);
    return user !== null && user.password === null ? user : null;
  }

  /**
   * Looks a user up.
   *
   * @param name Its name.
   * @returns The user, or null.
   */
  find(name: string): User | null {
    return this.#byName.get(name) ?? null;
  }

  /**
   * Looks up who has a name and a password. How long that takes tells nothing of any password, nor which of both is wrong.
   *
   * @param name The name.
   * @param bytes The array that holds the password.
   * @param start Offset of its first byte.
   * @param end Offset after its last byte.
   * @returns The user; null if there is none of that name, or the password is wrong.
   */
  login(name: string, bytes: Uint8Array, start: number, end: number): User | null {
    const user = this.find(name);
    if (user !== null && user.password === null) return user;
    const isRight = equalBytes(user?.password ?? NO_PASSWORD, bytes, start, end);
    return isRight ? user : null;
  }

  /**
   * {@link login} with a name in bytes.
   *
   * @param bytes The array that holds both.
   * @param nameStart Offset of the name's first byte.
   * @param nameEnd Offset after its last byte.
   * @param start Offset of the password's first byte.
   * @param end Offset after its last byte.
   * @returns The user, or null.
   */
  loginAs(bytes: Uint8Array, nameStart: number, nameEnd: number, start: number, end: number): User | null {
    return this.login(decode(bytes, nameStart, nameEnd), bytes, start, end);
  }
}

/** Is compared with where there is no user; nobody gains from guessing it. */
const NO_PASSWORD = new Uint8Array(16);

/** Compares in a time that tells nothing about where two texts differ. */
function equalBytes(secret: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  let difference = secret.length ^ (end - start);
  for (let i = start; i < end; i++) difference |= bytes[i] ^ secret[(i - start) % Math.max(secret.length, 1)];
  return difference === 0;
}

function startsWith(prefix: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start < prefix.length) return false;
  for (let i = 0; i < prefix.length; i++) if (bytes[start + i] !== prefix[i]) return false;
  return true;
}
