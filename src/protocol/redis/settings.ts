/**
 * What a pool asks of its clients, for all of them together: a reload changes it for those who are connected, too.
 *
 * @module
 */

import { DEFAULT_USER, type UserOptions, Users } from "../users.ts";
import type { CommandTable } from "./command_lookup.ts";
import { type CommandRules, tableOf } from "./command_rules.ts";
import { Databases } from "./databases.ts";
import { ScriptCache } from "./scripts.ts";

/** What a pool asks of its clients, and what its servers ask of it. */
export interface SessionOptions {
  /** The password that clients have to give as the user `default`, and servers are given; null for none. */
  readonly password: Uint8Array | null;
  /** The database that clients begin in. */
  readonly db: number;
  /** How many databases clients may select, from 0 on; only `db` unless given. */
  readonly databases?: number | null;
  /** Who may use the pool; anybody who knows `password` unless given. */
  readonly users?: readonly UserOptions[] | null;
  /** As whom servers are used; with `password` and no user unless given. */
  readonly serverAuth?: { readonly user: string | null; readonly password: Uint8Array } | null;
  /** How many bytes a key may have. */
  readonly keyBytesMax?: number;
  /** How many arguments a request may have. */
  readonly argumentsMax?: number;
  /** Whether clients may empty all servers; not unless given. */
  readonly allowDangerous?: boolean;
  /** What the configuration says of commands; nothing unless given. */
  readonly commands?: CommandRules | null;
  /** The pool's directives with their values as texts, for `CONFIG GET`; none unless given. */
  readonly directives?: readonly (readonly [name: string, value: string])[];
}

/** The part of {@link SessionOptions} that sessions look up whenever they need it. */
export interface Settings {
  /** Who may use the pool; null for anybody. */
  readonly users: Users | null;
  /** Which databases clients may select. */
  readonly databases: Databases;
  /** Whether clients may empty all servers. */
  readonly allowDangerous: boolean;
  /** The commands. */
  readonly table: CommandTable;
  /** The pool's directives with their values. */
  readonly directives: readonly (readonly [name: string, value: string])[];
}

/** The settings as they are now; all sessions of a pool share one of these. */
export interface SharedSettings {
  /** See {@link Settings}. */
  current: Settings;
  /** The scripts that clients use. */
  readonly scripts: ScriptCache;
}

/**
 * Makes settings for sessions to share.
 *
 * @param options What a pool asks of its clients.
 * @returns The settings as they are now.
 */
export function shareSettings(options: SessionOptions): SharedSettings {
  return { current: settingsOf(options), scripts: new ScriptCache() };
}

/**
 * Works out what sessions need to know.
 *
 * @param options What a pool asks of its clients.
 * @returns The settings.
 */
export function settingsOf(options: SessionOptions): Settings {
  const { password, db, databases, users } = options;
  const lone = password === null
    ? null
    : [{ name: DEFAULT_USER, password, readOnly: false, keys: null } satisfies UserOptions];
  const all = users ?? lone;
  return {
    users: all === null ? null : new Users(all),
    databases: new Databases(db, databases ?? null),
    allowDangerous: options.allowDangerous ?? false,
    table: tableOf(options.commands ?? null),
    directives: options.directives ?? [],
  };
}
