/**
 * What a protocol gives to a node: somebody who understands one client.
 *
 * @module
 */

import type { ReadWindow } from "../buffer/read_window.ts";
import type { WriteQueue } from "../buffer/write_queue.ts";

/** A request was handled, or skipped; there may be another one. */
export const HANDLED = 0;
/** Nothing more can be done with what has arrived. */
export const STARVED = 1;
/** The connection ends after what was answered. */
export const FINISHED = 2;
/** Outcome of a session's step. */
export type Step = typeof HANDLED | typeof STARVED | typeof FINISHED;

/** One client's conversation. Like all that meets a peer's bytes it throws for none of them. */
export interface ClientSession {
  /**
   * Handles the next request, if it has arrived.
   *
   * @param input What has arrived; what was handled is used up.
   * @param output Where the answer is appended.
   * @returns What became of it.
   */
  step(input: ReadWindow, output: WriteQueue): Step;
}
