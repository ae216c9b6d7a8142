/**
 * What people are told of a request that went to a server.
 *
 * @module
 */

import { CR, decode, LF, SPACE } from "../../../base/ascii.ts";
import type { RequestDescription } from "../../contract.ts";
import { lookupVerb } from "../verbs.ts";

/**
 * Reads the verb and the first key of a line. Of a request that was joined to another one only the key was sent, behind
 * a space.
 *
 * @param head The first bytes of the request.
 * @returns The verb, and where its key is; null if it does not begin with a verb.
 */
export function describeLine(head: Uint8Array): RequestDescription | null {
  if (head[0] === SPACE) return { command: "get", keyStart: 1, keyEnd: wordEnd(head, 1) };
  const end = wordEnd(head, 0);
  const verb = lookupVerb(head, 0, end);
  if (verb === null) return null;
  const command = decode(head, 0, end);
  let keyStart = 0;
  let keyEnd = 0;
  for (let word = 0, at = end; word < verb.keyWord; word++) {
    keyStart = at;
    while (head[keyStart] === SPACE) keyStart++;
    keyEnd = at = wordEnd(head, keyStart);
  }
  return { command, keyStart, keyEnd };
}

function wordEnd(bytes: Uint8Array, start: number): number {
  let end = start;
  while (end < bytes.length && bytes[end] !== SPACE && bytes[end] !== CR && bytes[end] !== LF) end++;
  return end;
}
