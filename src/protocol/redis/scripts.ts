/**
 * The scripts of a pool, by their SHA-1: what `SCRIPT LOAD` and `EVAL` have shown to the proxy. A server that does not have a
 * script, because it is new or was restarted, is sent `EVAL` in place of `EVALSHA`.
 *
 * @module
 */

import { crypto } from "@std/crypto";
import type { ServerFacts } from "../facts.ts";
import { SCRIPT_BYTES_MAX, SCRIPTS_MAX } from "./limits.ts";

/** One script. */
export interface Script {
  /** Its text. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** The servers that are known to have it. */
  readonly servers: WeakSet<ServerFacts>;
}

/** The scripts that were used last. */
export class ScriptCache {
  /** From SHA-1 in lower-case hexadecimal digits; the one that was used last is the last. */
  readonly #scripts = new Map<string, Script>();
  /** What was added last, because programs send the same script again and again. */
  #latest: Script | null = null;

  /** Forgets all. */
  clear(): void {
    this.#scripts.clear();
    this.#latest = null;
  }

  /**
   * Remembers a script.
   *
   * @param bytes The array that holds its text.
   * @param start Offset of the first byte.
   * @param end Offset after the last byte.
   * @returns False if it is too long to be remembered.
   */
  add(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start > SCRIPT_BYTES_MAX) return false;
    if (this.#isLatest(bytes, start, end)) return true;
    const body = bytes.slice(start, end);
    const sha = [...crypto.subtle.digestSync("SHA-1", body)].map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");
    const script = this.find(sha) ?? { body, servers: new WeakSet() };
    this.#scripts.set(sha, script);
    this.#latest = script;
    if (this.#scripts.size > SCRIPTS_MAX) this.#scripts.delete(this.#scripts.keys().next().value!);
    return true;
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

  #isLatest(bytes: Uint8Array, start: number, end: number): boolean {
    const body = this.#latest?.body;
    if (body === undefined || body.length !== end - start) return false;
    for (let i = 0; i < body.length; i++) if (body[i] !== bytes[start + i]) return false;
    return true;
  }
}
