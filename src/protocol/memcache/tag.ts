/**
 * What is noted of a request until its reply comes: the numbers of {@link RequestDecoder.tag}.
 *
 * ```text
 *   bit 0 … 7    the encoding
 *   bit 8 … 15   the opcode of a binary request, as the client sent it; the second letter of a quiet meta command
 *   bit 16 … 47  the opaque of a binary request
 * ```
 *
 * A request of the text protocol and a meta command that is not quiet need none: their tag is 0.
 *
 * @module
 */

/** The encodings whose replies are looked at. */
export const TagEncoding = {
  /** Every binary request: its errors carry its opcode and opaque. */
  BINARY: 1,
  /** A meta command with the flag `q`. */
  QUIET_META: 2,
} as const;
/** One of {@link TagEncoding}. */
export type TagEncoding = typeof TagEncoding[keyof typeof TagEncoding];

const OPAQUE_UNIT = 0x1_0000;

/**
 * Makes a tag.
 *
 * @param encoding How the request came.
 * @param code Its opcode, or its letter.
 * @param opaque Its opaque, 0 to 2^32 - 1.
 * @returns The tag; never 0.
 */
export function makeTag(encoding: TagEncoding, code: number, opaque: number): number {
  return opaque * OPAQUE_UNIT + (code << 8) + encoding;
}

/**
 * How the request came.
 *
 * @param tag Its tag.
 * @returns The encoding; 0 for the tag 0.
 */
export function tagEncoding(tag: number): number {
  return tag & 0xff;
}

/**
 * The opcode of a binary request, or the letter of a meta command.
 *
 * @param tag Its tag.
 * @returns A byte.
 */
export function tagCode(tag: number): number {
  return (tag >>> 8) & 0xff;
}

/**
 * The opaque of a binary request.
 *
 * @param tag Its tag.
 * @returns 0 to 2^32 - 1.
 */
export function tagOpaque(tag: number): number {
  return Math.floor(tag / OPAQUE_UNIT);
}
