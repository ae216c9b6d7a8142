/**
 * Long answers, made a piece at a time: a request of a client is not to wait until the numbers of a thousand servers are text.
 *
 * @module
 */

import { encode } from "../base/ascii.ts";
import type { Clock } from "../base/clock.ts";
import { PIECE_CHARS } from "./limits.ts";

/**
 * Makes an answer's body. What is not longer than {@link PIECE_CHARS} is made at once, and has a length that is known; of more, a
 * part is made when the client has taken the one before, and the event loop comes round in between.
 *
 * @param pieces The text.
 * @param clock Says when the event loop has come round.
 * @returns The body, as a response takes it.
 */
export function bodyOfPieces(pieces: Iterator<string>, clock: Clock): BodyInit {
  const first = gather(pieces);
  if (first.isLast) return first.text;
  let next = first;
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      controller.enqueue(encode(next.text));
      if (next.isLast) return controller.close();
      await new Promise<void>((resolve) => clock.soon(resolve));
      next = gather(pieces);
    },
  }, { highWaterMark: 0 });
}

function gather(pieces: Iterator<string>): { text: string; isLast: boolean } {
  let text = "";
  while (text.length < PIECE_CHARS) {
    const { value, done } = pieces.next();
    if (done) return { text, isLast: true };
    text += value;
  }
  return { text, isLast: false };
}
