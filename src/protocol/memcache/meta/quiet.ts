/**
 * What a quiet meta command does not tell, as memcached 1.6 has it: the usual outcome.
 *
 * @module
 */

const GET = "g".charCodeAt(0);
const ARITHMETIC = "a".charCodeAt(0);

const HD = code("HD");
const EN = code("EN");
const VA = code("VA");

/**
 * Whether the client of a quiet command is not told a reply.
 *
 * @param letter The second letter of the command.
 * @param bytes The array that holds the reply, or the beginning of it.
 * @param start Offset of its first byte.
 * @returns True if the reply says what was to be expected: a miss of `mg`, the success of any other.
 */
export function isHiddenMeta(letter: number, bytes: Uint8Array, start: number): boolean {
  const outcome = bytes[start] << 8 | bytes[start + 1];
  if (letter === GET) return outcome === EN;
  return outcome === HD || (letter === ARITHMETIC && outcome === VA);
}

/** Both letters of a return code as one number; no other reply begins with any of the codes above. */
function code(letters: string): number {
  return letters.charCodeAt(0) << 8 | letters.charCodeAt(1);
}
