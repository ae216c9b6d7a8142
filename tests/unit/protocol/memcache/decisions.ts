/**
 * What a request decoder decides about a stream, as text that tests compare.
 *
 * @module
 */

import { concat } from "../../../../src/base/ascii.ts";
import {
  ANSWER,
  BAD,
  DONE,
  FORWARD,
  FORWARD_ALL,
  FORWARD_ANY,
  FORWARD_JOINABLE,
  GATHER,
  IGNORE,
  MORE,
  type RequestDecoder,
  SPLIT,
} from "../../../../src/protocol/contract.ts";
import { MemcacheRequestDecoder } from "../../../../src/protocol/memcache/request_decoder.ts";
import { tagCode, TagEncoding, tagEncoding } from "../../../../src/protocol/memcache/tag.ts";
import { showBytes } from "../../../support/show_bytes.ts";

const NOTHING = new Uint8Array(0);

/**
 * Turns text into bytes, one for each character.
 *
 * @param text Characters up to U+00FF.
 * @returns The bytes.
 */
export function latin1(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/**
 * Feeds a stream to a fresh decoder as a proxy does: what is not consumed is shown again, at another place.
 *
 * @param pieces The stream as it arrives.
 * @param visit Called after every request that was decoded.
 * @returns The bytes that are left over, and the last words if the stream cannot be understood.
 */
export function feed(
  pieces: readonly Uint8Array[],
  visit: (decoder: RequestDecoder, place: number) => void,
): { readonly left: number; readonly lastWords: Uint8Array | null } {
  const decoder = new MemcacheRequestDecoder(undefined, () => [["pid", "7"], ["requests", "12"]]);
  let pending: Uint8Array<ArrayBuffer> = NOTHING;
  let place = 0;
  for (const piece of pieces) {
    place = (place + 5) % 17;
    pending = concat([new Uint8Array(place), pending, piece]);
    let start = place;
    for (;;) {
      const status = decoder.decode(pending, start, pending.length);
      if (status === BAD) return { left: pending.length - start, lastWords: decoder.answer };
      if (status === MORE) break;
      if (status !== DONE || decoder.consumed <= 0 || start + decoder.consumed > pending.length) {
        throw new Error(`status ${status} with ${decoder.consumed} bytes consumed`);
      }
      visit(decoder, start);
      start += decoder.consumed;
    }
    pending = pending.slice(start);
  }
  return { left: pending.length, lastWords: null };
}

/**
 * Lists what a decoder decides.
 *
 * @param pieces The stream as it arrives.
 * @returns One line for each decision; nothings in a row are one. A last line tells of an end by broken framing,
 *   or of bytes that are left over.
 */
export function decisions(pieces: readonly Uint8Array[]): string[] {
  const lines: string[] = [];
  const { left, lastWords } = feed(pieces, (decoder) => {
    const line = describe(decoder);
    if (line !== "nothing" || lines.at(-1) !== "nothing") lines.push(line);
  });
  if (lastWords !== null) lines.push(`bad ${showBytes(lastWords)}`);
  else if (left > 0) lines.push(`${left} left`);
  return lines;
}

function describe(decoder: RequestDecoder): string {
  const { frame, frameStart, frameEnd, action, keys, units, keyCount } = decoder;
  const part = (start: number, end: number) => frame.subarray(frameStart + start, frameStart + end);
  const names = Array.from({ length: keyCount }, (_, i) => showBytes(part(keys[2 * i], keys[2 * i + 1])));
  const whole = showBytes(frame.subarray(frameStart, frameEnd));
  const silence = decoder.noReply ? " silent" : quiet(decoder.tag);
  switch (action) {
    case FORWARD:
      return `forward${silence} ${names.join(" ")} in ${whole}`;
    case FORWARD_JOINABLE:
      return `join ${showBytes(part(units[0], units[1]))} of ${names[0]} in ${whole}`;
    case FORWARD_ANY:
      return `any${silence} ${whole}`;
    case SPLIT:
      return `split${silence} ${names.join(" ")} in ${showBytes(fragment(decoder))}`;
    case ANSWER:
      return `${decoder.closing ? "close" : "say"} ${showBytes(decoder.answer)}`;
    case FORWARD_ALL:
      return `all ${whole}`;
    case GATHER:
      return `gather ${whole}`;
    case IGNORE:
      return "nothing";
    default:
      return `action ${action}`;
  }
}

/** The letter of a quiet meta command. */
function quiet(tag: number): string {
  return tagEncoding(tag) === TagEncoding.QUIET_META ? ` quiet ${String.fromCharCode(tagCode(tag))}` : "";
}

/**
 * Builds the fragment that holds all keys.
 *
 * @param decoder A decoder whose request is to be split.
 * @returns The fragment.
 */
export function fragment(decoder: RequestDecoder): Uint8Array<ArrayBuffer> {
  const { frame, frameStart, keyCount, units } = decoder;
  const all = Array.from({ length: keyCount }, (_, i) => {
    return frame.subarray(frameStart + units[2 * i], frameStart + units[2 * i + 1]);
  });
  return concat([decoder.fragmentHead(keyCount), ...all, decoder.fragmentTail]);
}
