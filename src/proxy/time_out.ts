/**
 * What becomes of the requests of a connection whose time has run out, and of the connection.
 *
 * @module
 */

import { ServerMetric } from "../metrics/table.ts";
import { TIMED_OUT } from "./cause.ts";
import type { ServerConnection } from "./server_connection.ts";
import type { ServerOptions } from "./server_options.ts";

/**
 * Fails the requests that took too long, and ends the connection if it is of no use any more.
 *
 * @param connection The connection.
 * @param nowMs The time, in milliseconds of the clock.
 * @param options What the server's pool has told it.
 * @param counters The server's numbers.
 * @returns True if the server has failed by it, and the connection is still there.
 */
export function timeOut(
  connection: ServerConnection,
  nowMs: number,
  { timeoutMs, liveness }: ServerOptions,
  counters: Float64Array,
): boolean {
  // Connecting has the same time limit, which ends before that of any request; it must not count twice.
  if (timeoutMs === 0 || connection.state === "opening") return false;
  if (connection.isStuck(nowMs - timeoutMs) || nowMs >= connection.deadlineMs) {
    connection.close(TIMED_OUT);
    return false;
  }
  if (connection.expire(nowMs - timeoutMs, TIMED_OUT) > 0) {
    if (connection.tenant !== null) {
      // What it kept for its client is not what the client thinks any more.
      connection.close(TIMED_OUT);
      return false;
    }
    counters[ServerMetric.serverTimedout]++;
  } else if (!connection.owesLateReplies) return false;
  const { lastAnswerMs, lastReadMs, lastStrikeMs } = connection;
  if (lastAnswerMs > lastStrikeMs) connection.strikes = 0;
  if (nowMs - Math.max(lastReadMs, lastStrikeMs) < timeoutMs) return false;
  connection.lastStrikeMs = nowMs;
  connection.strikes++;
  if (connection.strikes < liveness.failureLimit) return true;
  connection.close(TIMED_OUT);
  return false;
}
