/**
 * Which databases clients may select, and which connections are for each of them.
 *
 * ```text
 *   redis_db: 2, databases: 4
 *
 *   place        0       1       2       3       4       5       6       7
 *   dialect    2 RESP2 2 RESP3 0 RESP2 0 RESP3 1 RESP2 1 RESP3 3 RESP2 3 RESP3
 * ```
 *
 * The pool's own database comes first, because the first dialect is the one that is probed and opened in advance.
 *
 * @module
 */

import { RESP2_DIALECT, RESP3_DIALECT } from "./dialects.ts";
import type { RespVersion } from "./local/resp_writer.ts";

/** How many dialects each database has. */
const DIALECTS_PER_DATABASE = 2;

/** See the module. */
export class Databases {
  /** The pool's own database, in which every client begins. */
  readonly own: number;
  /** How many there are, from 0 on; null if there is only the pool's own. */
  readonly count: number | null;

  /**
   * Makes the databases of a pool.
   *
   * @param own The pool's own database.
   * @param count How many there are, which includes its own; null for no other.
   */
  constructor(own: number, count: number | null) {
    this.own = own;
    this.count = count;
  }

  /**
   * Whether clients may select a database.
   *
   * @param db Its number; NaN is none.
   * @returns True if so.
   */
  has(db: number): boolean {
    return this.count === null ? db === this.own : db >= 0 && db < this.count;
  }

  /** All databases, in the order of their places. */
  all(): number[] {
    if (this.count === null) return [this.own];
    const others = Array.from({ length: this.count }, (_, db) => db).filter((db) => db !== this.own);
    return [this.own, ...others];
  }

  /**
   * Finds the connections for a database.
   *
   * @param db A database that {@link has} allows.
   * @param version The client's protocol.
   * @returns A place in the codec's list of dialects.
   */
  dialectOf(db: number, version: RespVersion): number {
    const place = db === this.own ? 0 : db < this.own ? db + 1 : db;
    return place * DIALECTS_PER_DATABASE + (version === 3 ? RESP3_DIALECT : RESP2_DIALECT);
  }
}
