/**
 * The scripts of a pool, by their SHA-1: what `SCRIPT LOAD` and `EVAL` have shown to the proxy. A server that does not have a
 * script, because it is new or was restarted, is sent `EVAL` in place of `EVALSHA`. Each event loop of the process tells the
 * others of the scripts that it has seen.
 *
 * @module
 */

import { crypto } from "@std/crypto";
import type { ServerFacts } from "../facts.ts";
import type { Notice, Peers } from "../peers.ts";
import { SCRIPT_BYTES_MAX, SCRIPTS_MAX } from "./limits.ts";

/** One script. */
export interface Script {
  /** Its text. */
  readonly body: Uint8Array;
  /** The servers that are known to have it. */
  readonly servers: WeakSet<ServerFacts>;
}

/** The scripts that were used last. */
export class ScriptCache {
  /** From SHA-1 in lower-case hexadecimal digits; the one that was used last is the last. */
  readonly #scripts = new Map<string, Script>();
  /** What was added last, because programs send the same script again and again. */
  #latest: Script | null = null;
  #peers: Peers | null = null;

  /**
   * Has other event loops know of what is seen from now on.
   *
   * @param peers The event loops; null if there are none.
   */
  shareWith(peers: Peers | null): void {
    this.#peers = peers;
  }

  /** Forgets all. */
  clear(): void {
    this.#forget();
    this.#peers?.tell(null);
  }

  /**
   * Takes note of what another event loop has seen.
   *
   * @param notice A script by its SHA-1; null if all are to be forgotten.
   */
  told(notice: Notice | null): void {
    if (notice === null) this.#forget();
    else this.#keep(notice.name, this.find(notice.name) ?? { body: notice.body, servers: new WeakSet() });
  }

  /**
   * Remembers a script.
   *
   * @param bytes The array that holds its text.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   */
  add(bytes: Uint8Array, start: number, end: number): void {
    if (end - start > SCRIPT_BYTES_MAX || this.#isLatest(bytes, start, end)) return;
    const body = bytes.slice(start, end);
    const sha = [...crypto.subtle.digestSync("SHA-1", body)].map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
    this.#latest = this.find(sha) ?? this.#addNew(sha, body);
  }

  /**
   * Looks a script up, which then counts as used.
   *
   * @param sha Its SHA-1, in whichever case.
   * @returns The script; null if it is not known.
   */
  find(sha: string): Script | null {
    const key = sha.toLowerCase();
    const script = this.#scripts.get(key);
    if (script === undefined) return null;
    this.#scripts.delete(key);
    this.#scripts.set(key, script);
    return script;
  }

  #addNew(sha: string, body: Uint8Array): Script {
    if (this.#peers === null) return this.#keep(sha, { body, servers: new WeakSet() });
    const shared = new Uint8Array(new SharedArrayBuffer(body.length));
    shared.set(body);
    this.#peers.tell({ name: sha, body: shared });
    return this.#keep(sha, { body: shared, servers: new WeakSet() });
  }

  #keep(sha: string, script: Script): Script {
    this.#scripts.set(sha, script);
    if (this.#scripts.size > SCRIPTS_MAX) this.#scripts.delete(this.#scripts.keys().next().value!);
    return script;
  }

  #forget(): void {
    this.#scripts.clear();
    this.#latest = null;
  }

  #isLatest(bytes: Uint8Array, start: number, end: number): boolean {
    const body = this.#latest?.body;
    if (body === undefined || body.length !== end - start) return false;
    for (let i = 0; i < body.length; i++) if (body[i] !== bytes[start + i]) return false;
    return true;
  }
}
